/** Numbers with their nouns, as each language bends them. */

import { lang, t } from "../page/words.js";

/** @param {"tasks" | "minutes" | "characters"} noun @param {number} n */
export function count(noun, n) {
  const form = new Intl.PluralRules(lang()).select(n);
  return t(`count_${noun}_${form}`, { n: new Intl.NumberFormat(lang()).format(n) });
}

/** A figure with at most one digit after the point. @param {number} value */
export const number = (value) => new Intl.NumberFormat(lang(), { maximumFractionDigits: 1 }).format(value);

/** @param {string} iso */
export const when = (iso) => new Date(iso).toLocaleString(lang(), { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
