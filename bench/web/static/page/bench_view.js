/** One tab: columns on top, one composer for all of them, and below it where the time went. */

import { ColumnView } from "./column_view.js";
import { Composer } from "./composer.js";
import { h, say, show } from "./dom.js";
import { openHelp } from "./help.js";
import { LedgerView } from "./ledger.js";
import { ProblemsView } from "./problems.js";
import { TrendView } from "./trend.js";
import { VerdictView } from "./verdict.js";
import { WaterfallView } from "./waterfall.js";
import { onLanguage, t } from "./words.js";

export class BenchView {
  /** @param {any} root the island's element @param {string} tab @param {any} context `{store, link}` */
  constructor(root, tab, context) {
    this.root = root;
    this.tab = tab;
    this.store = context.store;
    this.link = context.link;
    /** @type {Map<string, ColumnView>} */
    this.columns = new Map();
    root.view = this;
    this.build(context);
    this.offs = [this.store.on("welcome", () => (this.seen = false))];
    this.offs.push(...["welcome", "workspace"].map((type) => this.store.on(type, () => this.layout())));
    this.offs.push(onLanguage(() => this.relabel()));
    this.offs.push(this.store.on("keys", () => this.columns.forEach((view) => view.form?.keysChanged())));
    for (const type of ["turn", "transcript", "token", "timing", "outcome", "state", "level"]) {
      this.offs.push(this.store.on(type, (message) => this.columnMessage(type, message)));
    }
    for (const type of ["timing", "outcome", "welcome", "workspace", "summary", "verdict", "run"]) {
      this.offs.push(this.store.on(type, (message) => (!message.tab || message.tab === tab) && this.drawSoon()));
    }
    this.watch = new ResizeObserver(() => {
      this.front();
      this.drawSoon();
    });
    this.watch.observe(this.charts);
    this.theme = new MutationObserver(() => this.drawSoon());
    this.theme.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    this.ticking = setInterval(() => this.tick(), 100);
    if (this.store.ready) this.layout();
  }

  build(context) {
    this.stage = h("section.fw-stage");
    this.switch = h("nav.fw-switch");
    this.composer = new Composer(this, context);
    this.problems = new ProblemsView(this, context);
    this.waterfall = new WaterfallView(this);
    this.verdict = new VerdictView(this);
    this.trend = new TrendView(this);
    this.ledger = new LedgerView(this);
    this.charts = h("section.fw-charts", {}, this.waterfall.root, this.verdict.root, this.trend.root, this.ledger.root);
    this.loading = h("p.fw-loading", { role: "status" });
    this.spoken = h("div.fw-sr", { "aria-live": "polite" });
    this.root.append(this.problems.root, this.switch, this.stage, this.loading, this.composer.root, this.charts, this.spoken);
    this.relabel();
  }

  get state() {
    return this.store.tabs[this.tab];
  }

  relabel() {
    say(this.loading, t("loading"));
    show(this.loading, !this.store.ready);
    this.composer.relabel();
    for (const column of this.columns.values()) column.relabel();
    for (const part of [this.waterfall, this.verdict, this.trend, this.ledger]) part.relabel();
    this.drawSoon();
  }

  /** The server loads the engines of a tab when somebody looks at it. */
  front() {
    if (this.seen || !this.store.ready || this.root.offsetParent === null) return;
    this.seen = true;
    this.send("front");
  }

  layout() {
    this.front();
    show(this.loading, false);
    const wanted = this.state.workspace.columns;
    for (const [letter, view] of this.columns) {
      if (!wanted.some((column) => column.column === letter)) {
        view.dispose();
        this.columns.delete(letter);
      }
    }
    for (const column of wanted) {
      const view = this.columns.get(column.column) ?? new ColumnView(this, column.column);
      this.columns.set(column.column, view);
      if (this.stage.children[wanted.indexOf(column)] !== view.root) this.stage.append(view.root);
      view.update(column);
    }
    this.root.dataset.columns = String(wanted.length);
    this.stage.style.setProperty("--fw-columns", String(wanted.length));
    this.link.setAudible(this.tab, this.state.audible);
    this.layoutSwitch(wanted);
    this.composer.update();
    this.drawSoon();
  }

  /** On a phone one column is seen at a time: letters to switch between them. @param {any[]} wanted */
  layoutSwitch(wanted) {
    this.switch.replaceChildren(
      ...wanted.map((column) =>
        h("button.fw-letter", { "aria-label": t("column_name", { letter: column.column }), onclick: () => this.scrollTo(column.column) }, column.column),
      ),
    );
  }

  /** @param {string} letter */
  scrollTo(letter) {
    this.columns.get(letter)?.root.scrollIntoView({ behavior: "smooth", inline: "center", block: "nearest" });
  }

  /** @param {string} type @param {any} message */
  columnMessage(type, message) {
    if (message.tab !== this.tab) return;
    if (type === "level") {
      this.composer.level();
      for (const view of this.columns.values()) view.level();
      return;
    }
    const view = this.columns.get(message.column);
    if (type === "state") view?.paintState();
    else view?.[type](message);
    if (type === "outcome") say(this.spoken, `${message.column}: ${t(`outcome_${message.view.outcome}`)}`);
    if (type === "turn") this.drawSoon();
  }

  tick() {
    if (!this.root.isConnected) return this.dispose();
    if (this.root.offsetParent !== null) for (const view of this.columns.values()) view.tick();
  }

  drawSoon() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      if (this.root.offsetParent === null) return; // another tab is in front: drawn when this one is seen again
      for (const part of [this.waterfall, this.verdict, this.trend, this.ledger, this.composer]) part.draw();
    });
  }

  // ── what a person does ─────────────────────────────────────────────────────────────────────────────────────────────────
  /** @param {string} type @param {any} [fields] */
  send(type, fields = {}) {
    this.link.send({ type, tab: this.tab, ...fields });
  }

  async toggleMicrophone() {
    await this.link.unlock();
    if (this.store.microphone.on && this.store.microphone.tab === this.tab) this.link.microphone.stop();
    else await this.link.microphone.start(this.tab);
  }

  /** Space: the microphone, or the release of a turn where a key ends it. */
  space() {
    const key = this.state.workspace.columns.some((column) => column.configuration.listening.release === "key");
    const hearing = [...this.state.columns.values()].some((column) => column.level.voiced);
    if (key && hearing && this.store.microphone.on) this.send("release");
    else this.toggleMicrophone();
  }

  stop() {
    this.send("stop", { column: null });
  }

  help() {
    openHelp(this.store);
  }

  /** @param {string} input */
  play(input) {
    this.link.unlock();
    this.send("play", { input });
  }

  /** @param {string} letter */
  setAudible(letter) {
    this.state.audible = letter;
    this.link.setAudible(this.tab, letter);
    for (const view of this.columns.values()) view.relabel();
  }

  closeWhatIsOpen() {
    return this.composer.close() || [...this.columns.values()].some((view) => view.closeWarm()) || [...this.columns.values()].some((view) => view.closeDrawer());
  }

  dispose() {
    clearInterval(this.ticking);
    this.watch.disconnect();
    this.theme.disconnect();
    for (const off of this.offs) off();
    for (const view of this.columns.values()) view.dispose();
  }
}
