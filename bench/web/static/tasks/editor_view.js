/** The profession editor: one form for both languages, saved by a button, safe from other windows and from a reload. */

import { h, say, show } from "../page/dom.js";
import { problemText } from "../page/problem_words.js";
import { t } from "../page/words.js";
import { ask, problemOf } from "./api.js";
import { field, fieldId, wrongPlace } from "./editor_fields.js";
import { languageName, located, missing, missingWords, place, sentence } from "./editor_problems.js";
import { asNew, EditorState, keep, taskFrom } from "./editor_state.js";
import { previewOf, retell, taskPart } from "./editor_task.js";
import { LANGUAGES } from "./home_view.js";

const KEEP_MS = 300;

export class EditorView {
  /** @param {any} tools the `ProfessionTools` */
  constructor(tools) {
    this.tools = tools;
    this.store = tools.store;
    /** @type {Map<string, any>} */
    this.previews = new Map();
    this.root = h("section.fw-ed", { onkeydown: (event) => this.key(event) });
  }

  /** @param {EditorState} state @param {{language: string, aside?: any, restored?: boolean, open?: number}} how */
  open(state, { language, aside = null, restored = false, open = -1 }) {
    Object.assign(this, { state, language, aside, restored, problems: [], trouble: null, conflict: null, asking: false, saving: false, done: "" });
    this.previews.clear();
    this.opened = new Set(state.own.tasks.filter((task, at) => at === open || (restored && at === 0)).map((task) => task.uid));
    this.draw();
    this.keepNow();
  }

  get own() {
    return this.state.own;
  }

  // ── drawing ────────────────────────────────────────────────────────────────────────────────────────────────────────────
  draw() {
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null;
    const { id, selectionStart, selectionEnd } = /** @type {any} */ (focused ?? {});
    const top = scrollY;
    this.status = h("span.fw-saved", { role: "status" });
    this.sides = h("p.fw-tasks-note", { role: "status" });
    this.undoButton = h("button.fw-button", { id: "fw-ed-undo", title: t("editor_undo_hint"), onclick: () => this.undo() }, t("editor_undo"));
    this.redoButton = h("button.fw-button", { id: "fw-ed-redo", onclick: () => this.redo() }, t("editor_redo"));
    this.saveButton = h("button.fw-primary", { id: "fw-ed-save", title: "Ctrl+S", onclick: () => this.save() });
    this.title = h("h2.fw-ed-title", { id: "fw-ed-title", tabindex: "-1" });
    this.root.setAttribute("aria-labelledby", "fw-ed-title");
    this.root.replaceChildren(
      h("header.fw-ed-bar", {},
        h("button.fw-button", { id: "fw-ed-close", "aria-label": t("task_back"), onclick: () => this.close() }, "←", h("span.fw-ed-wide", {}, t("task_back"))), this.title, this.status, h("span.fw-spring"),
        this.undoButton, this.redoButton, this.saveButton),
      this.asking ? this.sureBox() : "", this.conflict ? this.conflictBox() : "", this.aside ? this.asideBox() : "", this.troubleBox(), this.summaryBox(),
      this.restored && this.state.dirty ? h("p.fw-ed-notice", {}, t("editor_restored")) : "",
      h("div.fw-tasks-bar", {}, h("div.fw-tasks-field", {}, h("span.fw-tasks-label", {}, t("editor_language")), this.languageChoice()), this.sides),
      h("section.fw-ed-card", {},
        field(this, this.own, "title", { words: t("editor_profession_title") }),
        field(this, this.own, "summary", { words: t("editor_summary"), hint: t("editor_summary_hint"), kind: "text" }),
        field(this, this.own, "prompt", { words: t("editor_prompt"), hint: t("editor_prompt_hint"), kind: "text", rows: 5 })),
      h("h3.fw-title", { id: "fw-ed-tasks" }, t("editor_tasks")), h("p.fw-tasks-note", {}, t("editor_tasks_hint")),
      wrongPlace(fieldId("profession", "tasks"), this.wrongAt("profession", "tasks")),
      h("ol.fw-ed-list", { "aria-labelledby": "fw-ed-tasks" }, ...this.own.tasks.map((task, at) => taskPart(this, task, at))),
      h("p", {}, h("button.fw-button", { id: fieldId("profession", "tasks"), data: { does: "add-task" }, onclick: () => this.add(this.own.tasks, this.own.tasks.length, taskFrom(), t("editor_did_add")) }, t("editor_add_task"))));
    this.refresh();
    scrollTo({ top });
    if (id) this.focus(id, selectionStart, selectionEnd);
  }

  /** What changes at each key. */
  refresh() {
    const { state } = this;
    say(this.title, this.own.title[this.language].trim() || this.own.title.en.trim() || this.own.title.ru.trim() || t("editor_untitled"));
    this.dirty = state.dirty;
    this.status.dataset.state = this.saving ? "saving" : this.dirty ? "waiting" : state.revision ? "saved" : "";
    say(this.status, this.saving ? t("task_saving") : this.dirty ? t("editor_unsaved") : state.revision ? this.done || t("editor_saved") : t("editor_new_unsaved"));
    say(this.saveButton, t("editor_save"));
    this.saveButton.disabled = this.saving || (!this.dirty && Boolean(state.revision));
    this.undoButton.disabled = !state.before.length;
    this.redoButton.disabled = !state.after.length;
    this.drawSides();
  }

  drawSides() {
    const said = [];
    for (const code of Object.keys(LANGUAGES)) {
      const { titled, empty, nothing } = missing(this.own, code);
      const name = languageName(code);
      const language = name[0].toUpperCase() + name.slice(1);
      if (nothing) said.push(t("editor_side_nothing", { language }));
      else if (!titled) said.push(t("editor_side_untitled", { language }));
      else if (empty) said.push(t("editor_side_some", { language, texts: missingWords(empty) }));
      const mark = this.root.querySelector(`[data-side=${code}]`);
      if (mark) say(mark, empty ? ` · ${empty}` : "");
    }
    say(this.sides, said.join(" "));
  }

  languageChoice() {
    return h("div.fw-choice", { role: "radiogroup", "aria-label": t("editor_language") }, ...Object.entries(LANGUAGES).map(([code, name]) => h("label.fw-option", {},
      h("input", { type: "radio", id: `fw-ed-language-${code}`, name: "fw-ed-language", value: code, checked: code === this.language, onchange: () => this.turn(code) }),
      h("span", {}, name, h("small", { data: { side: code }, "aria-hidden": "true" })))));
  }

  /** @param {string} code */
  turn(code) {
    this.language = code;
    this.draw();
    this.keepSoon();
  }

  // ── what is wrong ──────────────────────────────────────────────────────────────────────────────────────────────────────
  /** @param {string} uid @param {string} field */
  wrongAt(uid, field) {
    return this.problems.filter((each) => each.uid === uid && each.field === field);
  }

  troubleBox() {
    return this.trouble ? h("p.fw-problem", { role: "alert" }, problemText(this.trouble, this.store)) : "";
  }

  summaryBox() {
    if (!this.problems.length) return "";
    return h("section.fw-ed-summary", { role: "alert" }, h("p", {}, t("editor_wrong_some")),
      h("ul", {}, ...this.problems.map((each) => h("li", {}, h("button.fw-ed-link", { onclick: () => this.goTo(each) }, `${place(each.path)}: ${sentence(each)}`)))));
  }

  /** @param {any} problem that has `problems` */
  refuse(problem) {
    this.problems = located(this.own, problem.problems);
    const tasks = this.own.tasks.filter((task) => this.problems.some((each) => each.uid === task.uid || task.criteria.some((criterion) => criterion.uid === each.uid)));
    for (const task of tasks) this.opened.add(task.uid);
    this.draw();
    if (this.problems.length) this.goTo(this.problems[0]);
  }

  /** @param {any} task @param {any} problem of the profession with that task alone */
  refusedPreview(task, problem) {
    const at = this.own.tasks.indexOf(task);
    if (at < 0) return;
    this.refuse({ problems: problem.problems.map((each) => ({ ...each, path: each.path.replace(/^tasks\.0\b/, `tasks.${at}`) })) });
  }

  /** @param {any} problem */
  goTo(problem) {
    const task = this.own.tasks.find((each) => each.uid === problem.uid || each.criteria.some((criterion) => criterion.uid === problem.uid));
    if (task) this.opened.add(task.uid);
    if (problem.language && problem.language !== this.language) this.language = problem.language;
    this.draw();
    const field = this.root.querySelector(`#${CSS.escape(fieldId(problem.uid, problem.field))}`) ?? (task ? this.root.querySelector(`#${fieldId(task.uid, "toggle")}`) : null);
    (field ?? this.title).focus();
    field?.scrollIntoView({ block: "center" });
  }

  // ── changing ───────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** @param {string} uid @param {string} field */
  typed(uid, field) {
    const before = this.problems.length;
    this.problems = this.problems.filter((each) => each.uid !== uid || each.field !== field || (each.language && each.language !== this.language));
    if (this.problems.length !== before) this.cleared(uid, field);
    this.done = "";
    this.undone?.remove();
    this.refresh();
    this.own.tasks.forEach((task, at) => retell(this, task, at));
    this.keepSoon();
  }

  /** The field is not wrong any more, and stays as it is under the caret. */
  cleared(uid, field) {
    const id = fieldId(uid, field);
    const left = this.wrongAt(uid, field);
    this.root.querySelector(`#${id}-wrong`)?.replaceChildren(left.map((each) => sentence(each)).join(" "));
    if (!left.length) this.root.querySelector(`#${id}`)?.removeAttribute("aria-invalid");
    this.root.querySelector(".fw-ed-summary")?.replaceWith(this.summaryBox());
  }

  /** @param {string} what @param {() => void} change */
  arrange(what, change) {
    this.state.arrange(what, change);
    this.arranged(what);
  }

  /** @param {string} what */
  arranged(what) {
    this.problems = this.problems.filter((each) => each.field !== "tasks" && each.field !== "criteria");
    this.draw();
    this.keepSoon();
    this.tools.tasks.announce(what);
  }

  /** @param {any[]} list @param {number} at @param {1 | -1} by @param {string} button */
  move(list, at, by, button) {
    const to = at + by;
    if (to < 0 || to >= list.length) return;
    const part = list[at];
    this.arrange(t("editor_did_move", { n: to + 1 }), () => list.splice(to, 0, ...list.splice(at, 1)));
    if (!button) return;
    const same = /** @type {any} */ (this.root.querySelector(`#${fieldId(part.uid, button)}`));
    (same?.disabled ? this.root.querySelector(`#${fieldId(part.uid, button === "up" ? "down" : "up")}`) : same)?.focus();
    same?.scrollIntoView({ block: "nearest" });
  }

  /** @param {any[]} list @param {number} at @param {any} part @param {string} what */
  add(list, at, part, what) {
    this.opened.add(part.uid);
    this.arrange(what, () => list.splice(at, 0, part));
    this.focus(fieldId(part.uid, "title"));
    document.activeElement?.scrollIntoView({ block: "center" });
  }

  /** @param {any[]} list @param {number} at @param {string} name */
  remove(list, at, name) {
    this.previews.get(list[at].uid)?.stop();
    this.arrange(t("editor_did_remove", { name }), () => list.splice(at, 1));
    this.undone = h("p.fw-ed-notice.fw-ed-undone", { role: "status" }, h("span", {}, t("editor_did_remove", { name })),
      h("button.fw-button", { onclick: () => this.undo() }, t("editor_undo")));
    this.root.append(this.undone);
    this.undone.querySelector("button").focus({ preventScroll: true });
  }

  undo() {
    const what = this.state.undo();
    if (what) this.arranged(t("editor_did_undo", { what }));
    if (!this.root.contains(document.activeElement)) this.title.focus({ preventScroll: true });
  }

  redo() {
    const what = this.state.redo();
    if (what) this.arranged(what);
    if (!this.root.contains(document.activeElement)) this.title.focus({ preventScroll: true });
  }

  /** @param {any} task */
  isOpen(task) {
    return this.opened.has(task.uid);
  }

  /** @param {any} task */
  toggle(task) {
    if (!this.opened.delete(task.uid)) this.opened.add(task.uid);
    this.draw();
  }

  /** @param {any} task */
  preview(task) {
    const shown = previewOf(this, task);
    shown.begin(this.state.alone(task), this.language);
    shown.root.scrollIntoView({ block: "nearest" });
  }

  // ── saving ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** @param {{copy?: boolean}} [how] @returns {Promise<boolean>} */
  async save({ copy = false } = {}) {
    if (this.saving) return false;
    const { state } = this;
    const sent = state.sending();
    const make = copy || !state.own.id;
    Object.assign(this, { saving: true, trouble: null, problems: [], asking: false });
    if (copy) sent.data = asNew(sent.data, this.tools.copyEnding);
    this.draw();
    try {
      const answer = make ? await ask("POST", "/api/professions", { body: { profession: sent.data } })
        : await ask("PUT", `/api/professions/${state.own.id}`, { body: { profession: sent.data, revision: state.revision } });
      this.saving = false;
      const untouched = state.text === sent.text;
      if (copy) Object.assign(state.own, { title: { ...state.own.title, ...answer.profession.title } });
      state.accept({ ...sent, text: untouched ? state.text : "" }, answer);
      Object.assign(this, { conflict: null, restored: false, done: t("editor_saved") });
      this.draw();
      this.keepNow();
      this.tools.tasks.announce(t("editor_saved"));
      this.tools.tasks.professions.load();
      return true;
    } catch (error) {
      this.saving = false;
      const problem = problemOf(error);
      if (problem.problems) this.refuse(problem);
      else if (problem.code === "profession_changed" || problem.code === "profession_gone") this.meet(problem);
      else {
        this.trouble = problem;
        this.draw();
      }
      return false;
    }
  }

  // ── another window ─────────────────────────────────────────────────────────────────────────────────────────────────────
  /** @param {any} problem */
  meet(problem) {
    this.conflict = problem;
    this.draw();
    /** @type {any} */ (this.root.querySelector(".fw-ed-conflict button"))?.focus();
  }

  conflictBox() {
    const { current } = this.conflict;
    return h("section.fw-ed-conflict", { role: "alertdialog", "aria-label": t("editor_conflict_title") },
      h("p", {}, h("strong", {}, current ? t("editor_conflict_title") : t("editor_gone_title"))), h("p", {}, t("editor_conflict_kept")),
      h("p.fw-tasks-row", {}, h("button.fw-button", { data: { does: "as-copy" }, onclick: () => this.save({ copy: true }) }, t("editor_as_copy")),
        current ? h("button.fw-button", { data: { does: "reload" }, onclick: () => this.takeTheirs(current) }, t("editor_load_theirs")) : "",
        h("button.fw-button", { onclick: () => this.later() }, t("editor_later"))));
  }

  later() {
    this.conflict = null;
    this.draw();
    this.saveButton.focus();
  }

  /** @param {any} current as the workbench has it; mine is put aside, not away */
  takeTheirs(current) {
    const aside = this.state.kept();
    this.open(new EditorState(current.profession, current.revision), { language: this.language, aside });
    this.title.focus();
  }

  asideBox() {
    return h("section.fw-ed-conflict", { role: "status" }, h("p", {}, t("editor_aside")),
      h("p.fw-tasks-row", {}, h("button.fw-button", { data: { does: "mine" }, onclick: () => this.takeMine() }, t("editor_back_to_mine")),
        h("button.fw-button", { onclick: () => this.forgetMine() }, t("editor_forget_mine"))));
  }

  takeMine() {
    this.open(EditorState.from(this.aside), { language: this.language });
    this.title.focus();
  }

  forgetMine() {
    this.aside = null;
    this.draw();
    this.keepNow();
    this.title.focus();
  }

  // ── leaving ────────────────────────────────────────────────────────────────────────────────────────────────────────────
  get unsaved() {
    return Boolean(this.state && (this.state.dirty || this.aside));
  }

  close() {
    if (this.unsaved && !this.asking) {
      this.asking = true;
      this.draw();
      return /** @type {any} */ (this.root.querySelector(".fw-ed-sure button"))?.focus();
    }
    this.end();
  }

  sureBox() {
    return h("section.fw-ed-conflict.fw-ed-sure", { role: "alertdialog", "aria-label": t("editor_sure") }, h("p", {}, t("editor_sure")),
      h("p.fw-tasks-row", {}, h("button.fw-button", { onclick: () => this.save().then((saved) => saved && this.end()) }, t("editor_sure_save")),
        h("button.fw-button.fw-danger", { onclick: () => this.end() }, t("editor_sure_discard")), h("button.fw-button", { onclick: () => this.stay() }, t("editor_sure_stay"))));
  }

  stay() {
    this.asking = false;
    this.draw();
    this.title.focus();
  }

  end() {
    for (const preview of this.previews.values()) preview.stop();
    clearTimeout(this.timer);
    this.timer = undefined;
    keep(null);
    const number = this.state?.own.id;
    this.state = undefined;
    this.root.replaceChildren();
    this.tools.closed(number);
  }

  keepSoon() {
    this.timer ??= setTimeout(() => this.keepNow(), KEEP_MS);
  }

  keepNow() {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.state) keep({ state: this.state.kept(), language: this.language, aside: this.aside });
  }

  // ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** @param {KeyboardEvent} event */
  key(event) {
    const control = event.ctrlKey || event.metaKey;
    const letter = event.code;
    const writing = event.target instanceof HTMLTextAreaElement || (event.target instanceof HTMLInputElement && event.target.type === "text");
    if (event.key === "Escape" && (this.asking || this.conflict)) this.asking ? this.stay() : this.later();
    else if (control && letter === "KeyS") {
      if (!this.saveButton.disabled) this.save();
    } else if (control && letter === "KeyZ" && !writing) event.shiftKey ? this.redo() : this.undo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {string} id @param {number} [from] @param {number} [to] */
  focus(id, from, to) {
    const element = /** @type {any} */ (this.root.querySelector(`#${CSS.escape(id)}`));
    element?.focus({ preventScroll: true });
    if (element && typeof from === "number" && element.type !== "radio") element.setSelectionRange?.(from, to);
  }
}
