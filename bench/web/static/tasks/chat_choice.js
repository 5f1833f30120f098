/** Which model conducts the simulation: the presets, one for each model that they think with, and why one cannot be used here. */

import { keyOf, keyRemedy, lacksKey } from "../page/key_panel.js";
import { h } from "../page/dom.js";
import { both, t } from "../page/words.js";

const KEY = "firstword.tasks.preset";
export const FIRST = "embedded";

/** The provider of a preset's language model, or null while it is not known. @param {any} store @param {any} preset */
export const providerOf = (store, preset) => (store.providers.chat ?? []).find((info) => info.name === preset?.chat?.provider) ?? null;

/** Presets that differ in their ears and voices only are one here: the one with the shortest name. @param {any} store @returns {any[]} */
export function modelsOf(store) {
  /** @type {Map<string, any>} */
  const found = new Map();
  for (const preset of store.presets) {
    if (preset.problem) continue;
    const model = preset.own || !preset.chat ? preset.id : JSON.stringify(preset.chat);
    const known = found.get(model);
    if (!known || preset.id.length < known.id.length) found.set(model, preset);
  }
  const place = (preset) => (preset.id === FIRST ? 0 : 1);
  return [...found.values()].sort((a, b) => place(a) - place(b));
}

export class ChatChoice {
  /** @param {any} store @param {() => void} changed */
  constructor(store, changed) {
    this.store = store;
    this.changed = changed;
    this.chosen = localStorage.getItem(KEY) ?? FIRST;
    this.select = h("select", { id: "fw-tasks-model", onchange: () => this.choose(this.select.value) });
    this.note = h("p.fw-tasks-note");
    this.label = h("label", { for: "fw-tasks-model" });
  }

  /** @param {string} id */
  choose(id) {
    this.chosen = id;
    localStorage.setItem(KEY, id);
    this.draw();
    this.changed();
  }

  get preset() {
    return this.store.presets.find((preset) => preset.id === this.chosen && !preset.problem) ?? null;
  }

  /** Why the chosen model cannot be used, or empty. */
  get obstacle() {
    const info = providerOf(this.store, this.preset);
    if (!info?.missing) return "";
    return lacksKey(this.store, info) ? t("task_needs_key", { title: info.title, remedy: keyRemedy(this.store, keyOf(this.store, info)) }) : info.missing.remedy;
  }

  draw() {
    const models = modelsOf(this.store);
    if (this.store.ready && !models.some((preset) => preset.id === this.chosen)) this.chosen = models.find((preset) => same(preset, this.preset))?.id ?? models[0]?.id ?? FIRST;
    const option = (preset) => h("option", { value: preset.id, selected: preset.id === this.chosen }, (preset.own ? "★ " : "") + both(preset.title));
    const usable = models.filter((preset) => !providerOf(this.store, preset)?.missing);
    const others = models.filter((preset) => providerOf(this.store, preset)?.missing);
    this.select.replaceChildren(...usable.map(option), ...(others.length ? [h("optgroup", { label: t("needs_key") }, ...others.map(option))] : []));
    this.label.textContent = t("task_model");
    const info = providerOf(this.store, this.preset);
    this.note.textContent = this.obstacle || (info?.labels.includes("rule-based") ? t("task_rule_based") : "");
    this.note.classList.toggle("fw-warned", Boolean(this.obstacle));
  }
}

/** @param {any} a @param {any} b */
const same = (a, b) => Boolean(a?.chat && b?.chat) && JSON.stringify(a.chat) === JSON.stringify(b.chat);
