/**
 * The answer that is being written: kept in this window at each key, and at the workbench soon after. What another window
 * wrote meanwhile is shown and never lost.
 */

import { aborted, ask, problemOf, Refused } from "./api.js";

/** After the last key; each save is kept whole, so not after every word. */
const PAUSE_MS = 1200;
/** However long somebody goes on writing. */
const LONGEST_MS = 5000;
const RETRY_MS = 2000;
/** Browsers send so much of a page that is closing, and no more. */
const LAST_WORDS_BYTES = 60_000;

export class Draft {
  /**
   * @param {{trial: string, task: number, window: string}} place
   * @param {{changed: () => void, refused: (problem: any) => void}} to
   */
  constructor(place, to) {
    this.place = place;
    this.to = to;
    this.key = `firstword.tasks.draft.${place.trial}.${place.task}`;
    this.text = "";
    /** Of the workbench's draft that this window has seen. */
    this.revision = 0;
    /** What the workbench has, as far as this window knows. */
    this.saved = "";
    /** @type {"saved" | "waiting" | "saving" | "failed"} */
    this.state = "saved";
    /** @type {{text: string} | null} what another window had written, and this one wrote over */
    this.other = null;
    /** The text came from another window. */
    this.followed = false;
    this.leaving = () => this.lastWords();
    addEventListener("pagehide", this.leaving);
  }

  /**
   * What the workbench holds.
   *
   * @param {{text: string, revision: number} | null} draft @param {{text: string, revision: number, window: string}[]} [overwritten] texts that
   *   another window wrote over without having seen them
   */
  theirs(draft, overwritten = []) {
    const { text, revision } = draft ?? { text: "", revision: 0 };
    if (!this.opened) return this.open(text, revision);
    if (revision <= this.revision) return;
    const lost = overwritten.find((each) => each.window === this.place.window && each.revision >= this.revision && each.text.trim());
    if (lost && lost.text !== text) this.other = { text: lost.text };
    if (this.text === this.saved || this.text === text) {
      this.followed = this.text !== text;
      Object.assign(this, { text, saved: text, revision });
      this.keep();
      this.to.changed();
    } else {
      // Both have been writing. This window's text is saved next, and the workbench then says what it wrote over.
      this.schedule();
    }
  }

  /** The first look, perhaps after a reload: what this window had not yet sent stands above what is there. */
  open(text, revision) {
    this.opened = true;
    Object.assign(this, { text, saved: text, revision });
    const kept = this.kept();
    if (kept && kept.text !== text) {
      this.text = kept.text;
      this.revision = Math.min(kept.revision, revision);
      this.schedule();
    }
    this.to.changed();
  }

  /** @param {string} text */
  write(text) {
    if (this.closed || text === this.text) return;
    this.text = text;
    this.followed = false;
    this.keep();
    this.schedule();
    this.to.changed();
  }

  kept() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key) ?? "null");
    } catch {
      return null;
    }
  }

  /** In this window until the workbench has it. */
  keep() {
    try {
      if (this.text === this.saved) sessionStorage.removeItem(this.key);
      else sessionStorage.setItem(this.key, JSON.stringify({ text: this.text, revision: this.revision }));
    } catch {
      // The browser gives no more room: the workbench's copy is then the only one.
    }
  }

  schedule(pause_ms = PAUSE_MS) {
    if (this.closed) return;
    this.waiting_since ??= performance.now();
    if (this.state === "saved") this.state = "waiting";
    clearTimeout(this.timer);
    const left_ms = LONGEST_MS - (performance.now() - this.waiting_since);
    this.timer = setTimeout(() => this.save(), Math.max(0, Math.min(pause_ms, left_ms)));
  }

  async save() {
    clearTimeout(this.timer);
    if (this.closed || this.state === "saving") return;
    this.waiting_since = undefined;
    const text = this.text;
    if (text === this.saved) return this.become("saved");
    this.become("saving");
    try {
      const done = await this.send(text);
      if (this.closed) return;
      Object.assign(this, { saved: text, revision: done.revision });
      if (done.overwrote?.text && done.overwrote.text !== text) this.other = { text: done.overwrote.text };
      this.become("saved");
      this.keep();
      if (this.text !== text) this.schedule();
    } catch (error) {
      if (this.closed || aborted(error)) return;
      this.become("failed");
      if (error instanceof Refused && error.status < 500) this.to.refused(problemOf(error));
      else this.schedule(RETRY_MS);
    }
  }

  /** @param {string} text @param {boolean} [keepalive] */
  send(text, keepalive = false) {
    return ask("PUT", `/api/tasks/${this.place.task}/draft`, { query: { trial: this.place.trial }, keepalive,
      body: { text, base_revision: this.revision, window: this.place.window, trial: this.place.trial } });
  }

  /** The page is closing. */
  lastWords() {
    if (this.closed || this.text === this.saved || new Blob([this.text]).size > LAST_WORDS_BYTES) return;
    this.send(this.text, true).catch(() => {});
  }

  /** @param {"saved" | "saving" | "failed"} state */
  become(state) {
    this.state = this.text !== this.saved && state === "saved" ? "waiting" : state;
    this.to.changed();
  }

  /** Both texts in one: this window's, then the other's. */
  join() {
    const other = this.other?.text ?? "";
    this.other = null;
    this.write(`${this.text}\n\n${other}`);
  }

  takeOther() {
    const other = this.other?.text ?? "";
    this.other = { text: this.text };
    this.write(other);
  }

  forgetOther() {
    this.other = null;
    this.to.changed();
  }

  /** The text has been submitted, or the task has its answer otherwise. @param {{forget: boolean}} how */
  close({ forget }) {
    this.closed = true;
    clearTimeout(this.timer);
    removeEventListener("pagehide", this.leaving);
    if (forget) sessionStorage.removeItem(this.key);
  }
}
