/**
 * Plays the replies of one column, one after the other, quantum by quantum, and says exactly when. Knows nothing of worklets.
 */

import { ReplyTape } from "./reply_tape.js";

/** How long the first sound of a reply waits for more (ms). Paced 20 ms chunks ran dry 5 times a second without it. */
export const START_WAIT_MS = 40;
/** With this much more than the wait already there nothing is waited for: 60 ms queued start at once. */
export const START_SPARE_MS = 20;
/** By how much the wait grows each time the player runs dry (ms), and how far. */
export const WAIT_STEP_MS = 20;
export const LARGEST_WAIT_MS = 160;
/** What a column may hold (s): above any reply, below what hurts the page's memory. */
export const CAPACITY_S = 120;
/** The fade of a silenced reply (ms): no click, and still within one render quantum of 128 frames at 44.1 or 48 kHz. */
const FADE_MS = 3;

/**
 * What the player reports; `frame` is a context frame, with its fraction (null for the end of a reply without a sample).
 * @typedef {{type: "started", reply: number, frame: number, index: number}
 *   | {type: "ended", reply: number, frame: number | null, underruns: number, underrun_ms: number, missing_ms: number}
 *   | {type: "stopped", reply: number, frame: number, heard_ms: number, underruns: number, underrun_ms: number,
 *      missing_ms: number}
 *   | {type: "underrun", reply: number, frame: number, gap_ms: number, wait_ms: number}
 *   | {type: "abandoned", reply: number, frame: number}
 *   | {type: "overflow", reply: number, frame: number, lost_ms: number}} Report
 */

/**
 * A reply on its way through the player.
 * @typedef {object} Passage
 * @property {ReplyTape} tape
 * @property {boolean} playing
 * @property {number | null} waiting_since context frame since which sound has waited to be started
 * @property {number | null} dry_since context frame at which the sound ran out
 * @property {boolean} started its first audible sample has been reported
 * @property {boolean} stopping it is to be silenced
 * @property {number} underruns
 * @property {number} underrun_ms
 */

export class ColumnPlayer {
  /** @type {Passage[]} the first one plays */
  #passages = [];

  /**
   * @param {number} context_hz rate of the output (Hz)
   * @param {(report: Report) => void} report
   */
  constructor(context_hz, report) {
    this.context_hz = context_hz;
    this.report = report;
    this.wait_ms = START_WAIT_MS;
  }

  /** True while a reply is here. */
  get busy() {
    return this.#passages.length > 0;
  }

  /**
   * @param {import("./reply_tape.js").Chunk & {reply: number, rate_hz: number, last: boolean, audible: number | null}} chunk
   * @param {number} frame present context frame
   */
  push(chunk, frame) {
    let passage = this.#passages.find((one) => one.tape.reply === chunk.reply);
    if (!passage) {
      passage = {
        tape: new ReplyTape(chunk.reply, chunk.rate_hz, this.context_hz),
        playing: false,
        waiting_since: null,
        dry_since: null,
        started: false,
        stopping: false,
        underruns: 0,
        underrun_ms: 0,
      };
      this.#passages.push(passage);
    }
    const held_s = this.#passages.reduce((sum, { tape }) => sum + tape.queued / tape.rate_hz, 0);
    const lost = held_s + chunk.samples.length / chunk.rate_hz > CAPACITY_S ? chunk.samples.length : 0;
    passage.tape.push(lost ? { ...chunk, samples: new Int16Array(0) } : chunk);
    if (lost) this.report({ type: "overflow", reply: chunk.reply, frame, lost_ms: (lost / chunk.rate_hz) * 1000 });
    this.#tellStarted(passage);
  }

  /** @param {number} reply silence it with the next quantum */
  stop(reply) {
    const passage = this.#passages.find((one) => one.tape.reply === reply);
    if (passage) passage.stopping = true;
  }

  /**
   * @param {Float32Array} out one render quantum, zeroed
   * @param {number} frame context frame of its first sample
   */
  render(out, frame) {
    this.#dropUnplayed(frame);
    let written = 0;
    while (written < out.length && this.#passages.length) {
      const passage = this.#passages[0];
      if (passage.stopping) {
        this.#fade(passage, out, written, frame);
        return;
      }
      if (this.#abandoned(passage)) {
        this.#passages.shift();
        this.report({ type: "abandoned", reply: passage.tape.reply, frame: frame + written });
        continue;
      }
      if (!passage.playing && !this.#mayStart(passage, frame + written)) return;
      const count = passage.tape.render(out, written, out.length, frame + written);
      written += count;
      this.#tellStarted(passage);
      if (passage.tape.queued > 0) {
        if (count === 0) return;
        continue;
      }
      if (!this.#settleDry(passage)) return;
    }
  }

  /**
   * @param {Passage} passage the sound of it that has arrived is rendered
   * @returns {boolean} true when the reply is over
   */
  #settleDry(passage) {
    const { tape } = passage;
    passage.playing = false;
    passage.dry_since = tape.endFrame;
    passage.waiting_since = null;
    if (!tape.last) return false;
    this.#passages.shift();
    if (passage.underruns === 0) this.wait_ms = Math.max(START_WAIT_MS, this.wait_ms - WAIT_STEP_MS / 2);
    this.report({ type: "ended", reply: tape.reply, frame: tape.endFrame, ...this.#gaps(passage) });
    return true;
  }

  /** @param {Passage} passage @returns {boolean} whether its end never came (a connection was lost) and another reply waits */
  #abandoned({ playing, tape }) {
    return !playing && tape.queued === 0 && !tape.last && this.#passages.length > 1;
  }

  /** @param {Passage} passage @param {number} frame @returns {boolean} whether its sound begins, or goes on, on this frame */
  #mayStart(passage, frame) {
    const { tape } = passage;
    if (tape.queued === 0) return tape.last;
    passage.waiting_since ??= frame;
    const queued_ms = (tape.queued / tape.rate_hz) * 1000;
    const waited_ms = ((frame - passage.waiting_since) / this.context_hz) * 1000;
    if (!tape.last && queued_ms < this.wait_ms + START_SPARE_MS && waited_ms < this.wait_ms) return false;
    if (passage.dry_since !== null) this.#countUnderrun(passage, frame);
    passage.playing = true;
    return true;
  }

  /** @param {Passage} passage @param {number} frame context frame on which the sound goes on */
  #countUnderrun(passage, frame) {
    const gap_ms = ((frame - (passage.dry_since ?? frame)) / this.context_hz) * 1000;
    passage.dry_since = null;
    passage.underruns += 1;
    passage.underrun_ms += gap_ms;
    this.wait_ms = Math.min(LARGEST_WAIT_MS, this.wait_ms + WAIT_STEP_MS);
    this.report({ type: "underrun", reply: passage.tape.reply, frame, gap_ms, wait_ms: this.wait_ms });
  }

  /** @param {Passage} passage @param {Float32Array} out @param {number} from @param {number} frame context frame of `out[0]` */
  #fade(passage, out, from, frame) {
    const { tape } = passage;
    const length = Math.min(out.length - from, Math.round((FADE_MS / 1000) * this.context_hz));
    const count = passage.playing ? tape.render(out, from, from + length, frame + from) : 0;
    for (let i = 0; i < count; i += 1) out[from + i] *= 1 - (i + 1) / length;
    this.#tellStarted(passage);
    this.#passages.shift();
    this.#tellStopped(passage, frame + from + count);
  }

  /** @param {number} frame replies that are to be silenced before their turn came leave here */
  #dropUnplayed(frame) {
    if (this.#passages.length < 2) return;
    for (const passage of this.#passages.slice(1).filter((one) => one.stopping)) {
      this.#passages.splice(this.#passages.indexOf(passage), 1);
      this.#tellStopped(passage, frame);
    }
  }

  /** @param {Passage} passage */
  #tellStarted(passage) {
    const { tape, started } = passage;
    if (started || tape.audible === null) return;
    const frame = tape.frameOf(tape.audible);
    if (frame === null) return;
    passage.started = true;
    this.report({ type: "started", reply: tape.reply, frame, index: tape.audible });
  }

  /** @param {Passage} passage @param {number} frame */
  #tellStopped(passage, frame) {
    const { tape } = passage;
    const heard_ms = (tape.played / tape.rate_hz) * 1000;
    this.report({ type: "stopped", reply: tape.reply, frame, heard_ms, ...this.#gaps(passage) });
  }

  /** @param {Passage} passage */
  #gaps({ tape, underruns, underrun_ms }) {
    return { underruns, underrun_ms, missing_ms: (tape.missing / tape.rate_hz) * 1000 };
  }
}
