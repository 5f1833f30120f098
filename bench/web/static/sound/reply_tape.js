/**
 * The sound of one reply: what has arrived of it, where the player stands in it, and on which context frame each of its
 * samples was rendered.
 */

import { Resampling } from "./resampling.js";

/** @typedef {{position: number, samples: Int16Array}} Chunk `position`: index of the first sample within the reply */

/**
 * A stretch that was rendered without a break.
 * @typedef {object} Run
 * @property {number} index sample with which it began
 * @property {number} frame context frame on which that sample fell
 * @property {number} until index after the last rendered sample
 */

export class ReplyTape {
  /** @type {Chunk[]} what is not rendered yet, and as much before it as the interpolation reaches back */
  #chunks = [];
  /** @type {Run[]} */
  #runs = [];
  /** True while the next rendered sample follows the last one without a break. */
  #open = false;
  #scratch = new Float32Array(0);

  /**
   * @param {number} reply the Worker's number of the reply
   * @param {number} rate_hz rate of its samples (Hz)
   * @param {number} context_hz rate of the output (Hz)
   */
  constructor(reply, rate_hz, context_hz) {
    this.reply = reply;
    this.rate_hz = rate_hz;
    this.resampling = new Resampling(rate_hz, context_hz);
    /** Next index to be rendered; fractional while a run goes on. */
    this.cursor = 0;
    /** Index after the last sample that has arrived. */
    this.end = 0;
    /** True once the last chunk has arrived. */
    this.last = false;
    /** @type {number | null} index of the first audible sample, null while not known */
    this.audible = null;
    /** Samples that never arrived and were left out. */
    this.missing = 0;
  }

  /** True once anything has been rendered. */
  get begun() {
    return this.#runs.length > 0;
  }

  /** Samples that wait to be rendered (holes between chunks count). */
  get queued() {
    return Math.max(0, this.end - this.cursor);
  }

  /** Samples of the reply that were rendered. */
  get played() {
    return this.#runs.reduce((sum, run) => sum + run.until - run.index, 0);
  }

  /** @param {Chunk & {last: boolean, audible: number | null}} chunk what overlaps with earlier chunks is left out */
  push({ position, samples, last, audible }) {
    if (last) this.last = true;
    if (this.audible === null) this.audible = audible;
    const known = Math.max(0, this.end - position);
    if (known >= samples.length) return;
    if (this.end === 0) this.cursor = position;
    this.#chunks.push({ position: position + known, samples: known ? samples.subarray(known) : samples });
    this.end = position + samples.length;
  }

  /**
   * Render as much as there is.
   *
   * @param {Float32Array} out one render quantum
   * @param {number} from where in it to begin
   * @param {number} to where in it to stop
   * @param {number} frame context frame of `out[from]`
   * @returns {number} how many samples of `out` were written
   */
  render(out, from, to, frame) {
    const { step, half } = this.resampling;
    const reach = this.#reach(Math.ceil((to - from) * step) + 1);
    if (this.cursor >= reach) return 0;
    if (!this.#open) this.#runs.push({ index: this.cursor, frame, until: this.cursor });
    const run = this.#runs[this.#runs.length - 1];
    const first = Math.floor(this.cursor) - half;
    const stretch = this.#stretch(first, Math.ceil((to - from) * step) + 2 * half + 2);
    let written = 0;
    let index = this.cursor;
    while (from + written < to && index < reach) {
      out[from + written] = this.resampling.at(stretch, index - first) / 32768;
      written += 1;
      index = run.index + (frame + written - run.frame) * step;
    }
    this.cursor = Math.min(index, reach);
    run.until = this.cursor;
    this.#open = index < reach;
    while (this.#chunks.length && this.#chunks[0].position + this.#chunks[0].samples.length <= first) this.#chunks.shift();
    return written;
  }

  /**
   * Move the cursor out of a hole, if it stands in one.
   *
   * @param {number} wanted samples from the cursor on that are needed
   * @returns {number} index up to which samples lie without a hole
   */
  #reach(wanted) {
    let reach = this.cursor;
    for (const { position, samples } of this.#chunks) {
      if (position > reach) {
        if (reach > this.cursor) return reach;
        this.missing += position - this.cursor;
        this.cursor = position;
        this.#open = false;
      }
      reach = Math.max(reach, position + samples.length);
      if (reach >= this.cursor + wanted) return reach;
    }
    return reach;
  }

  /** @param {number} first @param {number} length @returns {Float32Array} the samples from `first` on, else silence */
  #stretch(first, length) {
    if (this.#scratch.length < length) this.#scratch = new Float32Array(length);
    const out = this.#scratch.fill(0);
    for (const { position, samples } of this.#chunks) {
      if (position >= first + length) break;
      const until = Math.min(first + length, position + samples.length);
      for (let i = Math.max(first, position); i < until; i += 1) out[i - first] = samples[i - position];
    }
    return out;
  }

  /**
   * @param {number} index index of a sample within the reply
   * @returns {number | null} the context frame (with its fraction) on which it was rendered, null when it was not
   */
  frameOf(index) {
    const run = this.#runs.find((one) => one.index <= index && index < one.until);
    return run ? run.frame + (index - run.index) / this.resampling.step : null;
  }

  /** The context frame at which the last rendered sample was over, null when none was. */
  get endFrame() {
    const run = this.#runs.at(-1);
    return run ? run.frame + (run.until - run.index) / this.resampling.step : null;
  }
}
