/**
 * What the Worker knows about the output device: the page looks at its AudioContext when asked to; the player's own messages
 * say when context time was rendered.
 */

import { ContextClock } from "./clock.js";
import { advancingPair, outputInstant } from "./output_time.js";

export class OutputTime {
  #render = new ContextClock();
  /** @type {import("./output_time.js").Look | null} */
  #look = null;
  /** @type {import("./output_time.js").Pair | null} */
  #pair = null;
  /** @type {{base_latency_s: number | null, output_latency_s: number | null}} */
  #latencies = { base_latency_s: null, output_latency_s: null };

  /** Context time that has reached the output device for certain (s), or null where that cannot be seen. */
  get reached_s() {
    return this.#pair?.context_s ?? null;
  }

  /**
   * @param {import("./output_time.js").Look & {base_latency_s: number | null, output_latency_s: number | null,
   *   running: boolean}} look
   */
  look(look) {
    this.#latencies = { base_latency_s: look.base_latency_s, output_latency_s: look.output_latency_s };
    if (!look.running) {
      this.#look = null;
      this.#pair = null;
      this.#render.reset();
      return;
    }
    this.#pair = advancingPair(this.#look, look);
    this.#look = look;
  }

  /**
   * @param {number} now_s context time being rendered (s)
   * @param {number} arrived_ms when the worklet's word for it came (page clock, ms)
   */
  rendered(now_s, arrived_ms) {
    this.#render.observe(now_s, arrived_ms);
  }

  /**
   * @param {number} context_s context time of a sample (s)
   * @returns {number | null} the instant at which it was rendered (page clock, ms)
   */
  renderedAt(context_s) {
    return this.#render.toPage(context_s);
  }

  /**
   * @param {number} context_s context time of a sample (s)
   * @param {number} rendered_ms when it was rendered (page clock, ms)
   */
  instant(context_s, rendered_ms) {
    const render = { context_s, page_ms: rendered_ms };
    return outputInstant(context_s, { pair: this.#pair, render, ...this.#latencies });
  }
}
