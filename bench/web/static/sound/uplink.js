/** The microphone's frames on their way from the audio thread to the socket. */

import { CaptureClock } from "./clock.js";
import { writeSoundUp } from "./frames.js";

/** Frames kept while the socket is away: 1 s. Speech older than that answers nothing any more. */
const KEPT_FRAMES = 50;
/** What may wait in the socket itself before frames are dropped (bytes): 2 s of sound. */
const SOCKET_BYTES = 64000;
/** Frames between two looks at what was dropped. */
const NOTICE_FRAMES = 50;
/** In what bursts a device delivers when the track does not say (ms): browsers cut microphones into 10 ms. */
const USUAL_BURST_MS = 10;
/**
 * How old a sample is when the audio thread renders it, in bursts: one until the driver hands the burst over, and half of one, in
 * the middle, until the audio thread comes for it. What the converter in front of the driver adds no page can see.
 */
const AGE_BURSTS = 1.5;
/**
 * How far that may be off, to either side, in bursts. Measured against the browser's own capture timestamps, bursts of 10 ms:
 * the same to 0.3 ms within one start of the microphone; from start to start −14 … +6 ms with a context at 16 kHz (n 196, 40 of
 * them with four busy processes on two cores), −6 … +12 ms with one at the device's rate (n 50); Chromium 156, false device.
 */
const ERROR_BURSTS = 1.5;
/** Frames at the start of a microphone during which the audio graph still settles, and that count as twice as uncertain. */
const SETTLING_FRAMES = 25;
/** And when the length of the bursts is a guess. */
const GUESSED_ERROR_BURSTS = 3;

export class Uplink {
  #clock = new CaptureClock();
  /** @type {MessagePort | null} */
  #port = null;
  /** @type {{tab: string, echo_cancellation: boolean | null, latency_ms: number | null} | null} */
  #microphone = null;
  #sequence = 0;
  /** Frames since the microphone was switched on. */
  #frames = 0;
  /** @type {ArrayBuffer[]} */
  #kept = [];
  /** Frames captured, sent and dropped so far. */
  counts = { captured: 0, sent: 0, dropped: 0 };
  #noticed = 0;

  /**
   * @param {object} to
   * @param {() => number | null} to.waiting bytes that wait in the socket, null while it is away
   * @param {(buffer: ArrayBuffer) => void} to.sendBinary
   * @param {(message: object) => void} to.sendJson
   * @param {(message: object) => void} to.tell tells the page
   * @param {() => number} to.now page clock (ms)
   */
  constructor(to) {
    this.to = to;
  }

  /** @param {{tab: string, echo_cancellation: boolean | null, latency_ms: number | null, port: MessagePort}} microphone */
  start({ port, ...microphone }) {
    this.stop();
    this.#clock.reset();
    this.#frames = 0;
    this.#microphone = microphone;
    this.announce();
    this.#port = port;
    port.onmessage = ({ data }) => this.#frame(data, this.to.now());
  }

  stop() {
    this.#port?.close();
    this.#port = null;
    const microphone = this.#microphone;
    this.#microphone = null;
    this.#kept = [];
    if (microphone && this.to.waiting() !== null) this.to.sendJson({ type: "microphone", on: false, ...microphone });
  }

  /** Tell the server that the microphone is on: at the start, and again to a server that was away. */
  announce() {
    if (!this.#microphone || this.to.waiting() === null) return;
    this.to.sendJson({ type: "microphone", on: true, ...this.#microphone });
    for (const buffer of this.#kept.splice(0)) this.#send(buffer);
  }

  /** @param {{buffer: ArrayBuffer, first_s: number, now_s: number}} frame @param {number} arrived_ms page clock (ms) */
  #frame({ buffer, first_s, now_s }, arrived_ms) {
    if (!this.#microphone) return; // was on its way when the microphone was switched off
    this.#clock.observe(now_s, arrived_ms);
    const { tab, latency_ms } = this.#microphone;
    const rendered_ms = this.#clock.toPage(first_s) ?? arrived_ms;
    const burst_ms = Math.max(latency_ms ?? 0, USUAL_BURST_MS);
    const captured_ms = rendered_ms - AGE_BURSTS * burst_ms;
    const bursts = latency_ms === null ? GUESSED_ERROR_BURSTS : ERROR_BURSTS;
    const settling = this.#frames < SETTLING_FRAMES ? 2 : 1;
    const error_ms = settling * bursts * burst_ms + this.#clock.doubt_ms;
    writeSoundUp(buffer, { tab, sequence: this.#sequence, captured_ms, error_ms });
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#frames += 1;
    this.counts.captured += 1;
    const waiting = this.to.waiting();
    if (waiting === null) this.#keep(buffer);
    else if (waiting > SOCKET_BYTES) this.#drop();
    else this.#send(buffer);
  }

  /** @param {ArrayBuffer} buffer */
  #send(buffer) {
    this.to.sendBinary(buffer);
    this.counts.sent += 1;
  }

  /** @param {ArrayBuffer} buffer */
  #keep(buffer) {
    this.#kept.push(buffer);
    if (this.#kept.length <= KEPT_FRAMES) return;
    this.#kept.shift();
    this.#drop();
  }

  #drop() {
    this.counts.dropped += 1;
    if (this.counts.dropped < this.#noticed + NOTICE_FRAMES && this.#noticed > 0) return;
    this.#noticed = this.counts.dropped;
    this.to.tell({ type: "problem", code: "microphone_dropped", detail: String(this.counts.dropped) });
  }
}
