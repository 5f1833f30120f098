/** A dot for each call and the median as a line, lane under lane on one axis that begins at zero; and the same as a table. */

import { duration, h, say } from "../page/dom.js";
import { t } from "../page/words.js";
import { TAKES } from "./compare_run.js";

/** The next round number above, for the end of an axis. @param {number} value */
export function roundUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((n) => n * power).find((n) => n >= value) ?? 10 * power;
}

/** What a figure is called and what it is. @param {string} figure @returns {{title: string, hint: string}} */
export const figureWords = (figure) => ({ title: t(`figure_compare_${figure}`), hint: t(`figure_compare_${figure}_hint`) });

export class CompareCharts {
  constructor() {
    this.grid = h("div.fw-dots-grid");
    this.method = h("p.fw-tasks-note");
    this.summary = h("summary");
    this.table = h("table.fw-table");
    this.twin = h("details.fw-twin.fw-dots-twin", {}, this.summary, h("div.fw-table-place", {}, this.table));
    this.root = h("div.fw-dots", {}, this.grid, this.method, this.twin);
  }

  /** @param {import("./compare_run.js").CompareRun} run */
  draw(run) {
    say(this.summary, t("as_table"));
    say(this.method, t("compare_method"));
    const known = TAKES.flatMap((figure) => run.lanes.flatMap(({ letter }) => run.figure(letter, figure).values.map((value) => value.ms)));
    const end = roundUp(Math.max(0, ...known)); // one axis for all three: they can be held against each other
    this.grid.replaceChildren(...TAKES.map((figure) => this.chart(run, figure, end)));
    this.fill(run);
  }

  chart(run, figure, end) {
    const { title, hint } = figureWords(figure);
    return h("figure.fw-dots-chart", { data: { chart: figure } }, h("figcaption.fw-chart-name", { title: hint, tabindex: "0" }, title),
      ...run.lanes.map(({ letter }) => this.row(letter, run.figure(letter, figure), end, title)),
      h("div.fw-dots-axis", { "aria-hidden": "true" }, h("span", {}, duration(0)), h("span", {}, duration(end / 2)), h("span", {}, duration(end))));
  }

  row(letter, { n, median, values }, end, title) {
    const at = (element, ms) => {
      element.style.left = `${(ms / end) * 100}%`;
      return element;
    };
    const words = n ? t("compare_row", { letter, title, median: duration(median), n }) : t("compare_row_none", { letter, title });
    return h("div.fw-dots-row", {}, h("b", {}, letter),
      h("span.fw-dots-line", { role: "img", "aria-label": words, data: { lane: letter } },
        ...values.map(({ repeat, ms }) => at(h("i.fw-dots-dot", { title: t("compare_dot", { repeat: repeat + 1, time: duration(ms) }) }), ms)),
        ...(median === null ? [] : [at(h("i.fw-dots-median"), median)])),
      h("span.fw-dots-figure", {}, median === null ? "–" : duration(median), h("span.fw-quiet", {}, ` n ${n}`)));
  }

  fill(run) {
    const head = ["column", "compare_streamed", "answered", ...TAKES];
    const words = { column: t("th_column"), compare_streamed: t("compare_shown_how"), answered: t("outcome_answered") };
    const rows = run.lanes.map(({ letter, streamed }) => h("tr", {}, h("th", { scope: "row" }, letter), h("td", {}, t(streamed ? "compare_streamed" : "compare_whole")),
      h("td.fw-number", {}, t("compare_answered", { n: run.outcomes(letter).answered ?? 0, of: run.measured(letter).length })),
      ...TAKES.map((figure) => h("td.fw-number", {}, run.figure(letter, figure).median?.toFixed(1) ?? "–"))));
    const unit = (name) => (TAKES.includes(name) ? t("compare_th_median", { title: t(`figure_compare_${name}`) }) : words[name]);
    const calls = run.calls.map((call) => h("tr", {}, h("td", {}, call.lane), h("td", {}, call.warm_up ? t("compare_warm_up") : String(call.repeat + 1)), h("td", {}, t(`outcome_${call.outcome}`)),
      ...TAKES.map((figure) => h("td.fw-number", {}, call[figure]?.toFixed(1) ?? "–"))));
    const second = [t("th_column"), t("compare_round"), t("compare_outcome"), ...TAKES.map((figure) => `${t(`figure_compare_${figure}`)}, ${t("unit_ms")}`)];
    this.table.replaceChildren(
      h("thead", {}, h("tr", {}, ...head.map((name) => h("th", { scope: "col" }, unit(name))))), h("tbody", { data: { part: "medians" } }, ...rows),
      h("tbody", { data: { part: "calls" } }, h("tr", {}, ...second.map((name) => h("th", { scope: "col" }, name))), ...calls));
  }
}
