/** The same task by several configurations, streamed and all at once, lane beside lane. It stands at the end of the home screen. */

import { h, say, show } from "../page/dom.js";
import { problemText } from "../page/problem_words.js";
import { both, lang, onLanguage, t } from "../page/words.js";
import { LANGUAGES, said } from "./home_view.js";
import { CompareCharts } from "./compare_charts.js";
import { download } from "./compare_csv.js";
import { CompareLane } from "./compare_lane.js";
import { CompareRun, LETTERS } from "./compare_run.js";
import { count } from "./count_words.js";

const OPEN = "firstword.tasks.compare";
const MOST_REPEATS = 50;

/** @param {any} view the `TasksView` */
export function addCompare(view) {
  return new ComparePanel(view);
}

class ComparePanel {
  constructor(view) {
    this.view = view;
    this.store = view.store;
    /** @type {CompareRun | null} */
    this.run = null;
    this.repeats = 10;
    const first = view.home.chat.chosen;
    this.lanes = [new CompareLane(this, first, true), new CompareLane(this, first, false)];
    this.build();
    view.home.root.querySelector(".fw-tasks-compare").append(this.root);
    view.home.actions.append(this.opener);
    const stopView = view.stop.bind(view);
    view.stop = () => (this.running && this.root.offsetParent !== null ? this.run?.stop() : stopView());
    view.offs.push(onLanguage(() => this.draw()), view.professions.on(() => this.draw()), () => this.run?.stop(),
      ...["welcome", "presets", "keys"].map((type) => this.store.on(type, () => this.draw())));
    this.ticking = setInterval(() => this.running && this.drawProgress(), 1000);
    view.offs.push(() => clearInterval(this.ticking));
    this.setOpen(localStorage.getItem(OPEN) === "yes");
  }

  build() {
    this.opener = h("button.fw-button", { "aria-controls": "fw-compare", onclick: () => this.toggle() });
    this.title = h("h2.fw-title", { tabindex: "-1" });
    this.what = h("p.fw-quiet");
    this.profession = h("select", { id: "fw-compare-profession", onchange: () => this.choose(Number(this.profession.value)) });
    this.task = h("select", { id: "fw-compare-task", onchange: () => this.draw() });
    this.times = h("input.fw-compare-repeats", { id: "fw-compare-repeats", type: "number", min: 1, max: MOST_REPEATS, step: 1, value: this.repeats, oninput: () => this.setRepeats() });
    this.names = [this.profession, this.task, this.times].map((control) => h("label", { for: control.id }));
    this.go = h("button.fw-primary.fw-compare-go", { onclick: () => this.start() });
    this.halt = h("button.fw-button.fw-danger.fw-compare-stop", { onclick: () => this.run?.stop() });
    this.adder = h("button.fw-button.fw-compare-add", { onclick: () => this.addLane() });
    this.why = h("p.fw-tasks-note.fw-warned", { hidden: true });
    this.progress = h("p.fw-progress.fw-compare-progress", { hidden: true });
    this.trouble = h("p.fw-problem", { role: "alert", hidden: true });
    this.columns = h("div.fw-lanes");
    this.sentence = h("p.fw-sentence", { role: "status" });
    this.notes = h("ul.fw-compare-notes");
    this.caption = h("p.fw-tasks-note");
    this.verdict = h("div.fw-verdict.fw-compare-verdict", {}, this.sentence, this.notes, this.caption);
    this.charts = new CompareCharts();
    this.save = h("button.fw-button.fw-compare-save", { onclick: () => this.run && download(this.run) });
    this.results = h("div.fw-compare-results", { hidden: true }, this.verdict, this.charts.root, h("div.fw-tasks-row", {}, this.save));
    const field = (at, control) => h("div.fw-tasks-field", {}, this.names[at], control);
    this.root = h("section.fw-panel.fw-compare", { id: "fw-compare" }, this.title, this.what,
      h("div.fw-tasks-bar", {}, field(0, this.profession), field(1, this.task), field(2, this.times), h("span.fw-spring"), h("div.fw-tasks-row", {}, this.adder, this.go, this.halt)),
      this.why, this.progress, this.trouble, this.columns, this.results);
  }

  get running() {
    return this.run?.state === "running";
  }

  get language() {
    return this.view.home.language;
  }

  get chosen() {
    return this.view.professions.get(Number(this.profession.value)) ?? this.view.professions.list[0] ?? null;
  }

  // ── what a person does ─────────────────────────────────────────────────────────────────────────────────────────────────
  toggle() {
    this.setOpen(!this.root.offsetParent);
    if (this.root.hidden) return;
    this.root.scrollIntoView({ block: "start" });
    this.title.focus({ preventScroll: true });
  }

  setOpen(open) {
    if (!open) this.run?.stop();
    localStorage.setItem(OPEN, open ? "yes" : "no");
    show(this.root, open);
    this.opener.setAttribute("aria-expanded", String(open));
    this.draw();
  }

  /** @param {number} id */
  choose(id) {
    this.profession.value = String(id);
    this.task.value = "";
    this.draw();
  }

  setRepeats() {
    const asked = Math.trunc(Number(this.times.value));
    this.repeats = this.times.value !== "" && asked >= 1 && asked <= MOST_REPEATS ? asked : null;
    this.draw();
  }

  /** The second lane keeps to the first one's model until another is chosen for it. @param {CompareLane} lane */
  changed(lane) {
    if (lane === this.lanes[0] && !this.lanes[1].chosen) this.lanes[1].preset = lane.preset;
    this.run = null; // what was measured was measured with others
    this.draw();
  }

  addLane() {
    const last = this.lanes[this.lanes.length - 1];
    const lane = new CompareLane(this, last.preset, true);
    lane.chosen = true;
    this.lanes.push(lane);
    this.changed(lane);
    lane.select.focus();
  }

  /** @param {CompareLane} lane */
  removeLane(lane) {
    this.lanes = this.lanes.filter((each) => each !== lane);
    this.lanes[1].chosen = true;
    this.changed(lane);
    this.adder.focus();
  }

  start() {
    // Lanes that cannot run go to the end: the workbench gives the letters to those that can, one after the other.
    this.lanes = [...this.lanes.filter((lane) => !lane.obstacle), ...this.lanes.filter((lane) => lane.obstacle)];
    const able = this.lanes.filter((lane) => !lane.obstacle).map(({ preset, streamed }, at) => ({ letter: LETTERS[at], preset, streamed }));
    const profession = this.chosen;
    const task = profession.tasks.find((each) => String(each.id) === this.task.value) ?? profession.tasks[0];
    const run = new CompareRun({ profession, task, language: this.language, repeats: this.repeats }, able, () => this.hear(run));
    this.run = run;
    this.draw();
    this.halt.focus();
    this.view.announce(t("compare_began"));
    run.go();
  }

  /** Something has come of a run. @param {CompareRun} run */
  hear(run) {
    if (this.run !== run) return;
    if (this.running && this.view.trial) return run.stop(); // a trial beside it would be measured, too
    const focused = document.activeElement === this.halt;
    this.draw();
    if (this.running) return;
    if (focused) this.go.focus();
    if (run.state === "stopped") this.view.announce(t("compare_stopped", { n: run.calls.length, of: run.of }));
  }

  // ── what is seen ───────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Why nothing can be run now, or empty. */
  get obstacle() {
    if (!this.chosen) return t("compare_no_profession");
    if (!this.chosen.languages.includes(this.language)) return t("task_no_language", { language: LANGUAGES[this.language] });
    if (this.repeats === null) return t("compare_bad_repeats", { most: MOST_REPEATS });
    return this.lanes.every((lane) => lane.obstacle) ? t("compare_no_lane") : "";
  }

  draw() {
    say(this.opener, t("compare_open"));
    this.opener.title = t("compare_what");
    if (this.root.hidden) return;
    say(this.title, t("compare_title"));
    say(this.what, t("compare_what"));
    for (const [at, key] of ["compare_profession", "compare_task", "compare_repeats"].entries()) say(this.names[at], t(key));
    this.times.title = t("compare_repeats_hint");
    this.drawSubject();
    const { running } = this;
    for (const control of [this.profession, this.task, this.times]) control.disabled = running;
    say(this.go, t("compare_go"));
    say(this.halt, t("compare_stop"));
    this.halt.title = t("compare_stop_hint");
    say(this.adder, t("compare_add"));
    show(this.go, !running);
    show(this.halt, running);
    show(this.adder, this.lanes.length < LETTERS.length && !running);
    this.go.disabled = Boolean(this.obstacle);
    show(this.why, Boolean(this.obstacle) && !running);
    say(this.why, this.obstacle);
    if (!same(this.columns.children, this.lanes)) this.columns.replaceChildren(...this.lanes.map((lane) => lane.root));
    this.columns.style.setProperty("--fw-lanes", String(this.lanes.length));
    for (const [at, lane] of this.lanes.entries()) lane.draw(LETTERS[at], this.run, running, this.lanes.length > 2);
    this.drawProgress();
    this.drawResults();
  }

  drawSubject() {
    const { list } = this.view.professions;
    const chosen = this.chosen;
    const titles = (each) => [each.id, said(each.title, this.language)];
    const key = JSON.stringify([list.map(titles), chosen?.id, chosen?.tasks.map(titles)]);
    if (key === this.subject) return;
    this.subject = key;
    const task = this.task.value;
    const option = (now) => (each) => h("option", { value: String(each.id), selected: String(each.id) === String(now) }, said(each.title, this.language));
    this.profession.replaceChildren(...list.map(option(chosen?.id)));
    this.task.replaceChildren(...(chosen?.tasks ?? []).map(option(task)));
  }

  drawProgress() {
    const { run } = this;
    show(this.progress, Boolean(run && this.running));
    if (!run) return;
    const done = run.calls.length;
    this.progress.style.setProperty("--fw-done", `${(100 * done) / run.of}%`);
    const left = run.left_s;
    say(this.progress, [t(run.told ? "compare_progress" : "compare_preparing", { n: done, of: run.of }), left === null ? "" : t("compare_left", { time: seconds(left) })].filter(Boolean).join(" · "));
  }

  drawResults() {
    const { run } = this;
    show(this.trouble, Boolean(run?.problem));
    if (run?.problem) say(this.trouble, problemText(run.problem, this.store));
    show(this.results, Boolean(run?.calls.length));
    if (!run?.calls.length) return;
    say(this.save, t("compare_csv"));
    const [sentence, ...notes] = this.sentences(run);
    say(this.sentence, sentence);
    this.notes.replaceChildren(...notes.map((note) => h("li", {}, note)));
    this.verdict.classList.toggle("fw-decided", Boolean(run.verdict?.verdict?.decided));
    say(this.caption, this.captionOf(run));
    this.charts.draw(run);
  }

  /** @param {CompareRun} run @returns {string[]} */
  sentences(run) {
    if (run.state === "running") return [t("compare_no_verdict_yet")];
    if (run.state !== "completed") return [t("compare_stopped", { n: run.calls.length, of: run.of })];
    const { sentences, verdict } = run.verdict;
    if (!verdict) return [t("compare_alone", { letter: run.lanes[0].letter })];
    const [first, ...notes] = sentences.map(both);
    // With more than two lanes it has to be said which two cannot be told apart.
    const about = run.lanes.length > 2 && !verdict.decided ? `${verdict.first}, ${verdict.second}: ` : "";
    return [about + first, ...notes];
  }

  captionOf(run) {
    const { profession, task, language, repeats } = run.subject;
    return t("compare_caption", { profession: said(profession.title, lang()), task: said(task.title, lang()), language: LANGUAGES[language], rounds: count(/** @type {any} */ ("rounds"), repeats), seed: run.told?.seed ?? "" });
  }
}

/** @param {HTMLCollection} there @param {CompareLane[]} lanes */
const same = (there, lanes) => there.length === lanes.length && lanes.every((lane, at) => there[at] === lane.root);

/** "1:05 min", "12 s". @param {number} left */
function seconds(left) {
  const whole = Math.max(1, Math.round(left));
  return whole < 60 ? `${whole} ${t("unit_s")}` : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} ${t("compare_minutes")}`;
}
