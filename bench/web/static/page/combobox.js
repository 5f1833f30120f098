/** A text box with suggestions beside it: arrow keys or the pointer choose one, anything else can be written. */

import { icon } from "./icons.js";
import { h, show } from "./dom.js";
import { lang, t } from "./words.js";

/**
 * @typedef {{value: string, until?: string, replacement?: string, note?: string, note_ru?: string}} Suggestion
 */

/** @param {string} date ISO 8601 */
export const day = (date) => new Intl.DateTimeFormat(lang() === "ru" ? "ru" : "en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));

const SOON_MS = 60 * 24 * 3600 * 1000;

/** What has to be known of a value: its end, its replacement, a remark. @param {Suggestion | undefined} suggestion @returns {{text: string, warn: boolean} | null} */
export function remark(suggestion) {
  if (!suggestion) return null;
  const { until, replacement } = suggestion;
  const note = (lang() === "ru" ? suggestion.note_ru : null) ?? suggestion.note ?? "";
  const parts = [];
  let warn = false;
  if (until) {
    const left = Date.parse(`${until}T00:00:00Z`) - Date.now();
    warn = left < SOON_MS;
    parts.push(t(left < 0 ? "shut_down_on" : "shuts_down_on", { date: day(until) }));
  }
  if (replacement) parts.push(t("replacement", { model: replacement }));
  if (note) parts.push(note);
  return parts.length ? { text: parts.join("; "), warn } : null;
}

export class Combobox {
  /** @param {string} id @param {any} value @param {Suggestion[]} suggestions @param {Record<string, any>} props @param {(value: string) => void} change */
  constructor(id, value, suggestions, props, change) {
    this.suggestions = suggestions;
    this.change = change;
    this.at = -1;
    this.input = h("input", { id, ...props, value: value ?? "", role: "combobox", "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "none",
      autocomplete: "off", spellcheck: "false", onkeydown: (event) => this.key(event), onchange: () => this.commit(), onblur: () => this.close(), oninput: () => this.tell() });
    const toggle = h("button.fw-icon.fw-open-list", { type: "button", tabindex: "-1", "aria-label": t("suggestions"), title: t("suggestions"),
      onpointerdown: (event) => event.preventDefault(), onclick: () => (this.list.hidden ? this.open() : this.close()) }, icon("open"));
    this.list = h("ul.fw-suggestions", { id: `${id}-list`, role: "listbox", hidden: true });
    this.line = h("span.fw-remark", { hidden: true });
    this.element = h("span.fw-combobox", {}, this.input, toggle, this.list, this.line);
    this.tell();
  }

  /** @param {any} value */
  set(value) {
    this.input.value = value ?? "";
    this.tell();
  }

  open() {
    this.list.replaceChildren(...this.suggestions.map((each, index) => {
      const told = remark(each);
      return h("li", { role: "option", id: `${this.list.id}-${index}`, "aria-selected": String(each.value === this.input.value), data: { warn: String(Boolean(told?.warn)) },
        onpointerdown: (event) => event.preventDefault(), onclick: () => this.choose(index) }, h("span", {}, each.value), told ? h("small", {}, told.text) : "");
    }));
    this.at = this.suggestions.findIndex((each) => each.value === this.input.value);
    show(this.list, true);
    this.input.focus();
    this.input.setAttribute("aria-expanded", "true");
    this.list.scrollIntoView({ block: "nearest" });
    this.mark();
  }

  close() {
    show(this.list, false);
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return this.open();
      const n = this.suggestions.length;
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : this.at < 0 ? n : n - 1)) % n;
      this.mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (open && this.at >= 0) this.choose(this.at);
      else this.commit();
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation(); // closes the list, not the drawer
      this.close();
    }
  }

  mark() {
    for (const [index, option] of [...this.list.children].entries()) option.classList.toggle("fw-at", index === this.at);
    const option = this.list.children[this.at];
    if (!option) return;
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  /** @param {number} index */
  choose(index) {
    this.input.value = this.suggestions[index].value;
    this.commit();
  }

  commit() {
    this.close();
    this.tell();
    this.change(this.input.value.trim());
  }

  /** The line under the box: what is known of the value in it. */
  tell() {
    const told = remark(this.suggestions.find((each) => each.value === this.input.value.trim()));
    show(this.line, Boolean(told));
    this.line.textContent = told?.text ?? "";
    this.line.classList.toggle("fw-warned", Boolean(told?.warn));
  }
}
