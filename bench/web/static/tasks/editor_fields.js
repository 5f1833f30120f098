/** The fields of the profession editor: each has its label, what it is for, and beside it what is wrong with it. */

import { h } from "../page/dom.js";
import { t } from "../page/words.js";
import { languageName, sentence } from "./editor_problems.js";

const LONGEST_HINT = 200;

/** @param {string} uid @param {string} field */
export const fieldId = (uid, field) => `fw-ed-${uid}-${field}`;

/**
 * @param {any} view the `EditorView` @param {any} part whose field it is @param {string} field
 * @param {{words: string, sided?: boolean, hint?: string, kind?: "line" | "text" | "material" | "number", rows?: number}} how `sided`: one text
 *   for each language
 */
export function field(view, part, field, { words, sided = true, hint = "", kind = "line", rows = 2 }) {
  const id = fieldId(part.uid, field);
  const code = view.language;
  const other = code === "en" ? "ru" : "en";
  const value = sided ? part[field][code] : part[field];
  const translated = sided && !value && part[field][other] ? `${languageName(other)}: ${part[field][other].slice(0, LONGEST_HINT)}` : null;
  const wrong = view.wrongAt(part.uid, field);
  const attributes = {
    id, value, placeholder: translated, lang: sided ? code : null, "aria-describedby": `${hint ? `${id}-hint ` : ""}${id}-wrong`, "aria-invalid": wrong.length ? "true" : null,
    oninput: () => {
      if (sided) part[field][code] = control.value;
      else part[field] = control.value;
      view.typed(part.uid, field);
    },
  };
  const control = kind === "line" ? h("input", { type: "text", maxlength: 160, ...attributes })
    : kind === "number" ? h("input.fw-ed-number", { type: "text", inputmode: "decimal", autocomplete: "off", ...attributes })
      : h(kind === "material" ? "textarea.fw-ed-material" : "textarea", { rows, spellcheck: kind === "material" ? "false" : null, ...attributes });
  return h("div.fw-ed-field", { data: { field } },
    h("label", { for: id }, words, sided ? h("span.fw-quiet.fw-ed-side", {}, code.toUpperCase()) : ""),
    control, hint ? h("p.fw-tasks-note", { id: `${id}-hint` }, hint) : "", wrongPlace(id, wrong));
}

/** @param {string} id @param {any[]} wrong */
export const wrongPlace = (id, wrong) => h("p.fw-ed-wrong", { id: `${id}-wrong` }, wrong.map((each) => sentence(each)).join(" "));

/** @param {any} view @param {any[]} list @param {number} at @param {{up: string, down: string, copy: string, remove: string, name: string, copied: (part: any) => any}} words */
export function arranging(view, list, at, { up, down, copy, remove, name, copied }) {
  const part = list[at];
  const button = (does, sign, words, disabled, act) => h("button.fw-button.fw-ed-small", {
    id: fieldId(part.uid, does), disabled, title: words, "aria-label": `${words}: ${name}`, data: { does }, onclick: act }, sign);
  return [
    button("up", "↑", up, at === 0, () => view.move(list, at, -1, "up")),
    button("down", "↓", down, at === list.length - 1, () => view.move(list, at, 1, "down")),
    button("copy", t("editor_duplicate"), copy, false, () => view.add(list, at + 1, copied(part), t("editor_did_duplicate", { name }))),
    button("remove", t("editor_remove"), remove, false, () => view.remove(list, at, name)),
  ];
}
