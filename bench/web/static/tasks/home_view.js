/** Choosing: the professions, the language, the model; what was begun and not finished; what was done before. */

import { h, say, show } from "../page/dom.js";
import { problemText } from "../page/problem_words.js";
import { lang, t } from "../page/words.js";
import { ChatChoice } from "./chat_choice.js";
import { count } from "./count_words.js";
import { History } from "./history_view.js";

const LANGUAGE = "firstword.tasks.language";
export const LANGUAGES = { en: "English", ru: "Русский" };

/** A title or summary in that language, else in the one that there is. @param {any} both @param {string} language */
export const said = (both, language) => (typeof both === "string" ? both : both?.[language] || both?.en || both?.ru || "");

export class HomeView {
  /** @param {any} tasks the `TasksView` */
  constructor(tasks) {
    this.tasks = tasks;
    this.store = tasks.store;
    this.chat = new ChatChoice(this.store, () => this.draw());
    this.history = new History(tasks);
    this.what = h("p.fw-tasks-what");
    this.languages = h("div.fw-choice", { role: "radiogroup" });
    this.languageLabel = h("span.fw-tasks-label");
    this.whole = h("input", { id: "fw-tasks-whole", type: "checkbox", checked: tasks.whole, onchange: () => tasks.setWhole(this.whole.checked) });
    this.wholeLabel = h("label", { for: "fw-tasks-whole" });
    this.trouble = h("p.fw-problem", { role: "alert", hidden: true });
    this.cards = h("div.fw-cards");
    this.actions = h("div.fw-tasks-actions");
    this.root = h("section.fw-tasks-home", {},
      this.what,
      h("div.fw-tasks-bar", {},
        h("div.fw-tasks-field", {}, this.languageLabel, this.languages),
        h("div.fw-tasks-field", {}, this.chat.label, this.chat.select),
        h("div.fw-tasks-field.fw-tasks-check", {}, this.whole, this.wholeLabel), h("span.fw-spring"), this.actions),
      this.chat.note, this.trouble, this.cards, this.history.root, h("div.fw-tasks-editor"), h("div.fw-tasks-compare"));
    tasks.professions.on(() => this.draw());
    this.draw();
  }

  /** The language in which a trial is played: as chosen, else the page's. */
  get language() {
    return localStorage.getItem(LANGUAGE) ?? lang();
  }

  /** @param {string} language */
  choose(language) {
    localStorage.setItem(LANGUAGE, language);
    this.draw();
    /** @type {any} */ (this.languages.querySelector("input:checked"))?.focus();
  }

  draw() {
    const { professions } = this.tasks;
    say(this.what, t("task_what"));
    say(this.languageLabel, t("task_language"));
    say(this.wholeLabel, t("task_whole"));
    this.whole.checked = this.tasks.whole;
    this.wholeLabel.title = t("task_whole_hint");
    this.languages.setAttribute("aria-label", t("task_language"));
    this.languages.replaceChildren(...Object.entries(LANGUAGES).map(([code, name]) => h("label.fw-option", {},
      h("input", { type: "radio", name: "fw-tasks-language", value: code, checked: code === this.language, onchange: () => this.choose(code) }), h("span", {}, name))));
    this.chat.draw();
    show(this.trouble, Boolean(professions.problem));
    if (professions.problem) {
      this.trouble.replaceChildren(h("span", {}, problemText(professions.problem, this.store)), h("button.fw-button", { onclick: () => this.tasks.refresh() }, t("task_again")));
    }
    this.drawCards(professions);
    this.history.draw();
  }

  drawCards(professions) {
    if (professions.state === "unknown" || professions.state === "loading") {
      this.cards.replaceChildren(...[1, 2, 3].map(() => h("article.fw-card.fw-card-empty", { "aria-hidden": "true" })));
      return;
    }
    this.cards.replaceChildren(...professions.list.map((profession) => this.card(profession)));
  }

  card(profession) {
    const { language } = this;
    const minutes = profession.tasks.reduce((sum, task) => sum + task.time_limit_minutes, 0);
    const there = profession.languages.includes(language);
    const begun = this.tasks.trials.unfinished(profession.id, language);
    const obstacle = there ? this.chat.obstacle : t("task_no_language", { language: LANGUAGES[language] });
    const begin = (words, kind) => h(kind, { disabled: Boolean(obstacle), title: obstacle || null, onclick: () => this.tasks.begin(profession, language, this.chat.chosen) }, words);
    const go = begun
      ? [h("button.fw-primary", { onclick: () => this.tasks.open(begun.id) }, begun.step === "report" ? t("task_go_on_report") : t("task_go_on", { at: Math.min(begun.answered + 1, begun.tasks), of: begun.tasks })),
        h("button.fw-button", { disabled: Boolean(obstacle), title: obstacle || t("task_afresh_hint"), onclick: () => this.tasks.beginAfresh(begun, profession, language, this.chat.chosen) }, t("task_afresh"))]
      : [begin(t("task_start"), "button.fw-primary")];
    return h("article.fw-card", { data: { profession: profession.name } },
      h("h2.fw-card-title", {}, profession.own ? h("span", { title: t("task_own") }, "★ ") : "", said(profession.title, language)),
      h("p.fw-card-summary", {}, said(profession.summary, language)),
      h("p.fw-quiet", {}, `${count("tasks", profession.tasks.length)} · ${count("minutes", Math.ceil(minutes))}`),
      there ? "" : h("p.fw-tasks-note.fw-warned", {}, obstacle),
      h("div.fw-tasks-row", {}, ...go, ...this.tasks.cardTools.map((tool) => tool(profession))));
  }
}
