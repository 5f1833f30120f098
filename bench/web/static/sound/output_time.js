/**
 * When does a sample leave the loudspeaker? Pure functions, so that the one thing that must never happen, adding the output
 * latency to a time that already contains it, can be tested.
 *
 * `AudioContext.getOutputTimestamp()` pairs a context time with the instant at which that sample is at the output device:
 * the latency is inside. Only where the browser has no such pair, or one that stands still, is the instant derived from the
 * render instant and the latencies the browser claims, and then it is marked as estimated.
 */

/**
 * @typedef {object} Pair
 * @property {number} context_s context time (s)
 * @property {number} page_ms page clock (ms)
 */

/**
 * @typedef {object} OutputClock
 * @property {Pair | null} pair context time at the output device, or null where the browser cannot tell
 * @property {Pair} render context time when it was rendered
 * @property {number | null} base_latency_s `AudioContext.baseLatency`, or null where it is missing
 * @property {number | null} output_latency_s `AudioContext.outputLatency`, or null where it is missing
 */

/**
 * @typedef {object} OutputInstant
 * @property {number} at_ms the sample is at the output device (page clock, ms)
 * @property {boolean} estimated true when derived and not seen
 * @property {number} output_latency_ms from rendering to the device (ms)
 */

/**
 * @param {number} context_s context time of the sample (s)
 * @param {OutputClock} clock
 * @returns {OutputInstant}
 */
export function outputInstant(context_s, { pair, render, base_latency_s, output_latency_s }) {
  const rendered_ms = render.page_ms + (context_s - render.context_s) * 1000;
  if (pair) {
    const at_ms = pair.page_ms + (context_s - pair.context_s) * 1000;
    return { at_ms, estimated: false, output_latency_ms: at_ms - rendered_ms };
  }
  const output_latency_ms = ((base_latency_s ?? 0) + (output_latency_s ?? 0)) * 1000;
  return { at_ms: rendered_ms + output_latency_ms, estimated: true, output_latency_ms };
}

/** A pair further than this from now (s) is no output latency but a browser's mistake. Bluetooth stays below 0.5 s. */
const LARGEST_LATENCY_S = 2;

/**
 * One look at an AudioContext.
 * @typedef {object} Look
 * @property {number | null} context_s `getOutputTimestamp().contextTime` (s), or null where the method is missing
 * @property {number | null} page_ms its `performanceTime` on the page clock (ms)
 * @property {number} now_s `AudioContext.currentTime` (s)
 * @property {number} at_ms when this look was taken (page clock, ms)
 */

/**
 * @param {Look | null} before an earlier look
 * @param {Look} after the latest look
 * @returns {Pair | null} the latest pair, when it is there, has moved since the earlier look, and is plausible
 */
export function advancingPair(before, after) {
  if (!before || before.context_s === null || before.page_ms === null) return null;
  if (after.context_s === null || after.page_ms === null) return null;
  if (!(after.context_s > before.context_s && after.page_ms > before.page_ms)) return null;
  const behind_s = after.now_s - after.context_s;
  if (behind_s < 0 || behind_s > LARGEST_LATENCY_S) return null;
  if (Math.abs(after.at_ms - after.page_ms) > LARGEST_LATENCY_S * 1000) return null;
  return { context_s: after.context_s, page_ms: after.page_ms };
}
