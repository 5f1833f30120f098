/** The final report: the total, each criterion with its reason and quotes, strengths and gaps, and who scored. */

import { h, say, show } from "../page/dom.js";
import { both, known, t } from "../page/words.js";
import { number, when } from "./count_words.js";
import { MarkdownView } from "./markdown.js";

const MOST_POINTS = 5;

export class ReportView {
  /** @param {any} tasks the `TasksView` */
  constructor(tasks) {
    this.tasks = tasks;
    this.waiting = h("p.fw-waiting", { role: "status", hidden: true });
    this.body = h("div.fw-report-body");
    this.root = h("section.fw-report", { hidden: true }, this.waiting, this.body);
  }

  clear() {
    this.drawn = null;
    this.body.replaceChildren();
  }

  /** @param {string} words */
  wait(words) {
    show(this.waiting, Boolean(words));
    if (words) say(this.waiting, words);
  }

  /** @param {import("./trial.js").Trial} trial */
  draw(trial) {
    const drawn = JSON.stringify([trial.id, trial.report?.made_utc, trial.step, trial.state?.ended, document.documentElement.lang]);
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    const { report } = trial;
    if (!report) return this.body.replaceChildren(...(trial.step === "finished" ? this.givenUp(trial) : []));
    this.body.replaceChildren(this.head(trial, report), ...report.tasks.map((task) => this.task(task, trial)), this.twin(report));
  }

  head(trial, report) {
    const preset = this.tasks.store.presets.find((each) => each.id === trial.preset);
    const percent = report.total;
    const figure = percent === null
      ? h("p.fw-total-figure", {}, "–") : h("p.fw-total-figure", {}, number(percent), h("span.fw-of-hundred", {}, ` ${t("task_of_hundred")}`));
    const unscored = percent === null ? [h("p.fw-tasks-note.fw-warned", {}, t("task_not_whole", { scored: report.scored, criteria: report.criteria }),
      report.partial === null ? "" : ` ${t("task_partial", { percent: number(report.partial) })}`, known(`task_because_${report.reason}`) ? ` ${t(`task_because_${report.reason}`)}` : "")] : [];
    const file = (ending, words) => h("a.fw-button", { href: `/api/trials/${trial.id}/report.${ending}`, download: "" }, words);
    return h("header.fw-panel.fw-report-head", {},
      h("div.fw-report-total", {}, figure, percent === null ? "" : bar(percent / 100, t("task_percent", { percent: number(percent) }))),
      h("div.fw-report-words", {}, h("p.fw-scored-by", { title: report.scored_by === "rules" ? t("task_by_rules_hint") : null }, whose(report)),
        report.summary ? h("p", { lang: report.language }, report.summary) : "", ...unscored,
        h("p.fw-quiet", {}, [when(report.made_utc), preset ? both(preset.title) : trial.preset].filter(Boolean).join(" · "))),
      h("div.fw-tasks-row.fw-report-files", {}, file("html", t("task_as_html")), file("md", t("task_as_markdown"))));
  }

  task(task, trial) {
    const answer = trial.tasks.find((each) => each.id === task.task_id)?.answer;
    const late = task.ended_by === "expired" ? h("span.fw-label", {}, t("task_time_over")) : "";
    const list = (title, items) => (items.length ? [h("div", {}, h("h4", {}, title), h("ul", {}, ...items.map((item) => h("li", {}, item))))] : []);
    return h("article.fw-panel.fw-report-task", { lang: trial.language },
      h("header.fw-panel-head", {}, h("h3.fw-title", {}, `${task.order}. ${task.title}`), late, h("span.fw-spring"),
        h("span.fw-report-percent", {}, task.percent === null ? t("task_unscored") : t("task_percent", { percent: number(task.percent) }))),
      ...task.criteria.map((criterion) => this.criterion(criterion)),
      h("div.fw-report-lists", {}, ...list(t("task_strengths"), task.strengths), ...list(t("task_gaps"), task.gaps)),
      answer ? h("details.fw-mine", {}, h("summary", {}, t("task_your_answer")), h("pre.fw-mine-text", { tabindex: "0" }, answer.text.trim() ? answer.text : t("task_no_answer"))) : "");
  }

  criterion(criterion) {
    const scored = criterion.points !== null;
    const points = scored ? t("task_points", { points: number(criterion.points), of: MOST_POINTS }) : t("task_unscored");
    const reason = h("div.fw-criterion-why");
    new MarkdownView(reason).set(criterion.reason);
    return h("div.fw-criterion", {},
      h("p.fw-criterion-head", {}, h("span.fw-criterion-name", {}, criterion.title), h("span.fw-quiet", { title: t("task_weight_hint") }, t("task_weight", { weight: number(criterion.weight) })), h("span.fw-spring"), h("span.fw-points", {}, points)),
      scored ? bar(criterion.points / MOST_POINTS, `${criterion.title}: ${points}`) : h("div.fw-score-bar.fw-unscored", { "aria-hidden": "true" }),
      reason, ...criterion.quotes.map((quote) => h("blockquote", {}, quote)));
  }

  /** The same as a table, for who cannot see bars. */
  twin(report) {
    const rows = report.tasks.flatMap((task) => task.criteria.map((each) => h("tr", {}, h("td", {}, `${task.order}. ${task.title}`), h("td", {}, each.title),
      h("td.fw-number", {}, number(each.weight)), h("td.fw-number", {}, each.points === null ? "–" : number(each.points)))));
    return h("details.fw-twin", {}, h("summary", {}, t("as_table")), h("div.fw-table-place", {}, h("table.fw-table", {},
      h("thead", {}, h("tr", {}, ...["task_th_task", "task_th_criterion", "task_th_weight", "task_th_points"].map((key) => h("th", {}, t(key))))), h("tbody", {}, ...rows))));
  }

  /** Without a report, what was done is still there to read. */
  givenUp(trial) {
    const answered = trial.tasks.filter((task) => task.answer);
    return [h("p.fw-panel", {}, t("task_given_up", { at: answered.length, of: trial.tasks.length })), ...answered.map((task) => {
      const feedback = h("div.fw-written", { lang: trial.language });
      new MarkdownView(feedback).set(task.feedback ?? "");
      return h("article.fw-panel", {}, h("h3.fw-title", {}, `${task.order}. ${task.title}`), h("pre.fw-mine-text", { tabindex: "0" }, task.answer.text.trim() ? task.answer.text : t("task_no_answer")), feedback);
    })];
  }
}

/** @param {number} share 0 to 1 @param {string} words */
function bar(share, words) {
  const fill = h("span");
  fill.style.width = `${(100 * share).toFixed(1)}%`;
  return h("div.fw-score-bar", { role: "img", "aria-label": words, data: { level: share >= 0.8 ? "good" : share > 0.4 ? "fair" : "low" } }, fill);
}

/** @param {any} report */
function whose(report) {
  if (report.scored_by === "rules") return t("task_by_rules");
  return report.scored_by === "model" ? t("task_by_model", { model: report.model }) : t("task_by_nobody");
}
