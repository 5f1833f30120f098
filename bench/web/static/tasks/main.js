/**
 * The tab in which a model conducts a work simulation.
 *
 * For parts that are added here: `view.professions` is the list of professions, `view.store` the page's state, `api.js` asks the
 * workbench; `.fw-tasks-editor` and `.fw-tasks-compare` are their places, `view.home.actions` is where their buttons stand, and
 * `view.cardTools` holds functions that make a button for a profession's card.
 */

import { h } from "../page/dom.js";
import { openHelp } from "../page/help.js";
import { onLanguage } from "../page/words.js";
import { addCompare } from "./compare.js";
import { ProfessionTools } from "./editor.js";
import { HomeView, said } from "./home_view.js";
import { Professions } from "./professions.js";
import { Trial } from "./trial.js";
import { TrialView } from "./trial_view.js";
import { Trials } from "./trials.js";
import { windowName } from "./window_name.js";

const WHOLE = "firstword.tasks.whole";

export class TasksView {
  /** @param {any} root the island's element @param {any} context `{store, link, clock}` */
  constructor(root, context) {
    this.root = root;
    this.context = context;
    this.store = context.store;
    this.professions = new Professions();
    this.trials = new Trials();
    /** @type {((profession: any) => Node | string)[]} */
    this.cardTools = [];
    this.whole = localStorage.getItem(WHOLE) === "yes";
    this.spoken = h("div.fw-sr", { "aria-live": "polite" });
    this.home = new HomeView(this);
    this.screen = new TrialView(this);
    root.view = this;
    root.append(this.home.root, this.screen.root, this.spoken);
    this.offs = [onLanguage(() => this.relabel()), ...["welcome", "presets", "keys"].map((type) => this.store.on(type, () => this.home.draw()))];
    this.compare = addCompare(this);
    this.tools = new ProfessionTools(this);
    this.watch = new ResizeObserver(() => this.front());
    this.watch.observe(root);
    const listen = (target, type, does) => {
      target.addEventListener(type, does);
      this.offs.push(() => target.removeEventListener(type, does));
    };
    listen(document, "visibilitychange", () => this.trial?.seen());
    listen(window, "popstate", () => this.fromAddress());
    this.ready = windowName().then((name) => {
      this.window = name;
      this.fromAddress();
      this.writeAddress("replaceState");
    });
  }

  relabel() {
    this.home.draw();
    this.screen.draw();
  }

  /** Asked for when somebody looks at the tab. */
  front() {
    if (!this.root.isConnected) return this.dispose();
    const seen = this.root.offsetParent !== null;
    if (seen === this.seen) return;
    this.seen = seen;
    this.writeAddress("replaceState");
    if (seen && this.professions.state === "unknown") this.refresh();
  }

  refresh() {
    this.professions.load();
    this.trials.load();
  }

  // ── which screen ───────────────────────────────────────────────────────────────────────────────────────────────────────
  /** A reload, and the browser's way back, find what stands in the address. */
  fromAddress() {
    const wanted = new URL(location.href).searchParams.get("trial") ?? "";
    if (wanted === (this.trial?.id ?? "")) return;
    if (wanted) this.show(new Trial({ profession: 0, language: "", preset: "", trial: wanted }, this.trialContext()), "");
    else this.goHome();
  }

  /** @param {"pushState" | "replaceState"} how */
  writeAddress(how) {
    if (!this.window) return; // what stands in it has not been read yet
    const address = new URL(location.href);
    if (this.seen) address.searchParams.set("tab", "tasks");
    else if (address.searchParams.get("tab") === "tasks") address.searchParams.delete("tab");
    if (this.trial?.id) address.searchParams.set("trial", this.trial.id);
    else if (!this.trial) address.searchParams.delete("trial");
    if (address.href !== location.href) history[how](history.state, "", address);
  }

  trialContext() {
    return { window: this.window, whole: () => this.whole, link: this.context.link, clock: () => this.context.clock };
  }

  /** @param {Trial} trial @param {string} title */
  show(trial, title) {
    this.trial?.leave();
    this.trial = trial;
    this.home.root.hidden = true;
    this.screen.root.hidden = false;
    this.screen.follow(trial, title);
    this.named?.();
    this.named = trial.on(() => trial.id && this.writeAddress("pushState"));
    trial.begin();
  }

  /** @param {any} profession @param {string} language @param {string} preset */
  begin(profession, language, preset) {
    const trial = new Trial({ profession: profession.id, language, preset }, this.trialContext());
    trial.tasks = profession.tasks.map((task, at) => ({ ...task, order: at + 1, title: said(task.title, language), question: null }));
    trial.current = trial.tasks[0]?.id ?? null;
    this.show(trial, said(profession.title, language));
  }

  /** @param {any} begun the unfinished trial @param {any} profession @param {string} language @param {string} preset */
  async beginAfresh(begun, profession, language, preset) {
    await this.trials.abandon(begun.id).catch(() => {}); // if it is gone already, so much the better; a silent workbench shows next
    this.begin(profession, language, preset);
  }

  /** @param {string} trial */
  open(trial) {
    this.show(new Trial({ profession: 0, language: "", preset: "", trial }, this.trialContext()), "");
  }

  leave() {
    this.goHome();
    this.writeAddress("pushState");
  }

  goHome() {
    this.trial?.leave();
    this.trial = undefined;
    this.named?.();
    this.screen.end();
    this.screen.root.hidden = true;
    this.home.root.hidden = false;
    if (this.seen) this.refresh();
    this.home.draw();
  }

  titleOf(profession, language) {
    return said(profession.title, language);
  }

  /** Another step is on the screen: on a phone it begins at the top. */
  moved() {
    if (this.seen) scrollTo({ top: 0 });
  }

  /** @param {boolean} whole texts are wanted at once */
  setWhole(whole) {
    this.whole = whole;
    localStorage.setItem(WHOLE, whole ? "yes" : "no");
    this.relabel();
  }

  /** To who cannot see it. @param {string} text */
  announce(text) {
    this.spoken.textContent = text;
  }

  // ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
  help() {
    openHelp(this.store);
  }

  closeWhatIsOpen() {
    return this.screen.close() || this.home.history.close();
  }

  stop() {}

  dispose() {
    this.trial?.leave();
    this.screen.end();
    this.watch.disconnect();
    for (const off of this.offs) off();
  }
}
