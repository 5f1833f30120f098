/** One task in the profession editor, with the criteria by which its answers are scored. */

import { h, say } from "../page/dom.js";
import { t } from "../page/words.js";
import { arranging, field, fieldId, wrongPlace } from "./editor_fields.js";
import { criterionFrom } from "./editor_state.js";
import { count } from "./count_words.js";
import { Preview } from "./editor_preview.js";

/** @param {any} title @param {string} language @param {string} otherwise */
const named = (title, language, otherwise) => title[language].trim() || title.en.trim() || title.ru.trim() || otherwise;

/** A copy of its own, with the same texts. @param {any} criterion */
const criterionCopy = (criterion) => ({ ...structuredClone(criterion), uid: criterionFrom().uid, id: undefined });
/** @param {any} task */
export const taskCopy = (task) => ({ ...structuredClone(task), uid: criterionFrom().uid, id: undefined, criteria: task.criteria.map(criterionCopy) });

/** @param {any} view the `EditorView` @param {any} task @param {number} at */
export function taskPart(view, task, at) {
  const open = view.isOpen(task);
  const body = `${fieldId(task.uid, "body")}`;
  const name = named(task.title, view.language, t("editor_untitled"));
  const label = t("editor_task_n", { n: at + 1 });
  const many = view.own.tasks;
  const heading = h("button.fw-ed-toggle", { id: fieldId(task.uid, "toggle"), "aria-expanded": String(open), "aria-controls": body, onclick: () => view.toggle(task) },
    h("span.fw-ed-sign", { "aria-hidden": "true" }, open ? "▾" : "▸"), h("span.fw-quiet", {}, label), h("span.fw-ed-name", {}, name));
  const wrong = view.wrongAt(task.uid, "id");
  return h("li.fw-ed-task", { data: { task: String(at + 1) }, onkeydown: (event) => byKeys(view, event, many, at) },
    h("div.fw-ed-head", {}, h("h3", {}, heading), h("span.fw-quiet.fw-ed-facts", {}, facts(task)), h("span.fw-spring"),
      h("span.fw-tasks-row", {}, ...arranging(view, many, at, { up: t("editor_up"), down: t("editor_down"), copy: t("editor_duplicate_task"), remove: t("editor_remove_task"),
        name: `${label}, ${name}`, copied: taskCopy }))),
    wrong.length ? wrongPlace(fieldId(task.uid, "id"), wrong) : "",
    h("div.fw-ed-body", { id: body, hidden: !open }, ...(open ? inside(view, task) : [])));
}

/** Its heading follows what is typed. @param {any} view @param {any} task @param {number} at */
export function retell(view, task, at) {
  const part = view.root.querySelector(`.fw-ed-task[data-task="${at + 1}"]`);
  say(part.querySelector(".fw-ed-name"), named(task.title, view.language, t("editor_untitled")));
  say(part.querySelector(".fw-ed-facts"), facts(task));
}

/** @param {any} task */
function facts(task) {
  const minutes = Number(task.time_limit_minutes.replace(",", "."));
  return [minutes > 0 ? count("minutes", minutes) : "", t("editor_criteria_count", { n: task.criteria.length })].filter(Boolean).join(" · ");
}

/** @param {any} view @param {any} task */
function inside(view, task) {
  const criteria = fieldId(task.uid, "criteria");
  return [
    field(view, task, "title", { words: t("editor_title") }),
    field(view, task, "description", { words: t("editor_description"), hint: t("editor_description_hint"), kind: "text", rows: 4 }),
    field(view, task, "material", { words: t("editor_material"), hint: t("editor_material_hint"), kind: "material", rows: 8 }),
    field(view, task, "time_limit_minutes", { words: t("editor_minutes"), hint: t("editor_minutes_hint"), sided: false, kind: "number" }),
    h("section.fw-ed-criteria", { "aria-labelledby": `${criteria}-title` },
      h("h4.fw-title", { id: `${criteria}-title` }, t("editor_criteria")), h("p.fw-tasks-note", {}, t("editor_criteria_hint")),
      wrongPlace(criteria, view.wrongAt(task.uid, "criteria")),
      h("ol.fw-ed-list", {}, ...task.criteria.map((criterion, at) => criterionPart(view, task, criterion, at))),
      h("button.fw-button", { id: criteria, data: { does: "add-criterion" }, "aria-describedby": `${criteria}-wrong`,
        onclick: () => view.add(task.criteria, task.criteria.length, criterionFrom(), t("editor_did_add")) }, t("editor_add_criterion"))),
    h("div.fw-tasks-row", {}, h("button.fw-button", { id: fieldId(task.uid, "preview"), data: { does: "preview" }, onclick: () => view.preview(task) }, t("editor_preview")),
      h("span.fw-tasks-note", {}, t("editor_preview_hint"))),
    previewOf(view, task).root,
  ];
}

/** One for each task, for as long as the editor is drawn: its text stays while the fields are drawn anew. */
export function previewOf(view, task) {
  const known = view.previews.get(task.uid) ?? new Preview(view.store, (problem) => view.refusedPreview(task, problem));
  view.previews.set(task.uid, known);
  return known;
}

function criterionPart(view, task, criterion, at) {
  const label = t("editor_criterion_n", { n: at + 1 });
  const name = named(criterion.title, view.language, "");
  const wrong = view.wrongAt(criterion.uid, "id");
  return h("li.fw-ed-criterion", { role: "group", "aria-label": [label, name].filter(Boolean).join(", "), data: { criterion: String(at + 1) }, onkeydown: (event) => byKeys(view, event, task.criteria, at) },
    h("div.fw-ed-head", {}, h("span.fw-quiet", {}, label), h("span.fw-spring"), h("span.fw-tasks-row", {}, ...arranging(view, task.criteria, at, { up: t("editor_up"),
      down: t("editor_down"), copy: t("editor_duplicate_criterion"), remove: t("editor_remove_criterion"), name: [label, name].filter(Boolean).join(", "), copied: criterionCopy }))),
    wrong.length ? wrongPlace(fieldId(criterion.uid, "id"), wrong) : "",
    h("div.fw-ed-pair", {}, field(view, criterion, "title", { words: t("editor_title") }), field(view, criterion, "weight", { words: t("editor_weight"), hint: t("editor_weight_hint"), sided: false, kind: "number" })),
    field(view, criterion, "looks_for", { words: t("editor_looks_for"), hint: t("editor_looks_for_hint"), kind: "text" }),
    field(view, criterion, "signs", { words: t("editor_signs"), hint: t("editor_signs_hint"), kind: "text", rows: 3 }));
}

/** Alt and an arrow move what the focus is in. @param {any} view @param {KeyboardEvent} event @param {any[]} list @param {number} at */
function byKeys(view, event, list, at) {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  event.preventDefault();
  event.stopPropagation();
  view.move(list, at, event.key === "ArrowUp" ? -1 : 1, "");
}
