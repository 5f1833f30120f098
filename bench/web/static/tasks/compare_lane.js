/** One lane of a comparison: its model and its way of showing, what it does now, what its last call took. */

import { duration, h, say, show } from "../page/dom.js";
import { keyOf, keyRemedy, lacksKey } from "../page/key_panel.js";
import { problemText } from "../page/problem_words.js";
import { both, known, t } from "../page/words.js";
import { modelsOf, providerOf } from "./chat_choice.js";
import { figureWords } from "./compare_charts.js";
import { TAKES } from "./compare_run.js";

/** Why a preset's model cannot be used here, or empty. @param {any} store @param {any} preset */
export function obstacleOf(store, preset) {
  const info = providerOf(store, preset);
  if (!info?.missing) return "";
  return lacksKey(store, info) ? t("task_needs_key", { title: info.title, remedy: keyRemedy(store, keyOf(store, info)) }) : info.missing.remedy;
}

let lanes = 0;

export class CompareLane {
  /** @param {any} panel the `ComparePanel` @param {string} preset @param {boolean} streamed */
  constructor(panel, preset, streamed) {
    Object.assign(this, { panel, store: panel.store, preset, streamed });
    this.id = `fw-compare-${(lanes += 1)}`;
    this.letter = "";
    this.badge = h("b.fw-letter-badge");
    this.select = h("select", { id: `${this.id}-model`, onchange: () => this.change({ preset: this.select.value, chosen: true }) });
    this.remove = h("button.fw-button.fw-lane-remove", { onclick: () => panel.removeLane(this) }, "×");
    this.ways = h("div.fw-choice", { role: "radiogroup" });
    this.labels = h("div.fw-lane-labels");
    this.trouble = h("p.fw-lane-trouble.fw-warned", { hidden: true });
    this.state = h("p.fw-lane-state");
    this.last = h("p.fw-tasks-note.fw-lane-last");
    this.figures = h("dl.fw-figures.fw-lane-figures");
    this.counted = h("p.fw-lane-counted");
    this.root = h("section.fw-lane", {}, h("div.fw-lane-head", {}, this.badge, this.select, this.remove), h("div.fw-lane-how", {}, this.ways, this.labels),
      this.state, this.trouble, this.last, this.figures, this.counted);
  }

  /** What was measured with another model, or in another way, goes. @param {object} fields */
  change(fields) {
    Object.assign(this, fields);
    this.panel.changed(this);
  }

  get known() {
    return this.store.presets.find((preset) => preset.id === this.preset) ?? null;
  }

  get obstacle() {
    return obstacleOf(this.store, this.known);
  }

  /** @param {string} letter @param {import("./compare_run.js").CompareRun | null} run @param {boolean} running @param {boolean} removable */
  draw(letter, run, running, removable) {
    this.letter = letter;
    this.root.dataset.lane = letter;
    this.root.setAttribute("aria-label", t("compare_lane", { letter }));
    say(this.badge, letter);
    this.drawChoices(running);
    show(this.remove, removable);
    this.remove.disabled = running;
    this.remove.title = t("compare_remove", { letter });
    this.remove.setAttribute("aria-label", this.remove.title);
    const mine = run?.lanes.some((lane) => lane.letter === letter) ? run : null;
    const doing = mine?.doing(letter) ?? (this.obstacle ? "left_out" : "ready");
    this.root.dataset.state = doing;
    say(this.state, t(`state_compare_${doing}`));
    this.drawTrouble(mine);
    this.drawFigures(mine);
    this.drawCount(mine);
  }

  drawChoices(running) {
    const models = modelsOf(this.store);
    const found = models.find((preset) => preset.id === this.preset) ?? models.find((preset) => JSON.stringify(preset.chat) === JSON.stringify(this.known?.chat));
    if (this.store.ready && models.length) this.preset = (found ?? models[0]).id;
    const key = JSON.stringify([models.map((preset) => [preset.id, both(preset.title), Boolean(providerOf(this.store, preset)?.missing)]), this.preset, this.streamed, running, this.letter, t("compare_whole")]);
    if (key === this.drawn) return; // an open list, and the focus, stay
    this.drawn = key;
    const option = (preset) => h("option", { value: preset.id, selected: preset.id === this.preset }, (preset.own ? "★ " : "") + both(preset.title));
    const missing = (preset) => Boolean(providerOf(this.store, preset)?.missing);
    const others = models.filter(missing);
    this.select.replaceChildren(...models.filter((preset) => !missing(preset)).map(option), ...(others.length ? [h("optgroup", { label: t("needs_key") }, ...others.map(option))] : []));
    this.select.disabled = running;
    this.select.setAttribute("aria-label", t("compare_model", { letter: this.letter }));
    this.ways.setAttribute("aria-label", t("compare_way", { letter: this.letter }));
    const focused = this.ways.contains(document.activeElement);
    this.ways.replaceChildren(...[true, false].map((streamed) => h("label.fw-option", { title: t(streamed ? "compare_streamed_hint" : "compare_whole_hint") },
      h("input", { type: "radio", name: `${this.id}-way`, checked: streamed === this.streamed, disabled: running, onchange: () => this.change({ streamed }) }), h("span", {}, t(streamed ? "compare_streamed" : "compare_whole")))));
    if (focused) /** @type {any} */ (this.ways.querySelector("input:checked"))?.focus();
    const labels = providerOf(this.store, this.known)?.labels ?? [];
    this.labels.replaceChildren(...labels.map((label) => h("span.fw-label", { tabindex: "0", title: known(`label_${label}_hint`) ? t(`label_${label}_hint`) : null }, known(`label_${label}`) ? t(`label_${label}`) : label)));
  }

  drawTrouble(run) {
    const wrong = run?.wrong(this.letter);
    const words = wrong ? t("compare_wrong", { outcome: t(`outcome_${wrong.outcome}`), why: problemText(wrong, this.store) }) : this.obstacle;
    show(this.trouble, Boolean(words));
    say(this.trouble, words);
  }

  /** Of the last answer: the medians stand beside the dots. */
  drawFigures(run) {
    const last = run?.measured(this.letter).filter((call) => call.outcome === "answered").at(-1);
    say(this.last, t("compare_last"));
    this.figures.replaceChildren(...TAKES.map((figure) => {
      const { title, hint } = figureWords(figure);
      const ms = last?.[figure] ?? null;
      return h("div.fw-figure", { tabindex: "0", title: hint, data: { figure, ms: ms === null ? "" : String(ms) } }, h("dt", {}, title), h("dd", {}, duration(ms)));
    }));
  }

  drawCount(run) {
    const outcomes = run?.outcomes(this.letter) ?? {};
    const { answered = 0, ...others } = outcomes;
    const of = run?.measured(this.letter).length ?? 0;
    const rest = Object.entries(others).map(([name, n]) => `${n} ${t(`outcome_${name}`)}`);
    say(this.counted, of ? [t("compare_answered_long", { n: answered, of }), ...rest].join(" · ") : "");
    this.counted.classList.toggle("fw-warned", rest.length > 0);
  }
}
