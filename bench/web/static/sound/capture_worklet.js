/**
 * The microphone, on the audio thread: 20 ms frames of 16 kHz mono int16 to the Worker, through a port of its own, and a level
 * to the page.
 */

import { FRAME_SAMPLES, HEADER_BYTES, MICROPHONE_HZ } from "./frames.js";
import { Resampling } from "./resampling.js";

/** Length of one level (ms): 25 a second. */
const LEVEL_MS = 40;
/** What a level of nothing at all is shown as (dBFS): well below the smallest step of int16 at −90. */
const FLOOR_DB = -120;
/** Below this a microphone gives no sound (dBFS): a muted one gives zeros, a working one in a quiet room −60 and more. */
const SILENT_DB = -70;
/** For so long (ms), before it is called silent. */
const SILENT_AFTER_MS = 3000;

class CaptureProcessor extends AudioWorkletProcessor {
  /** @type {MessagePort | null} */
  #worker = null;
  /** Used only where the browser will not give us a context at 16 kHz. */
  #resampling = sampleRate === MICROPHONE_HZ ? null : new Resampling(sampleRate, MICROPHONE_HZ);
  /** Input that is not resampled yet; its first sample has the context frame `#kept_frame`. */
  #kept = new Float32Array(0);
  #kept_frame = 0;
  /** Position in `#kept` of the next output sample. */
  #kept_at = 0;
  #buffer = new ArrayBuffer(HEADER_BYTES + 2 * FRAME_SAMPLES);
  #samples = new Int16Array(this.#buffer, HEADER_BYTES);
  #filled = 0;
  /** Context frame with which the next quantum begins, if none is left out. */
  #next_frame = 0;
  /** Context time of the first sample of the frame (s). */
  #first_s = 0;
  #level = { count: 0, squares: 0, peak: 0 };
  #quiet_ms = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      this.#worker = data.port;
    };
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const input = inputs[0][0];
    if (!input || !this.#worker) return true;
    // Quanta are left out when there is no input yet, and when the page rebuilds the graph: no frame has such a hole in it.
    if (currentFrame !== this.#next_frame) this.#filled = 0;
    this.#next_frame = currentFrame + input.length;
    this.#measure(input);
    if (this.#resampling) this.#takeResampled(input, this.#resampling);
    else for (let i = 0; i < input.length; i += 1) this.#take(input[i], currentFrame + i);
    return true;
  }

  /** @param {Float32Array} input @param {Resampling} resampling */
  #takeResampled(input, resampling) {
    const { half, step } = resampling;
    if (this.#kept_frame + this.#kept.length !== currentFrame) {
      this.#kept = new Float32Array(half);
      this.#kept_frame = currentFrame - half;
      this.#kept_at = half;
    }
    const all = new Float32Array(this.#kept.length + input.length);
    all.set(this.#kept);
    all.set(input, this.#kept.length);
    for (; this.#kept_at + half + 1 < all.length; this.#kept_at += step) {
      this.#take(resampling.at(all, this.#kept_at), this.#kept_frame + this.#kept_at);
    }
    const drop = Math.floor(this.#kept_at) - half;
    this.#kept = all.slice(drop);
    this.#kept_frame += drop;
    this.#kept_at -= drop;
  }

  /** @param {number} sample @param {number} frame context frame on which it falls */
  #take(sample, frame) {
    if (this.#filled === 0) this.#first_s = frame / sampleRate;
    this.#samples[this.#filled] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
    this.#filled += 1;
    if (this.#filled < FRAME_SAMPLES) return;
    const [buffer, now_s] = [this.#buffer, (currentFrame + 128) / sampleRate];
    this.#worker?.postMessage({ buffer, first_s: this.#first_s, now_s }, [buffer]);
    this.#buffer = new ArrayBuffer(HEADER_BYTES + 2 * FRAME_SAMPLES);
    this.#samples = new Int16Array(this.#buffer, HEADER_BYTES);
    this.#filled = 0;
  }

  /** @param {Float32Array} input */
  #measure(input) {
    const level = this.#level;
    for (const sample of input) {
      level.squares += sample * sample;
      level.peak = Math.max(level.peak, Math.abs(sample));
    }
    level.count += input.length;
    if (level.count < (LEVEL_MS / 1000) * sampleRate) return;
    const rms_db = decibels(Math.sqrt(level.squares / level.count));
    const length_ms = (level.count / sampleRate) * 1000;
    this.#quiet_ms = rms_db < SILENT_DB ? this.#quiet_ms + length_ms : 0;
    const silent = this.#quiet_ms >= SILENT_AFTER_MS;
    this.port.postMessage({ rms_db, peak_db: decibels(level.peak), silent });
    this.#level = { count: 0, squares: 0, peak: 0 };
  }
}

/** @param {number} amplitude 0–1 @returns {number} dBFS, never below the floor */
function decibels(amplitude) {
  return amplitude > 0 ? Math.max(FLOOR_DB, 20 * Math.log10(amplitude)) : FLOOR_DB;
}

registerProcessor("firstword-capture", CaptureProcessor);
