/** When a text came to the eye: told to the server on its own clock, so that the figure is one of the turn. */

import { ask } from "./api.js";

/**
 * The text is in the page now; it is *painted* at the end of the frame that is about to be drawn. The callback of
 * requestAnimationFrame runs before that frame is painted, a message posted from it right after: that is the instant.
 *
 * @param {() => void} then
 */
export function afterPaint(then) {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      then();
    };
    channel.port2.postMessage(null);
  });
}

/**
 * An instant of the page on the server's clock.
 *
 * @param {{offset_ms: number, error_ms: number} | null} clock the link's latest `server_clock`: server minus page
 * @param {number} at_ms page clock, ms
 * @returns {{at_ns: number, error_ns: number} | null} null while the clocks have not been compared
 */
export function onServerClock(clock, at_ms) {
  return clock ? { at_ns: Math.round((at_ms + clock.offset_ms) * 1e6), error_ns: Math.ceil(clock.error_ms * 1e6) } : null;
}

/** Once, and as soon as both the instant and the turn are known. @param {string} trial @param {import("./texts.js").WrittenText} text */
export function tellPainted(trial, text) {
  if (text.told || !text.turn || !text.painted) return;
  text.told = true;
  // A mark that does not arrive is a figure without a value, which the charts say; the trial goes on.
  ask("POST", `/api/trials/${trial}/painted`, { body: { turn: text.turn, ...text.painted } }).catch(() => {});
}
