/** Making professions: what stands on each card, new ones, files that come in, and the editor's place. */

import { h, say } from "../page/dom.js";
import { problemText } from "../page/problem_words.js";
import { onLanguage, t } from "../page/words.js";
import { ask, problemOf } from "./api.js";
import { place, sentence } from "./editor_problems.js";
import { asNew, EditorState, kept } from "./editor_state.js";
import { EditorView } from "./editor_view.js";
import { said } from "./home_view.js";

const YAML = "application/yaml";

export class ProfessionTools {
  /** @param {any} tasks the `TasksView` */
  constructor(tasks) {
    this.tasks = tasks;
    this.store = tasks.store;
    this.home = tasks.home;
    this.place = this.home.root.querySelector(".fw-tasks-editor");
    this.view = new EditorView(this);
    this.file = h("input", { type: "file", accept: ".yaml,.yml,.json,application/yaml", hidden: true, "aria-hidden": "true", tabindex: "-1", onchange: () => this.picked() });
    this.newButton = h("button.fw-button", { data: { does: "new" }, onclick: () => this.begin() });
    this.importButton = h("button.fw-button", { data: { does: "import" }, onclick: () => this.file.click() });
    this.notices = h("div.fw-ed-notices");
    this.home.actions.append(this.newButton, this.importButton, this.file);
    this.home.cards.before(this.notices);
    tasks.cardTools.push((profession) => this.onCard(profession));
    tasks.offs.push(onLanguage(() => this.relabel()), () => removeEventListener("beforeunload", this.leaving), () => removeEventListener("pagehide", this.hiding));
    this.leaving = (event) => this.view.unsaved && event.preventDefault();
    this.hiding = () => this.view.keepNow();
    addEventListener("beforeunload", this.leaving);
    addEventListener("pagehide", this.hiding);
    this.takeDrops();
    this.relabel();
    this.restore();
  }

  /** What a copy's title ends with. */
  get copyEnding() {
    return { en: "(copy)", ru: "(копия)" };
  }

  relabel() {
    say(this.newButton, t("editor_new"));
    say(this.importButton, t("editor_import"));
    this.importButton.title = t("editor_import_hint");
    this.notices.replaceChildren();
    if (this.view.state) this.view.draw();
  }

  // ── on the cards ───────────────────────────────────────────────────────────────────────────────────────────────────────
  onCard(profession) {
    const name = said(profession.title, this.home.language);
    const button = (does, words, act) => h("button.fw-button.fw-ed-small", { data: { does }, "aria-label": `${words}: ${name}`, onclick: act }, words);
    return h("div.fw-ed-tools", {},
      profession.own ? button("edit", t("editor_edit"), () => this.edit(profession)) : button("edit", t("editor_edit_copy"), () => this.edit(profession)),
      button("duplicate", t("editor_duplicate"), () => this.duplicate(profession)),
      h("a.fw-button.fw-ed-small", { href: `/api/professions/${profession.id}/export`, download: "", data: { does: "export" }, "aria-label": `${t("editor_export")}: ${name}` }, t("editor_export")),
      profession.own ? button("delete", t("editor_delete"), () => this.delete(profession)) : "");
  }

  /** Its own, or a copy that is not kept before it is saved. @param {any} line */
  async edit(line) {
    const whole = await this.asked(() => ask("GET", `/api/professions/${line.id}`));
    if (!whole) return;
    const state = whole.own ? new EditorState(whole.profession, whole.revision) : new EditorState(asNew(whole.profession, this.copyEnding), "");
    const { language } = this.home;
    this.show(state, { language: whole.languages.includes(language) ? language : whole.languages[0], open: whole.profession.tasks.length === 1 ? 0 : -1 });
  }

  begin() {
    const prompt = { en: "", ru: "" };
    prompt[this.home.language] = t("editor_prompt_example");
    this.show(new EditorState({ prompt }, ""), { language: this.home.language, open: 0 });
    this.view.focus("fw-ed-profession-title");
  }

  /** @param {any} line */
  async duplicate(line) {
    const whole = await this.asked(() => ask("POST", "/api/professions", { body: { copy_of: line.id } }));
    if (!whole) return;
    await this.tasks.professions.load();
    this.tell(t("editor_did_duplicate", { name: said(line.title, this.home.language) }));
    this.focusCard(whole.profession.name);
  }

  /** Gone at once, and back at a click with the same numbers. @param {any} line */
  async delete(line) {
    const name = said(line.title, this.home.language);
    const whole = await this.asked(async () => {
      const found = await ask("GET", `/api/professions/${line.id}`);
      await ask("DELETE", `/api/professions/${line.id}`, { query: { revision: found.revision } });
      return found;
    });
    if (!whole) return;
    await this.tasks.professions.load();
    const back = h("button.fw-button", { data: { does: "undelete" }, onclick: () => this.bringBack(whole) }, t("editor_undo"));
    this.tell(t("editor_did_delete", { name }), back);
    back.focus();
  }

  /** @param {any} whole */
  async bringBack(whole) {
    const back = await this.asked(() => ask("POST", "/api/professions/import", { body: JSON.stringify(whole.profession), type: YAML }));
    if (!back) return;
    await this.tasks.professions.load();
    this.tell(t("editor_did_bring_back", { name: said(back.profession.title, this.home.language) }));
    this.focusCard(back.profession.name);
  }

  // ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
  picked() {
    const [file] = this.file.files;
    this.file.value = "";
    if (file) this.takeIn(file);
  }

  takeDrops() {
    const { root } = this.home;
    const bringsFile = (event) => !this.view.state && [...(event.dataTransfer?.types ?? [])].includes("Files");
    root.addEventListener("dragover", (event) => {
      if (!bringsFile(event)) return;
      event.preventDefault();
      root.classList.add("fw-ed-drop");
    });
    root.addEventListener("dragleave", (event) => !root.contains(event.relatedTarget) && root.classList.remove("fw-ed-drop"));
    root.addEventListener("drop", (event) => {
      if (!bringsFile(event)) return;
      event.preventDefault();
      root.classList.remove("fw-ed-drop");
      if (event.dataTransfer.files[0]) this.takeIn(event.dataTransfer.files[0]);
    });
  }

  /** @param {File} file */
  async takeIn(file) {
    const whole = await this.asked(() => ask("POST", "/api/professions/import", { body: file, type: YAML }), file.name);
    if (!whole) return;
    await this.tasks.professions.load();
    const name = said(whole.profession.title, this.home.language);
    this.tell([t("editor_did_import", { name }), whole.notes.length ? t("editor_import_replaced") : ""].filter(Boolean).join(" "));
    this.focusCard(whole.profession.name);
  }

  // ── saying how it went ─────────────────────────────────────────────────────────────────────────────────────────────────
  /** @template T @param {() => Promise<T>} asking @param {string} [file] @returns {Promise<T | null>} null: it was refused, which is shown */
  async asked(asking, file = "") {
    this.notices.replaceChildren();
    try {
      return await asking();
    } catch (error) {
      const problem = problemOf(error);
      if (problem.problems) this.tellProblems(problem.problems, file);
      else this.notices.replaceChildren(h("p.fw-problem", { role: "alert" }, problemText(problem, this.store)));
      if (problem.code === "profession_changed" || problem.code === "profession_gone" || problem.code === "no_such_profession") this.tasks.professions.load();
      return null;
    }
  }

  /** @param {any[]} problems @param {string} file */
  tellProblems(problems, file) {
    const line = (each) => (each.line ? `${t("editor_line", { line: each.line })} · ` : "");
    this.notices.replaceChildren(h("section.fw-ed-summary", { role: "alert", tabindex: "-1" },
      h("p", {}, t("editor_import_wrong", { file })),
      h("ul", {}, ...problems.map((each) => h("li", { data: { path: each.path } }, `${line(each)}${place(each.path)}: ${sentence(each)}`)))));
    this.notices.firstElementChild.focus();
  }

  /** @param {string} words @param {any} [action] */
  tell(words, action = "") {
    this.notices.replaceChildren(h("p.fw-ed-notice", { role: "status" }, h("span", {}, words), action,
      h("button.fw-button.fw-ed-small", { "aria-label": t("editor_dismiss"), title: t("editor_dismiss"), onclick: () => this.notices.replaceChildren() }, "×")));
  }

  /** @param {string} name */
  focusCard(name) {
    const card = this.home.cards.querySelector(`[data-profession="${CSS.escape(name)}"]`);
    card?.scrollIntoView({ block: "nearest" });
    card?.querySelector("[data-does=edit]")?.focus({ preventScroll: true });
  }

  // ── the editor ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** @param {EditorState} state @param {any} how */
  show(state, how) {
    this.notices.replaceChildren();
    this.home.root.classList.add("fw-editing");
    this.place.replaceChildren(this.view.root);
    this.view.open(state, how);
    scrollTo({ top: 0 });
    if (!how.restored) this.view.title.focus({ preventScroll: true });
  }

  restore() {
    const content = kept();
    if (content) this.show(EditorState.from(content.state), { language: content.language, aside: content.aside, restored: true });
  }

  /** @param {number | undefined} number of the one that was edited */
  closed(number) {
    this.home.root.classList.remove("fw-editing");
    this.place.replaceChildren();
    this.home.draw();
    const line = this.tasks.professions.get(number ?? 0);
    if (line) this.focusCard(line.name);
    else this.newButton.focus();
  }
}
