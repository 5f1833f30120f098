/** One column: which configuration, what is said, what it is doing, and its figures. */

import { icon } from "./icons.js";
import { Drawer } from "./drawer.js";
import { duration, h, say, show } from "./dom.js";
import { problemText, retryAfter } from "./problem_words.js";
import { standIns, standInText, usageLine } from "./usage_words.js";
import { WarmUp } from "./warm_up.js";
import { both, knobTitle, known, t } from "./words.js";

const FIGURES = { voice: ["ttft", "vad_pause", "tts_start", "voice_to_voice"], chat: ["ttft", "batching", "tts_start", "message_to_voice"] };
/** States in which a clock runs, so that slow and stuck look different. */
const CLOCKED = new Set(["loading", "understanding", "thinking", "pausing"]);

export class ColumnView {
  /** @param {import("./bench_view.js").BenchView} bench @param {string} letter */
  constructor(bench, letter) {
    this.bench = bench;
    this.letter = letter;
    /** @type {Map<string, any>} */
    this.rows = new Map();
    this.unpainted = new Set();
    this.build();
    this.restore();
  }

  build() {
    this.preset = h("select.fw-preset", { onchange: () => this.choosePreset() });
    this.badges = h("span.fw-badges");
    this.modified = h("button.fw-modified", { onclick: () => this.openDrawer("changes") });
    this.settings = h("button.fw-icon", { onclick: () => this.openDrawer("settings") }, icon("settings"));
    this.heard = h("button.fw-icon", { onclick: () => this.bench.setAudible(this.letter) });
    this.warm = new WarmUp(this);
    this.stopper = h("button.fw-icon", { onclick: () => this.bench.send("stop", { column: this.letter }) }, icon("stop"));
    this.remover = h("button.fw-icon", { onclick: () => this.bench.send("column_remove", { column: this.letter }) }, icon("close"));
    this.talk = h("div.fw-talk", { tabindex: "0", role: "log", "aria-live": "off" });
    this.empty = h("div.fw-empty");
    this.dot = h("span.fw-dot");
    this.stateText = h("span.fw-state-text");
    this.clock = h("span.fw-clock");
    this.figures = h("dl.fw-figures");
    this.problem = h("p.fw-problem", { role: "alert", hidden: true });
    this.drawer = h("div.fw-drawer-place");
    this.root = h(
      "article.fw-column", { data: { column: this.letter } },
      h("header.fw-column-head", {}, h("span.fw-letter-badge", {}, this.letter), this.preset, this.modified, h("span.fw-spring"),
        this.heard, this.warm.button, this.settings, this.stopper, this.remover),
      this.warm.panel,
      this.badges,
      h("div.fw-stage-box", {}, this.talk, this.empty),
      this.problem,
      h("footer.fw-column-foot", {}, h("span.fw-state", {}, this.dot, this.stateText, this.clock), this.figures),
      this.drawer,
    );
    this.talk.addEventListener("scroll", () => (this.pinned = this.talk.scrollHeight - this.talk.scrollTop - this.talk.clientHeight < 24));
    this.pinned = true;
  }

  get state() {
    return this.bench.state.column(this.letter);
  }

  /** What was said before the page was loaded. */
  restore() {
    for (const turn of this.state.turns.values()) this.paintTurn(turn);
  }

  /** @param {any} column the `Column` shape */
  update(column) {
    this.column = column;
    if (this.rows.size === 0) this.restore();
    this.relabel();
    this.form?.update(column);
  }

  relabel() {
    if (!this.column) return;
    const audible = this.bench.state.audible === this.letter;
    this.root.setAttribute("aria-label", t("column_name", { letter: this.letter }));
    this.fillPresets();
    this.heard.replaceChildren(icon(audible ? "speaker" : "muted"));
    this.heard.setAttribute("aria-pressed", String(audible));
    for (const [button, key] of [[this.heard, audible ? "heard_yes" : "heard_no"], [this.settings, "settings"], [this.stopper, "stop_column"],
      [this.remover, "remove_column"], [this.modified, "modified_hint"]]) {
      button.title = t(key);
      button.setAttribute("aria-label", `${this.letter}: ${t(key)}`);
    }
    say(this.modified, t("modified"));
    show(this.modified, this.column.modified.length > 0);
    show(this.remover, this.bench.state.workspace.columns.length > 1);
    this.paintBadges();
    this.warm.update(this.column.warm_up);
    this.showProblem();
    this.paintState();
    this.paintFigures();
    this.paintEmpty();
    for (const [id, row] of this.rows) this.nameRow(row, this.state.turns.get(id));
  }

  /** What kind of engines these are; above all, when it is not the vendor who answered. */
  paintBadges() {
    const told = [...this.state.turns.values()].reverse().find((turn) => Object.keys(turn.view?.services ?? {}).length);
    const names = standIns(told?.view);
    const standIn = names.length ? [h("span.fw-label.fw-stand-in", { title: t("wire_server_hint") }, standInText(names))] : [];
    const addresses = [...new Set((this.column.addresses ?? []).map((each) => each.address))];
    const vendors = standIn.length ? [] : (this.column.vendors ?? []);
    this.badges.replaceChildren(...standIn, ...vendors.map((title) => h("span.fw-label", { title: t("vendor_hint") }, title)),
      ...this.column.labels.map((label) => h("span.fw-label", { title: known(`label_${label}_hint`) ? t(`label_${label}_hint`) : null }, known(`label_${label}`) ? t(`label_${label}`) : label)),
      ...addresses.map((address) => h("span.fw-label", { title: t("other_address_hint") }, `→ ${address}`)));
  }

  fillPresets() {
    const presets = this.bench.store.presets;
    const known = presets.some((preset) => preset.id === this.column.preset);
    const options = presets.map((preset) => h("option", { value: preset.id, selected: preset.id === this.column.preset, disabled: Boolean(preset.problem),
      title: preset.problem ?? both(preset.description) }, (preset.own ? "★ " : "") + both(preset.title)));
    if (!known) options.unshift(h("option", { value: this.column.preset, selected: true }, both(this.column.title)));
    this.preset.replaceChildren(...options);
    this.preset.setAttribute("aria-label", t("preset_of", { letter: this.letter }));
  }

  choosePreset() {
    this.bench.send("column_preset", { column: this.letter, preset: this.preset.value });
  }

  paintEmpty() {
    show(this.empty, this.rows.size === 0);
    const sample = this.bench.store.inputs.find((input) => input.labelled && !input.own);
    const invite = this.bench.tab === "voice" && sample
      ? h("button.fw-primary", { onclick: () => this.bench.play(sample.id) }, t("play_sample_through_all"))
      : null;
    this.empty.replaceChildren(h("p", {}, t(this.bench.tab === "voice" ? "empty_voice" : "empty_chat")), ...(invite ? [invite] : []));
  }

  showProblem() {
    const problem = this.column?.problem ?? this.state.problem;
    show(this.problem, Boolean(problem));
    if (!problem) return;
    const seconds = problem.since === undefined ? null : retryAfter(problem.facts);
    const left = seconds === null ? null : seconds - (performance.now() - problem.since) / 1000;
    say(this.problem, problemText(problem, this.bench.store, left));
  }

  // ── messages ───────────────────────────────────────────────────────────────────────────────────────────────────────────
  turn({ turn }) {
    this.paintTurn(this.state.turn(turn));
    this.showProblem();
  }

  transcript({ turn }) {
    this.paintTurn(this.state.turn(turn));
  }

  /** Tokens are painted once a frame, however many came. */
  token({ turn }) {
    this.unpainted.add(turn);
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      for (const id of this.unpainted) this.paintTurn(this.state.turn(id));
      this.unpainted.clear();
    });
  }

  timing() {
    this.paintFigures();
    this.paintBadges();
  }

  outcome({ turn }) {
    this.paintTurn(this.state.turn(turn));
    this.paintFigures();
    this.paintBadges();
    this.showProblem();
  }

  level() {
    this.dot.classList.toggle("fw-voiced", this.state.level.voiced);
  }

  // ── painting ───────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** @param {any} turn */
  paintTurn(turn) {
    let row = this.rows.get(turn.turn);
    if (!row) {
      row = { you: h("span.fw-words"), it: h("span.fw-words"), who: h("span.fw-who"), whom: h("span.fw-who"), end: h("span.fw-outcome"), used: h("span.fw-usage") };
      row.root = h("div.fw-turn", {}, h("p.fw-you", {}, row.who, row.you), h("p.fw-it", {}, row.whom, row.it, row.end, row.used));
      this.rows.set(turn.turn, row);
      this.talk.append(row.root);
      show(this.empty, false);
    }
    const said = turn.input === "typed" ? turn.text : turn.transcript;
    say(row.you, said || (turn.view?.outcome ? "" : "…"));
    row.you.classList.toggle("fw-partial", turn.input !== "typed" && !turn.final);
    say(row.it, turn.reply);
    this.nameRow(row, turn);
    if (this.pinned) this.talk.scrollTop = this.talk.scrollHeight;
    if (!turn.painted && turn.reply.trim()) this.markPainted(turn);
  }

  nameRow(row, turn) {
    say(row.who, t("you"));
    say(row.whom, t("it"));
    const view = turn?.view;
    const shown = view?.outcome && view.outcome !== "answered";
    const because = shown && known(`reason_${view.reason}`) ? t(`reason_${view.reason}`) : "";
    const remark = ["length", "content_filter"].includes(view?.ended_by) ? t(`reason_ended_by_${view.ended_by}`) : "";
    const stoodIn = view?.outcome && standIns(view).length ? standInText(standIns(view)) : "";
    say(row.end, [shown ? t(`outcome_${view.outcome}`) + (because ? `: ${because}` : "") : "", remark, stoodIn].filter(Boolean).join(" · "));
    row.end.title = shown && view.message ? problemText({ code: view.reason, message: view.message, facts: view.facts }, this.bench.store) : "";
    const used = usageLine(view);
    say(row.used, used?.text ?? "");
    row.used.title = used?.hint ?? "";
    show(row.root.querySelector(".fw-it"), Boolean(turn?.reply || shown));
  }

  /**
   * The text is in the page now; it is *painted* at the end of the frame that is about to be drawn. The callback of
   * requestAnimationFrame runs before that frame is painted, a message posted from it right after: that is the mark.
   */
  markPainted(turn) {
    turn.painted = true;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        channel.port1.close();
        this.bench.link.mark({ tab: this.bench.tab, column: this.letter, turn: turn.turn, name: "text_painted", at_ms: this.bench.link.now(), data: {} });
      };
      channel.port2.postMessage(null);
    });
  }

  paintState() {
    const { state, left_ms, since, usual_ms } = this.state.state;
    const passed = performance.now() - since;
    const left = left_ms === null || left_ms === undefined ? null : Math.max(0, (left_ms - passed) / 1000);
    let text = state === "pausing" && left !== null ? t("state_pausing_left", { left: left.toFixed(1) }) : t(`state_${state}`);
    if (state === "listening" && !(this.bench.store.microphone.on && this.bench.store.microphone.tab === this.bench.tab)) text = t("state_ready");
    say(this.stateText, text);
    this.dot.dataset.state = state;
    const clocked = CLOCKED.has(state) && state !== "pausing" && passed > 400;
    say(this.clock, clocked ? `${(passed / 1000).toFixed(1)} ${t("unit_s")}${usual_ms ? ` · ${t("usually", { usual: duration(usual_ms) })}` : ""}` : "");
  }

  tick() {
    this.paintState();
    if (this.state.problem?.facts?.retry_after !== undefined) this.showProblem(); // its seconds run down
  }

  paintFigures() {
    const last = [...this.state.turns.values()].reverse().find((turn) => turn.view && Object.values(turn.view.figures).some((f) => f.ms !== null));
    const names = FIGURES[this.bench.tab];
    this.figures.replaceChildren(
      ...names.map((name) => {
        const figure = last?.view.figures[name];
        const value = figure?.ms ?? null;
        return h("div.fw-figure", { tabindex: "0", title: figureHint(this.bench.store, name, figure), data: { figure: name } },
          h("dt", {}, t(`figure_${name}`)), h("dd", {}, value === null ? "–" : duration(value, true)));
      }),
    );
  }

  // ── settings ───────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** @param {"settings" | "changes"} part */
  openDrawer(part) {
    this.closeDrawer();
    this.form = new Drawer(this, part);
    this.drawer.append(this.form.root);
    this.form.focus();
  }

  closeDrawer() {
    if (!this.form) return false;
    this.form.dispose();
    this.form = undefined;
    this.drawer.replaceChildren();
    this.settings.focus();
    return true;
  }

  closeWarm() {
    return this.warm.close();
  }

  dispose() {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.form?.dispose();
    this.root.remove();
  }
}

/** A figure is never naked: its definition, its error, the knob that moves it. @param {any} store @param {string} name @param {any} figure */
export function figureHint(store, name, figure) {
  const entry = store.glossary[name];
  const parts = [both(entry?.definition)];
  if (figure && figure.ms !== null) parts.push(`${duration(figure.ms)} ± ${duration(figure.error_ms)}${figure.estimated ? ` (${t("estimated")})` : ""}`);
  else if (figure?.reason) parts.push(`${t("no_value")}: ${figure.reason}`);
  if (entry?.knob) parts.push(`${t("moved_by")}: ${knobTitle(store.knobs, entry.knob)}`);
  return parts.filter(Boolean).join("\n");
}
