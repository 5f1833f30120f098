/** What went wrong, in the page's language: by its code, filled with its facts; the server's own English where there is none. */

import { remark } from "./combobox.js";
import { known, lang, t } from "./words.js";

/** What is known of a model from the suggestions of any provider. @param {any} store @param {string} model */
function suggestion(store, model) {
  const all = Object.values(store.providers).flat().flatMap((info) => Object.values(info.schema?.properties ?? {}).flatMap((node) => node.suggestions ?? []));
  return all.find((each) => each.value === model);
}

/** @param {any} problem `{code, message, facts}` @param {any} store @param {number | null} [left] seconds until it can be tried again */
export function problemText(problem, store, left = null) {
  const key = `problem_${problem.code}`;
  const facts = { ...problem.facts };
  if (!known(key) || (problem.facts === undefined && /\{\w+\}/.test(t(key)))) return [problem.message, problem.remedy].filter(Boolean).join(" ") || t("problem_unknown");
  if (problem.code === "rate_limited") {
    if (left !== null && left <= 0) return t("rate_limited_over", facts);
    facts.retry_after = left === null ? waiting(facts.retry_after) : Math.ceil(left);
  }
  // Remedies are sentences of the server, in English: in another language the page says it by itself.
  if (problem.code === "model_gone") facts.remedy = remark({ ...suggestion(store, facts.model), note: "", note_ru: "" })?.text ?? (lang() === "en" ? facts.remedy : t("remedy_model_gone"));
  if (problem.code === "language_unsupported" && lang() !== "en") facts.remedy = t("remedy_language");
  return t(key, facts);
}

/** The seconds as they came, or 'a few'. @param {any} seconds */
const waiting = (seconds) => (Number.isFinite(Number(seconds)) ? String(seconds) : t("a_few"));

/** Seconds after which a refused request may be tried again, or null. @param {any} facts */
export const retryAfter = (facts) => (facts?.retry_after !== undefined && Number.isFinite(Number(facts.retry_after)) ? Number(facts.retry_after) : null);
