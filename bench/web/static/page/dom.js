/** Making elements. Text always goes in as text: nothing that a model or a person wrote is ever parsed as markup. */

import { lang, t } from "./words.js";

/**
 * @param {string} name tag, with classes after dots: `div.fw-row.fw-wide`
 * @param {Record<string, any>} [props] attributes; `on…` are listeners, `data` a dataset, `title` also names the element
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function h(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag || "div");
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key === "value" || key === "checked" || key === "disabled" || key === "selected") element[key] = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child || child === "") element.append(child);
  return element;
}

/** Set text only when it differs, so that nothing is repainted for nothing. @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {boolean} shown */
export function show(element, shown) {
  /** @type {HTMLElement} */ (element).hidden = !shown;
}

/** 372 → "372", 1840 → "1.84 s": milliseconds below a second, seconds with two digits above. @param {number | null} ms */
export function duration(ms, unit = true) {
  if (ms === null || ms === undefined) return "–";
  const whole = Math.abs(ms) >= 999.5;
  const digits = whole ? (ms / 1000).toFixed(2) : Math.abs(ms) < 9.95 && ms !== 0 ? ms.toFixed(1) : ms.toFixed(0);
  const local = lang() === "ru" ? digits.replace(".", ",") : digits;
  return whole ? `${local} ${t("unit_s")}` : unit ? `${local} ${t("unit_ms")}` : local;
}
