/** Which one is faster and why, in a sentence; or that it cannot be told yet. */

import { duration, h, say, show } from "./dom.js";
import { swatch } from "./help.js";
import { both, t } from "./words.js";

export class VerdictView {
  /** @param {import("./bench_view.js").BenchView} bench */
  constructor(bench) {
    this.bench = bench;
    this.sentence = h("p.fw-sentence", { role: "status" });
    this.shares = h("p.fw-shares");
    this.notes = h("ul.fw-notes");
    this.root = h("div.fw-verdict", {}, this.sentence, this.shares, this.notes);
  }

  relabel() {
    this.draw();
  }

  draw() {
    const verdict = this.bench.state.verdict;
    const columns = this.bench.state.workspace.columns.length;
    show(this.root, columns > 1);
    this.root.classList.toggle("fw-decided", Boolean(verdict?.decided));
    say(this.sentence, verdict ? both(verdict.sentence) : t("verdict_empty"));
    this.shares.replaceChildren(...(verdict?.shares ?? []).filter((share) => Math.abs(share.ms) >= 0.5)
      .map((share) => h("span.fw-legend-item", {}, swatch(share.owner), `${t(`owner_${share.owner}`)} ${share.ms > 0 ? "+" : "−"}${duration(Math.abs(share.ms))}`)));
    this.notes.replaceChildren(...(verdict?.notes ?? []).map((note) => h("li", {}, both(note))));
  }
}
