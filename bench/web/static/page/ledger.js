/** The ledger: every turn by outcome, none dropped; a click on one shows its waterfall. */

import { duration, h, say } from "./dom.js";
import { problemText } from "./problem_words.js";
import { totalLine } from "./usage_words.js";
import { known, t } from "./words.js";

const SHOWN = 12;

export class LedgerView {
  /** @param {import("./bench_view.js").BenchView} bench */
  constructor(bench) {
    this.bench = bench;
    this.title = h("h2.fw-title");
    this.body = h("div.fw-ledger-body");
    this.root = h("div.fw-panel.fw-ledger", {}, h("div.fw-panel-head", {}, this.title), this.body);
  }

  relabel() {
    say(this.title, t("ledger"));
  }

  draw() {
    this.body.replaceChildren(...this.bench.state.workspace.columns.map(({ column }) => this.row(column)));
  }

  /** @param {string} letter */
  row(letter) {
    const summary = this.bench.state.summary[letter];
    const outcomes = Object.entries(summary?.outcomes ?? {}).map(([name, n]) => h(`span.fw-count`, { data: { outcome: name } }, `${n} ${t(`outcome_${name}`)}`));
    const strata = Object.entries(summary?.strata ?? {}).filter(([name]) => known(`stratum_${name}`))
      .map(([name, n]) => h("span.fw-stratum", { title: t(`stratum_${name}_hint`) }, `${t(`stratum_${name}`)} ${n}`));
    const used = totalLine(summary?.consumption);
    const cut = summary?.cut_off ? h("span.fw-count", { data: { outcome: "failed" } }, t("cut_off", { n: summary.cut_off })) : "";
    return h("div.fw-ledger-row", {}, h("span.fw-letter-badge", {}, letter), outcomes.length ? "" : h("span.fw-quiet", {}, t("no_turns")), ...outcomes, cut, ...strata,
      used ? h("span.fw-used", { title: used.hint, tabindex: "0", role: "note", "aria-label": `${t("consumed")}: ${used.text}. ${used.hint}` }, used.text) : "", this.turns(letter));
  }

  /** The latest turns as buttons. @param {string} letter */
  turns(letter) {
    const state = this.bench.state.column(letter);
    const shown = state.shown();
    const ended = [...state.turns.values()].filter((turn) => turn.view?.outcome).slice(-SHOWN);
    return h("span.fw-turns", {}, ...ended.map((turn) => h("button.fw-turn-button", {
      "aria-pressed": String(turn === shown), data: { outcome: turn.view.outcome },
      title: [`#${turn.serial + 1} · ${t(`outcome_${turn.view.outcome}`)}`, turn.view.waterfall ? duration(turn.view.waterfall.total_ms) : "", turn.view.message ? problemText({ code: turn.view.reason, message: turn.view.message, facts: turn.view.facts }, this.bench.store) : ""].filter(Boolean).join(" · "),
      "aria-label": t("show_turn", { n: turn.serial + 1, letter }),
      onclick: () => {
        state.chosen = turn.turn;
        this.bench.drawSoon();
      },
    })));
  }
}
