/** How long a text took, beside it: what each figure is stands in its hint. */

import { duration, h } from "../page/dom.js";
import { both, t } from "../page/words.js";

/** @param {any} store @param {import("./texts.js").WrittenText | undefined} text @returns {any} */
export function figuresOf(store, text) {
  if (!text?.done && text?.shown_ms == null) return "";
  const { ttft_ms = null, total_ms = null } = text.figures;
  const shown = [
    ["ttft", ttft_ms, t("figure_ttft"), both(store.glossary.ttft?.definition)],
    ["total", total_ms, t("task_total"), t("task_total_hint")],
    ["shown", text.shown_ms, t("task_shown"), t("task_shown_hint")],
  ];
  return h("dl.fw-figures", {}, ...shown.filter(([, ms]) => ms !== null && ms !== undefined).map(([name, ms, title, hint]) =>
    h("div.fw-figure", { tabindex: "0", title: hint, data: { figure: name, ms: String(ms) } }, h("dt", {}, title), h("dd", {}, duration(/** @type {number} */ (ms))))));
}

/** How the text came, where that is not how it was asked for. @param {import("./texts.js").WrittenText | undefined} text @returns {string} */
export function howItCame(text) {
  if (!text) return "";
  if (text.fallback) return t("task_fell_back");
  return text.streamed ? "" : t("task_at_once");
}
