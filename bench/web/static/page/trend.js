/** Figures over turns: a dot for each turn, the column's median as a line, n beside it. Columns are told apart by shape. */

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { duration, h, say, show } from "./dom.js";
import { both, t } from "./words.js";

const FIGURES = { voice: ["ttft", "vad_pause", "tts_start", "voice_to_voice"], chat: ["ttft", "batching", "tts_start", "message_to_voice"] };
const HEIGHT = 118;
const SHAPES = "ABCD";

/** @param {CanvasRenderingContext2D} ctx @param {string} letter @param {number} x @param {number} y @param {number} r */
function shape(ctx, letter, x, y, r) {
  ctx.beginPath();
  if (letter === "C") ctx.rect(x - r, y - r, 2 * r, 2 * r);
  else if (letter === "D") [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0], [0, -1.3]].forEach(([a, b], i) => ctx[i ? "lineTo" : "moveTo"](x + a * r, y + b * r));
  else ctx.arc(x, y, r, 0, 2 * Math.PI);
  if (letter === "A" || letter === "C") ctx.fill();
  else ctx.stroke();
}

export class TrendView {
  /** @param {import("./bench_view.js").BenchView} bench */
  constructor(bench) {
    this.bench = bench;
    this.title = h("h2.fw-title");
    this.summary = h("summary");
    this.table = h("table.fw-table");
    this.grid = h("div.fw-trend-grid");
    this.twin = h("details.fw-twin", { ontoggle: () => this.fillTable() }, this.summary, this.table);
    this.root = h("div.fw-panel.fw-trend", {}, h("div.fw-panel-head", {}, this.title), this.grid, this.twin);
    this.charts = FIGURES[bench.tab].map((name) => ({ name, head: h("figcaption"), place: h("div.fw-plot"), plot: null, key: "" }));
    this.grid.append(...this.charts.map((chart) => h("figure.fw-chart", {}, chart.head, chart.place)));
  }

  relabel() {
    say(this.title, t("over_turns"));
    say(this.summary, t("as_table"));
    for (const chart of this.charts) chart.key = "";
  }

  letters() {
    return this.bench.state.workspace.columns.map((column) => column.column);
  }

  draw() {
    for (const chart of this.charts) this.drawChart(chart);
    if (this.twin.open) this.fillTable();
  }

  drawChart(chart) {
    const summary = this.bench.state.summary;
    const letters = this.letters();
    const series = letters.map((letter) => summary[letter]?.figures?.[chart.name]?.values ?? []);
    const key = JSON.stringify([letters, series, chart.place.clientWidth, document.body.classList.contains("dark")]);
    this.caption(chart, letters);
    if (key === chart.key) return;
    chart.key = key;
    const length = Math.max(1, ...series.map((values) => values.length));
    const x = Array.from({ length }, (_, i) => i + 1);
    const data = [x, ...series.map((values) => x.map((_, i) => values[i]?.[1] ?? null))];
    chart.plot?.destroy();
    chart.plot = new uPlot(this.options(chart, letters), /** @type {any} */ (data), chart.place);
  }

  caption(chart, letters) {
    const entry = this.bench.store.glossary[chart.name];
    const medians = letters.map((letter) => {
      const figure = this.bench.state.summary[letter]?.figures?.[chart.name];
      const more = figure?.p95_ms != null ? ` · p95 ${duration(figure.p95_ms)}` : figure?.p90_ms != null ? ` · p90 ${duration(figure.p90_ms)}` : "";
      return h("span.fw-median", {}, h("b", {}, letter), figure?.n ? ` ${duration(figure.median_ms)}${more} ` : " – ", h("span.fw-quiet", {}, `n ${figure?.n ?? 0}`));
    });
    chart.head.replaceChildren(h("span.fw-chart-name", { title: [both(entry?.definition), t("median_method")].join("\n"), tabindex: "0" }, t(`figure_${chart.name}`)), ...medians);
  }

  options(chart, letters) {
    const style = getComputedStyle(this.root);
    const ink = style.getPropertyValue("--fw-ink").trim();
    const quiet = style.getPropertyValue("--fw-quiet").trim();
    const line = style.getPropertyValue("--fw-line").trim();
    const axis = { stroke: quiet, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    const bench = this.bench;
    return {
      width: Math.max(120, chart.place.clientWidth), height: HEIGHT, legend: { show: false }, cursor: { points: { show: false }, y: false },
      scales: { x: { time: false, range: (u, min, max) => [min - 0.5, max + 0.5] }, y: { range: (u, min, max) => [0, Math.max(1, (max ?? 1) * 1.15)] } },
      axes: [{ ...axis, size: 20, incrs: [1, 2, 5, 10, 20, 50, 100] }, { ...axis, size: 46, values: (u, ticks) => ticks.map((ms) => duration(ms, false)) }],
      series: [{}, ...letters.map(() => ({ stroke: ink, paths: () => null, points: { show: false } }))],
      hooks: {
        draw: [(u) => {
          const { ctx } = u;
          const pixel = devicePixelRatio || 1;
          ctx.save();
          ctx.lineWidth = 1.5 * pixel;
          letters.forEach((letter, i) => {
            ctx.fillStyle = ctx.strokeStyle = ink;
            u.data[i + 1].forEach((ms, at) => {
              if (ms != null) shape(ctx, SHAPES.includes(letter) ? letter : "A", u.valToPos(u.data[0][at], "x", true), u.valToPos(ms, "y", true), 3 * pixel);
            });
            const median = bench.state.summary[letter]?.figures?.[chart.name]?.median_ms;
            if (median == null) return;
            const y = u.valToPos(median, "y", true);
            ctx.setLineDash(i % 2 ? [2 * pixel, 4 * pixel] : [8 * pixel, 4 * pixel]);
            ctx.globalAlpha = 0.55;
            ctx.beginPath();
            ctx.moveTo(u.bbox.left, y);
            ctx.lineTo(u.bbox.left + u.bbox.width, y);
            ctx.stroke();
            ctx.globalAlpha = 1;
            ctx.setLineDash([]);
          });
          ctx.restore();
        }],
      },
    };
  }

  fillTable() {
    show(this.table, this.twin.open);
    const rows = this.charts.flatMap(({ name }) => this.letters().map((letter) => {
      const figure = this.bench.state.summary[letter]?.figures?.[name];
      const cells = [t(`figure_${name}`), letter, figure?.n ?? 0, figure?.median_ms?.toFixed(1) ?? "–", figure?.p90_ms?.toFixed(1) ?? "–", figure?.p95_ms?.toFixed(1) ?? "–"];
      return h("tr", {}, ...cells.map((cell, i) => h(i > 1 ? "td.fw-number" : "td", {}, String(cell))));
    }));
    const head = ["figure", "column", "n", "median", "p90", "p95"].map((key) => h("th", { scope: "col" }, t(`th_${key}`)));
    this.table.replaceChildren(h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
  }
}
