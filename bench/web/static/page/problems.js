/** What went wrong on this page, until it is dismissed: what happened and what to do. */

import { icon } from "./icons.js";
import { h } from "./dom.js";
import { problemText } from "./problem_words.js";
import { onLanguage, t } from "./words.js";

export class ProblemsView {
  /** @param {import("./bench_view.js").BenchView} bench @param {any} context */
  constructor(bench, context) {
    this.bench = bench;
    this.store = context.store;
    this.root = h("div.fw-problems");
    for (const type of ["problem", "audio", "connection", "welcome"]) this.store.on(type, () => this.draw());
    onLanguage(() => this.draw());
  }

  draw() {
    const lines = this.store.problems.filter((problem) => !problem.tab || problem.tab === this.bench.tab);
    const rows = lines.map((problem) => {
      const text = problemText(problem, this.store);
      const dismiss = h("button.fw-icon", { "aria-label": t("dismiss"), title: t("dismiss"), onclick: () => this.dismiss(problem.code) }, icon("close"));
      return h("p.fw-problem", { role: "alert" }, text, dismiss);
    });
    if (this.store.connection.state === "lost") rows.unshift(h("p.fw-problem", { role: "alert" }, t("problem_connection_lost")));
    for (const notice of this.store.notices) rows.push(h("p.fw-notice", {}, notice));
    this.root.replaceChildren(...rows);
  }

  /** @param {string} code */
  dismiss(code) {
    this.store.clear(code);
    this.draw();
  }
}
