/** One text that the model writes, as far as it has come, and how long it took. */

export class WrittenText {
  /** @param {string} step question, feedback or report @param {number | null} task */
  constructor(step, task) {
    this.step = step;
    this.task = task;
    this.text = "";
    this.done = false;
    this.streamed = true;
    /** Not streamed because streaming had failed: in the model's service, or on the way to this page. */
    this.fallback = false;
    /** It was written before and has only been fetched again. */
    this.replayed = false;
    this.turn = "";
    /** @type {{ttft_ms?: number | null, total_ms?: number | null}} */
    this.figures = {};
    /** When it was asked for here (page clock, ms), or null for one that came with the state. */
    this.asked_ms = null;
    /** From asking here until its first words were painted (ms). */
    this.shown_ms = null;
    this.painting = false;
    /** When they were, on the server's clock. @type {{at_ns: number, error_ns: number} | null} */
    this.painted = null;
    /** The workbench has been told. */
    this.told = false;
  }

  /** What the stream says before the first word. @param {any} data */
  begin(data) {
    Object.assign(this, { painting: false, painted: null, told: false, shown_ms: null });
    Object.assign(this, { text: "", done: false, streamed: data.streamed, replayed: data.replayed, fallback: this.fallback || data.fallback });
    this.turn = data.turn || this.turn;
  }

  /** @param {any} data of `done`, or of an unstreamed answer */
  finish(data) {
    Object.assign(this, { text: data.full_text, done: true, turn: data.turn || this.turn, figures: data.figures ?? {} });
    if (data.streamed !== undefined) this.streamed = data.streamed;
    if (data.fallback) this.fallback = true;
  }

  /** As it stands in the state of a trial. @param {string} text @param {any} [facts] */
  restore(text, facts = {}) {
    if (this.done && this.text === text) return;
    Object.assign(this, { text, done: true, replayed: true, streamed: facts.streamed ?? true, fallback: facts.fallback ?? false,
      turn: facts.turn ?? "", figures: facts.figures ?? {} });
  }
}

/** The middle of what earlier texts took until their first word (ms), or null. @param {Iterable<WrittenText>} texts @param {string} step */
export function usual(texts, step) {
  const known = [...texts].filter((text) => text.step === step && text.shown_ms !== null).map((text) => /** @type {number} */ (text.shown_ms)).sort((a, b) => a - b);
  return known.length ? known[Math.floor((known.length - 1) / 2)] : null;
}
