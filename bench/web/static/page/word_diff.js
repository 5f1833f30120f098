/** What changed in a text, word by word. */

import { h } from "./dom.js";

/** Longest common subsequence of words; prompts are short enough for the plain table. @param {string} before @param {string} now */
export function wordDiff(before, now) {
  const a = before.split(/(\s+)/);
  const b = now.split(/(\s+)/);
  if (a.length * b.length > 4_000_000) return [h("del", {}, before), h("ins", {}, now)];
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) table[i][j] = a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  const parts = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      parts.push(document.createTextNode(a[i]));
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && table[i + 1][j] >= table[i][j + 1])) parts.push(h("del", {}, a[i++]));
    else parts.push(h("ins", {}, b[j++]));
  }
  return parts;
}
