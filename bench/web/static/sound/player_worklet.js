/**
 * The players of all columns, on the audio thread: one output per column. Takes chunks and orders from the Worker through a
 * port of its own and reports back through it, so that the main thread has no part in when a sound starts or stops.
 */

import { ColumnPlayer } from "./column_player.js";
import { HEADER_BYTES } from "./frames.js";

/** How often a playing worklet says what time it is (ms): keeps the Worker's idea of context time fresh. */
const TICK_MS = 100;

class PlayerProcessor extends AudioWorkletProcessor {
  /** @type {MessagePort | null} */
  #worker = null;
  #next_tick = 0;
  #rendering = false;

  /** @param {{numberOfOutputs: number}} options */
  constructor(options) {
    super();
    this.columns = Array.from(
      { length: options.numberOfOutputs },
      () => new ColumnPlayer(sampleRate, (report) => this.#report(report)),
    );
    this.port.onmessage = ({ data: { port } }) => {
      this.#worker = port;
      port.onmessage = (/** @type {MessageEvent} */ { data }) => this.#obey(data);
    };
  }

  /** @param {any} order `{type: "stop", slot, reply}`, or a chunk: `{type: "chunk", slot, …header, buffer}` */
  #obey({ type, slot, buffer, ...chunk }) {
    if (type === "stop") this.columns[slot].stop(chunk.reply);
    else this.columns[slot].push({ ...chunk, samples: new Int16Array(buffer, HEADER_BYTES) }, currentFrame);
  }

  /** @param {import("./column_player.js").Report} report */
  #report({ frame, ...report }) {
    const context_s = frame === null ? null : frame / sampleRate;
    // Between two quanta the context time belongs to one that may be rendered a good deal later: it says nothing about now.
    this.#worker?.postMessage({ ...report, context_s, now_s: this.#rendering ? currentFrame / sampleRate : null });
  }

  /** @param {Float32Array[][]} _inputs @param {Float32Array[][]} outputs */
  process(_inputs, outputs) {
    let busy = false;
    this.#rendering = true;
    this.columns.forEach((column, slot) => {
      if (!column.busy) return;
      busy = true;
      column.render(outputs[slot][0], currentFrame);
    });
    if (busy && currentFrame >= this.#next_tick) {
      this.#next_tick = currentFrame + (TICK_MS / 1000) * sampleRate;
      this.#worker?.postMessage({ type: "tick", now_s: currentFrame / sampleRate });
    }
    this.#rendering = false;
    return true;
  }
}

registerProcessor("firstword-player", PlayerProcessor);
