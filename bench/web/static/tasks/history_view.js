/** Past trials: open one again, or delete it. */

import { h, show } from "../page/dom.js";
import { problemText } from "../page/problem_words.js";
import { both, t } from "../page/words.js";
import { problemOf } from "./api.js";
import { number, when } from "./count_words.js";

export class History {
  /** @param {any} tasks the `TasksView` */
  constructor(tasks) {
    this.tasks = tasks;
    this.root = h("section.fw-history", { hidden: true });
    /** @type {string | null} */
    this.asking = null;
    this.problem = null;
    tasks.trials.on(() => tasks.home?.draw());
  }

  draw() {
    const { list, problem } = this.tasks.trials;
    const trouble = this.problem ?? problem;
    show(this.root, list.length > 0 || Boolean(trouble));
    this.root.replaceChildren(h("h2.fw-title", {}, t("task_past")),
      ...(trouble ? [h("p.fw-problem", { role: "alert" }, problemText(trouble, this.tasks.store))] : []),
      h("ul", {}, ...list.map((trial) => this.row(trial))));
  }

  row(trial) {
    const preset = this.tasks.store.presets.find((each) => each.id === trial.preset);
    const asking = this.asking === trial.id;
    const name = trial.title || trial.profession;
    return h("li.fw-past", { data: { trial: trial.id, ended: trial.ended ?? "" } },
      h("span.fw-past-name", {}, name), h("span.fw-quiet.fw-past-when", {}, when(trial.started_utc)),
      h("span.fw-quiet.fw-past-how", {}, [trial.language.toUpperCase(), preset ? both(preset.title) : trial.preset].filter(Boolean).join(" · ")),
      h("span.fw-past-state", {}, this.state(trial)),
      h("span.fw-tasks-row", {}, ...(asking
        ? [h("span", {}, t("task_delete_sure")), h("button.fw-button.fw-danger", { data: { sure: "" }, onclick: () => this.delete(trial.id) }, t("task_delete_yes")),
          h("button.fw-button", { onclick: () => this.ask(null) }, t("task_delete_no"))]
        : [trial.problem ? "" : h("button.fw-button", { "aria-label": `${this.opening(trial)}: ${name}`, onclick: () => this.tasks.open(trial.id) }, this.opening(trial)),
          h("button.fw-button", { "aria-label": `${t("task_delete")}: ${name}`, onclick: () => this.ask(trial.id) }, t("task_delete"))])));
  }

  opening(trial) {
    return trial.ended === "completed" ? t("task_open_report") : trial.ended ? t("task_open") : t("task_go_on_short");
  }

  state(trial) {
    if (trial.problem) return problemText(trial.problem, this.tasks.store);
    if (trial.ended === "completed") return trial.total === null || trial.total === undefined ? t("task_unscored") : t("task_percent", { percent: number(trial.total) });
    return t(trial.ended ? "task_given_up" : "task_under_way", { at: trial.answered, of: trial.tasks });
  }

  /** @param {string | null} trial */
  ask(trial) {
    this.asking = trial;
    this.draw();
    /** @type {any} */ (this.root.querySelector("[data-sure]"))?.focus();
  }

  /** @param {string} trial */
  async delete(trial) {
    this.asking = null;
    this.problem = null;
    try {
      await this.tasks.trials.delete(trial);
    } catch (error) {
      this.problem = problemOf(error);
      this.draw();
    }
  }

  close() {
    if (!this.asking) return false;
    this.ask(null);
    return true;
  }
}
