/**
 * The page's clock and the two ways other clocks are brought onto it.
 *
 * An instant of the page is `performance.timeOrigin + performance.now()` in milliseconds, in a page and in its Workers
 * alike. It is monotonic within one page; it is wall time only by origin and is never compared with another machine's.
 */

/** @returns {number} this instant on the page clock (ms) */
export function now() {
  return performance.timeOrigin + performance.now();
}

/** How far back a context clock looks for its quickest message (ms): long enough to meet one, short against drift. */
const WINDOW_MS = 2000;

/**
 * The time of an AudioContext on the page clock, seen from outside.
 *
 * A worklet has no clock of its own but context time. Each of its messages says at which context time it was sent; the
 * smallest `arrival − context time` of the last two seconds belongs to the message that was delayed least. The delay of that
 * one message is what stays as a bias, always towards late.
 */
export class ContextClock {
  /** @type {{at_ms: number, delta_ms: number}[]} */
  #seen = [];
  /** @type {number | null} */
  #offset_ms = null;

  /** Page clock minus context time (ms), or null before the first message. */
  get offset_ms() {
    return this.#offset_ms;
  }

  /**
   * @param {number} context_s context time up to which the worklet had rendered when it sent the message (s)
   * @param {number} arrived_ms arrival of the message (page clock, ms)
   */
  observe(context_s, arrived_ms) {
    this.#seen.push({ at_ms: arrived_ms, delta_ms: arrived_ms - context_s * 1000 });
    while (this.#seen[0].at_ms < arrived_ms - WINDOW_MS) this.#seen.shift();
    this.#offset_ms = Math.min(...this.#seen.map((one) => one.delta_ms));
  }

  /**
   * @param {number} context_s context time (s)
   * @returns {number | null} the instant at which that context time was rendered (page clock, ms)
   */
  toPage(context_s) {
    return this.#offset_ms === null ? null : context_s * 1000 + this.#offset_ms;
  }

  /** Forget everything: context time stood still (the context was suspended) or is another context's. */
  reset() {
    this.#seen = [];
    this.#offset_ms = null;
  }
}

/** How fast a sound card's clock may run away from the page's (ms per ms): crystals keep within 100 ppm. */
const DRIFT = 1e-4;
/** What a browser keeps of a microphone for an audio thread that does not come for it (ms): ten bursts, in Chromium. */
const BACKLOG_MS = 100;
/** Less than this is no lost time (ms). */
const SHIFT_MS = 5;

/**
 * Context time of recorded samples on the page clock.
 *
 * When the audio thread stands still, the browser keeps what the microphone goes on to deliver, and hands it over late from
 * then on: context time falls behind, and yet the samples follow each other without a break. So the offset that held before goes
 * on to hold for them, and how far context time has fallen behind since is how wrong that may be.
 */
export class CaptureClock {
  #render = new ContextClock();
  /** @type {{offset_ms: number, at_ms: number} | null} */
  #anchor = null;
  #lost_ms = 0;

  /** How much later than said the samples may have been captured, or the other way round (ms). */
  get doubt_ms() {
    const behind_ms = (this.#render.offset_ms ?? 0) - (this.#anchor?.offset_ms ?? 0);
    return this.#lost_ms + (behind_ms > SHIFT_MS ? behind_ms : 0);
  }

  /**
   * @param {number} context_s context time up to which the worklet had rendered when it sent the message (s)
   * @param {number} arrived_ms arrival of the message (page clock, ms)
   */
  observe(context_s, arrived_ms) {
    this.#render.observe(context_s, arrived_ms);
    const now_ms = this.#render.offset_ms ?? 0;
    const before = this.#anchor;
    let offset_ms = before === null ? now_ms : Math.min(now_ms, before.offset_ms + DRIFT * (arrived_ms - before.at_ms));
    if (now_ms - offset_ms > BACKLOG_MS) {
      // More than the browser keeps: samples were lost, and those that follow start from here, with a backlog of their own.
      offset_ms = now_ms;
      this.#lost_ms = BACKLOG_MS;
    }
    this.#anchor = { offset_ms, at_ms: arrived_ms };
  }

  /**
   * @param {number} context_s context time of a recorded sample (s)
   * @returns {number | null} when it would have been rendered, had the audio thread never stood still (page clock, ms)
   */
  toPage(context_s) {
    return this.#anchor === null ? null : context_s * 1000 + this.#anchor.offset_ms;
  }

  /** Forget everything: another microphone, another context. */
  reset() {
    this.#render.reset();
    this.#anchor = null;
    this.#lost_ms = 0;
  }
}

/** How many exchanges the server clock looks back over. */
const EXCHANGES = 30;

/**
 * The server's clock as the page sees it, for showing server instants in the page. Figures are never made from this:
 * the server keeps its own, stricter estimate from the same stamps.
 */
export class ServerClock {
  /** @type {{rtt_ms: number, offset_ms: number}[]} */
  #exchanges = [];

  /**
   * @param {{t1: number, t2: number, t3: number, t4: number}} stamps sent and received by the page (t1, t4: page clock) and
   *   received and answered by the server (t2, t3: server clock), ms
   * @returns {{offset_ms: number, error_ms: number, rtt_ms: number}} server minus page time, its bound (half the smallest
   *   round trip) and the latest round trip
   */
  exchange({ t1, t2, t3, t4 }) {
    const rtt_ms = t4 - t1 - (t3 - t2);
    this.#exchanges.push({ rtt_ms, offset_ms: (t2 - t1 + (t3 - t4)) / 2 });
    if (this.#exchanges.length > EXCHANGES) this.#exchanges.shift();
    const best = this.#exchanges.reduce((a, b) => (b.rtt_ms < a.rtt_ms ? b : a));
    return { offset_ms: best.offset_ms, error_ms: best.rtt_ms / 2, rtt_ms };
  }

  /** Forget everything: the server may be another process now. */
  reset() {
    this.#exchanges = [];
  }
}
