/** Where the time went: one bar for each column's turn on one axis, in the colours of the owners of time. */

import { duration, h, say, show } from "./dom.js";
import { swatch } from "./help.js";
import { COLOURS, OWNERS, hatch } from "./owners.js";
import { standIns, standInText, usageRows } from "./usage_words.js";
import { known, t } from "./words.js";

const BAR = 28;
const GAP = 12;
const AXIS = 22;
const LEFT = 28;
const RIGHT = 76;

/** Neighbours of one owner and name become one, so that a bar reads like a sentence. @param {any[]} parts */
function joined(parts) {
  const result = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (last && last.owner === part.owner && last.name === part.name) last.ms += part.ms;
    else result.push({ ...part });
  }
  return result;
}

/** @param {any} part */
export function partName(part) {
  const key = `part_${part.name.replaceAll(" ", "_").replaceAll("-", "_")}`;
  return known(key) ? t(key) : part.name;
}

/** A round step for about six ticks. @param {number} total */
function step(total) {
  const rough = total / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? power * 10;
}

export class WaterfallView {
  /** @param {import("./bench_view.js").BenchView} bench */
  constructor(bench) {
    this.bench = bench;
    this.canvas = h("canvas.fw-canvas", { tabindex: "0", role: "img" });
    this.tip = h("div.fw-tip", { hidden: true, role: "tooltip" });
    this.title = h("h2.fw-title");
    this.legend = h("div.fw-legend");
    this.summary = h("summary");
    this.table = h("table.fw-table");
    this.consumed = h("table.fw-table.fw-consumed");
    this.empty = h("p.fw-quiet");
    this.note = h("p.fw-stand-in-note", { hidden: true });
    this.twin = h("details.fw-twin", {}, this.summary, this.table, h("div.fw-wide-table", {}, this.consumed));
    this.root = h("div.fw-panel.fw-waterfall", {}, h("div.fw-panel-head", {}, this.title, this.legend), this.empty, h("div.fw-canvas-place", {}, this.canvas, this.tip), this.note, this.twin);
    /** @type {any[]} */
    this.boxes = [];
    this.canvas.addEventListener("pointermove", (event) => this.point(event.offsetX, event.offsetY));
    this.canvas.addEventListener("pointerleave", () => show(this.tip, false));
    this.canvas.addEventListener("blur", () => show(this.tip, false));
    this.canvas.addEventListener("keydown", (event) => this.walk(event));
    this.at = -1;
  }

  relabel() {
    say(this.title, t("where_the_time_went"));
    say(this.summary, t("as_table"));
    say(this.empty, t("waterfall_empty"));
    this.legend.replaceChildren(...OWNERS.map((owner) => h("span.fw-legend-item", { title: t(`owner_${owner}_hint`) }, swatch(owner), t(`owner_${owner}`))));
  }

  /** The bars as they will be drawn: also what the table says. */
  bars() {
    return this.bench.state.workspace.columns.map(({ column }) => {
      const turn = this.bench.state.column(column).shown();
      const fall = turn?.view?.waterfall ?? null;
      return { column, turn, fall, parts: fall ? joined(fall.parts) : [] };
    });
  }

  draw() {
    const bars = this.bars();
    const any = bars.some((bar) => bar.fall);
    show(this.empty, !any);
    show(this.canvas, any);
    show(this.twin, any);
    const stoodIn = bars.filter((bar) => standIns(bar.turn?.view).length);
    show(this.note, stoodIn.length > 0);
    say(this.note, stoodIn.map((bar) => `${bar.column}: ${standInText(standIns(bar.turn.view))}.`).concat(stoodIn.length ? t("wire_server_hint") : []).join(" "));
    if (!any) return;
    const width = Math.max(200, this.root.clientWidth - 2 * 16);
    const height = AXIS + bars.length * (BAR + GAP);
    const scale = window.devicePixelRatio || 1;
    Object.assign(this.canvas, { width: width * scale, height: height * scale });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    ctx.scale(scale, scale);
    const style = getComputedStyle(this.root);
    const ink = style.getPropertyValue("--fw-ink").trim();
    const line = style.getPropertyValue("--fw-line").trim();
    const longest = Math.max(1, ...bars.map((bar) => bar.fall?.total_ms ?? 0));
    const perMs = (width - LEFT - RIGHT) / longest;
    this.axis(ctx, longest, perMs, height, ink, line);
    this.boxes = [];
    bars.forEach((bar, row) => this.bar(ctx, bar, AXIS + row * (BAR + GAP), perMs, ink));
    this.canvas.setAttribute("aria-label", bars.filter((bar) => bar.fall).map((bar) => `${bar.column}: ${duration(bar.fall.total_ms)}`).join(", "));
    if (this.twin.open || !this.table.childElementCount) this.fillTable(bars);
    this.twin.ontoggle = () => this.fillTable(this.bars());
  }

  axis(ctx, longest, perMs, height, ink, line) {
    ctx.font = "12px system-ui, sans-serif";
    ctx.textBaseline = "top";
    ctx.textAlign = "center";
    for (let ms = 0; ms <= longest; ms += step(longest)) {
      const x = Math.round(LEFT + ms * perMs) + 0.5;
      ctx.strokeStyle = line;
      ctx.beginPath();
      ctx.moveTo(x, AXIS - 4);
      ctx.lineTo(x, height);
      ctx.stroke();
      ctx.fillStyle = ink;
      ctx.globalAlpha = 0.7;
      ctx.fillText(duration(ms, false), x, 2);
      ctx.globalAlpha = 1;
    }
  }

  bar(ctx, bar, y, perMs, ink) {
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    ctx.fillStyle = ink;
    ctx.font = "600 14px system-ui, sans-serif";
    ctx.fillText(bar.column, 4, y + BAR / 2);
    if (!bar.fall) return;
    let x = LEFT;
    for (const part of bar.parts) {
      const wide = part.ms * perMs;
      const [fill, text] = COLOURS[part.owner];
      ctx.fillStyle = fill;
      ctx.fillRect(x, y, wide, BAR);
      if (part.owner === "unexplained") {
        ctx.fillStyle = hatch(ctx, "#777777");
        ctx.fillRect(x, y, wide, BAR);
      }
      if (wide > 3) {
        ctx.fillStyle = "rgba(0,0,0,.25)";
        ctx.fillRect(x + wide - 0.5, y, 0.5, BAR);
      }
      this.label(ctx, part, x, y, wide, text);
      this.boxes.push({ x, y, wide: Math.max(wide, 2), part, bar });
      x += wide;
    }
    ctx.font = "600 14px system-ui, sans-serif";
    ctx.fillStyle = ink;
    ctx.fillText(duration(bar.fall.total_ms) + (bar.fall.complete ? "" : " …"), x + 8, y + BAR / 2);
  }

  label(ctx, part, x, y, wide, colour) {
    if (wide < 24) return;
    ctx.font = "12px system-ui, sans-serif";
    ctx.fillStyle = part.owner === "unexplained" ? "#1b1b1b" : colour;
    const texts = [`${partName(part)} ${duration(part.ms, false)}`, duration(part.ms, false)];
    const fits = texts.find((text) => ctx.measureText(text).width < wide - 8);
    if (fits) ctx.fillText(fits, x + 4, y + BAR / 2);
  }

  /** @param {number} x @param {number} y */
  point(x, y) {
    const hits = this.boxes.filter((box) => y >= box.y && y <= box.y + BAR && x >= box.x - 2 && x <= box.x + box.wide + 2);
    this.tell(hits.sort((a, b) => a.wide - b.wide)[0]);
  }

  /** @param {KeyboardEvent} event */
  walk(event) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key) || !this.boxes.length) return;
    event.preventDefault();
    this.at = (this.at + (event.key === "ArrowRight" ? 1 : this.boxes.length - 1)) % this.boxes.length;
    this.tell(this.boxes[this.at]);
  }

  tell(box) {
    show(this.tip, Boolean(box));
    if (!box) return;
    const { part, bar } = box;
    const service = bar.turn?.view?.services?.[part.owner];
    this.tip.replaceChildren(
      h("strong", {}, `${bar.column} · ${partName(part)} · ${duration(part.ms)}`),
      h("div", {}, swatch(part.owner), `${t(`owner_${part.owner}`)} — ${t(`owner_${part.owner}_hint`)}`),
      h("div.fw-quiet", {}, t("of_total", { total: duration(bar.fall.total_ms), error: duration(bar.fall.error_ms) })),
      service?.processing_ms !== null && service?.processing_ms !== undefined
        ? h("div", {}, t(service.simulated ? "simulated_reports" : "provider_reports", { time: duration(service.processing_ms) })) : "",
      part.merged?.length ? h("div.fw-quiet", {}, t("merged", { marks: part.merged.join(", ") })) : "",
    );
    const place = this.canvas.clientWidth;
    this.tip.style.left = `${Math.min(Math.max(0, box.x), Math.max(0, place - 300))}px`;
    this.tip.style.top = `${box.y + BAR + 6}px`;
  }

  fillTable(bars) {
    const rows = bars.flatMap((bar) => bar.parts.map((part) => h("tr", {}, h("td", {}, bar.column), h("td", {}, t(`owner_${part.owner}`)),
      h("td", {}, partName(part)), h("td.fw-number", { data: { ms: part.ms } }, part.ms.toFixed(1)))));
    const totals = bars.filter((bar) => bar.fall).map((bar) => h("tr.fw-total", {}, h("td", {}, bar.column), h("td", {}, t("total")),
      h("td", {}, `${bar.fall.from} → ${bar.fall.until}${standIns(bar.turn.view).length ? ` · ${standInText(standIns(bar.turn.view))}` : ""}`), h("td.fw-number", { data: { total: bar.fall.total_ms } }, bar.fall.total_ms.toFixed(1))));
    const head = ["column", "owner", "part", "ms"].map((key) => h("th", { scope: "col" }, t(`th_${key}`)));
    this.consumed.replaceChildren(...usageRows(bars));
    show(this.consumed, this.consumed.childElementCount > 0);
    this.table.replaceChildren(h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows, ...totals));
  }
}
