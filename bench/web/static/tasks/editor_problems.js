/** What the workbench finds wrong in a profession: which field it means, and how that is said in the page's language. */

import { lang, t } from "../page/words.js";

/** What it says, with what it is called here. */
const WRONG = [
  [/^is missing$/, () => t("editor_wrong_missing")],
  [/^is empty$/, () => t("editor_wrong_missing")],
  [/^there are no tasks$/, () => t("editor_wrong_no_tasks")],
  [/^there are no criteria$/, () => t("editor_wrong_no_criteria")],
  [/^is too long$/, () => t("editor_wrong_long")],
  [/has no (?:text|signs) in '(en|ru)'/, (found) => t("editor_wrong_side", { language: languageName(found[1]) })],
  [/has (?:text|signs) in '(en|ru)', but the title has not/, (found) => t("editor_wrong_title", { language: languageName(found[1]) })],
  [/^(?:'(.*)'|(.*)) is not allowed$/s, (found) => t("editor_wrong_value", { value: found[1] ?? found[2] })],
  [/^'(.*)' has an empty alternative$/s, (found) => t("editor_wrong_alternative", { value: found[1] })],
  [/^'(.*)' has a \* in the wrong place$/s, (found) => t("editor_wrong_star", { value: found[1] })],
  [/has the same id (\d+) as task (\d+)/, (found) => t("editor_wrong_same_id", { id: found[1], task: found[2] })],
  [/^is not valid YAML/, () => t("editor_wrong_yaml")],
];
const ALLOWED = [
  [/^more than 0, at most (\d+) minutes$/, (found) => t("editor_allowed_minutes", { most: found[1] })],
  [/^more than 0, at most (\d+)$/, (found) => t("editor_allowed_weight", { most: found[1] })],
  [/^at most (\d+) characters$/, (found) => t("editor_allowed_characters", { most: found[1] })],
  [/^another number for each task$/, () => t("editor_allowed_number")],
  [/^words, alternatives with \| between them$/, () => t("editor_allowed_alternatives")],
  [/^\* at the end of a word of 2 letters or more$/, () => t("editor_allowed_star")],
];
/** What these sentences say already. */
const NEEDLESS = [/^at least 1$/, /^a text in en, ru or both$/, /^en$|^ru$|^en, ru$/];

/** @param {string} code */
export const languageName = (code) => t(code === "en" ? "editor_english" : "editor_russian");

/** @param {[RegExp, (found: RegExpMatchArray) => string][]} table @param {string} text */
function said(table, text) {
  for (const [pattern, words] of /** @type {any} */ (table)) {
    const found = text.match(pattern);
    if (found) return words(found);
  }
  return text;
}

/** @param {any} problem `{message, allowed}` @returns {string} */
export function sentence(problem) {
  const message = said(/** @type {any} */ (WRONG), problem.message);
  const wanted = NEEDLESS.some((pattern) => pattern.test(problem.allowed ?? "")) ? "" : said(/** @type {any} */ (ALLOWED), problem.allowed ?? "");
  return wanted ? `${message} ${t("editor_allowed", { allowed: wanted })}` : message;
}

/** `tasks.0.criteria.1.weight` as people count. @param {string} path */
export function place(path) {
  const parts = path.split(".");
  const words = [];
  parts.forEach((part, at) => {
    if (/^\d+$/.test(part)) {
      const kind = parts[at - 1];
      if (kind === "tasks") words.push(t("editor_task_n", { n: Number(part) + 1 }));
      else if (kind === "criteria") words.push(t("editor_criterion_n", { n: Number(part) + 1 }));
    } else if (part && !(/^\d+$/.test(parts[at + 1] ?? "") && (part === "tasks" || part === "criteria"))) words.push(name(part));
  });
  return words.join(" · ") || t("editor_file");
}

/** @param {string} field */
function name(field) {
  const known = {
    title: "editor_title", summary: "editor_summary", prompt: "editor_prompt", description: "editor_description", material: "editor_material",
    time_limit_minutes: "editor_minutes", weight: "editor_weight", looks_for: "editor_looks_for", signs: "editor_signs", tasks: "editor_tasks",
    criteria: "editor_criteria", en: "editor_english", ru: "editor_russian", id: "editor_number",
  };
  return field in known ? t(known[field]) : field;
}

/**
 * Problems with their fields: `{path, uid, field, language, message, allowed}`.
 *
 * Texts in a language of which the title is missing are one mistake, not one in each field.
 *
 * @param {any} own the profession in the editor @param {any[]} problems
 */
export function located(own, problems) {
  const found = problems.map((problem) => locate(own, problem));
  const untitled = found.filter((each) => /but the title has not/.test(each.message));
  const rest = found.filter((each) => !untitled.includes(each));
  for (const language of new Set(untitled.map((each) => each.language))) {
    rest.unshift({ ...untitled.find((each) => each.language === language), path: "title", uid: own.uid, field: "title", language });
  }
  return rest;
}

function locate(own, problem) {
  const parts = problem.path.split(".");
  let at = own;
  const left = [...parts];
  while ((left[0] === "tasks" || left[0] === "criteria") && at[left[0]]?.[Number(left[1])] && left.length > 1) {
    at = at[left[0]][Number(left[1])];
    left.splice(0, 2);
  }
  const language = left.find((part) => part === "en" || part === "ru") ?? problem.message.match(/'(en|ru)'/)?.[1] ?? null;
  return { ...problem, uid: at.uid, field: left[0] ?? "", language };
}

/** What is missing for a language: nothing of it is there, some of it, or none of it. @param {any} own @param {string} code */
export function missing(own, code) {
  const texts = [own.summary, own.prompt, ...own.tasks.flatMap((task) => [task.title, task.description,
    ...task.criteria.flatMap((criterion) => [criterion.title, criterion.looks_for, criterion.signs])])];
  const empty = texts.filter((text) => !text[code].trim()).length;
  const titled = Boolean(own.title[code].trim());
  return { titled, empty: empty + (titled ? 0 : 1), nothing: !titled && empty === texts.length };
}

/** @param {number} n */
export const missingWords = (n) => t(`count_missing_${new Intl.PluralRules(lang()).select(n)}`, { n });
