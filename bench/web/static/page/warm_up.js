/** The button that warms a column's engines up again, and what came of it. */

import { duration, h, show } from "./dom.js";
import { icon } from "./icons.js";
import { problemText } from "./problem_words.js";
import { t } from "./words.js";

export class WarmUp {
  /** @param {import("./column_view.js").ColumnView} view */
  constructor(view) {
    this.view = view;
    this.button = h("button.fw-icon.fw-warm-button", { onclick: () => this.start() }, icon("warm"));
    this.panel = h("section.fw-warm", { hidden: true, role: "status" });
  }

  start() {
    this.closed = false;
    this.view.bench.send("warm_up", { column: this.view.letter });
  }

  /** @param {any} warm the `WarmUp` shape, or null */
  update(warm) {
    const running = Boolean(warm?.running);
    this.button.disabled = running;
    this.button.title = t(running ? "warming_up" : "warm_up");
    this.button.setAttribute("aria-label", `${this.view.letter}: ${this.button.title}`);
    if (running) this.asked = true;
    show(this.panel, Boolean(warm) && Boolean(this.asked) && !this.closed);
    const rows = running ? [h("p.fw-quiet", {}, t("warming_up"))] : (warm?.providers ?? []).map((each) => this.row(each));
    this.panel.replaceChildren(
      h("header.fw-warm-head", {}, h("strong", {}, t("warm_up")), h("button.fw-icon", { "aria-label": t("close"), title: t("close"), onclick: () => this.close() }, icon("close"))), ...rows);
  }

  row(each) {
    const text = each.problem ? problemText(each.problem, this.view.bench.store) : t(each.asked ? "warm_connected" : "warm_ready", { time: duration(each.ms) });
    return h("p.fw-warm-row", { data: { good: String(!each.problem) } }, h("span.fw-quiet", {}, `${t(`role_${each.role}`)} · ${each.title}`), h("span", {}, text));
  }

  close() {
    if (this.panel.hidden) return false;
    this.closed = true;
    show(this.panel, false);
    this.button.focus();
    return true;
  }
}
