/**
 * What a model wrote, as headings, lists, tables, code and quotes. Only text nodes and elements from this file are made: no
 * markup of the text is ever parsed as HTML, no address in it becomes a link, no picture is loaded.
 */

import { h } from "../page/dom.js";

/** Quotes and lists within each other; deeper ones are shown as text. */
const DEEPEST = 4;
/** Characters: nobody wraps text at a narrower margin. */
const WRAPPED = 60;
const INLINE = /(`+)([^`]|[^`].*?[^`])\1(?!`)|\*\*(?=\S)(.+?)\*\*|__(?=\S)(.+?)__|(?<![*\w])\*(?=[^\s*])([^*\n]+?)\*(?![*\w])|(?<![_\w])_(?=[^\s_])([^_\n]+?)_(?![_\w])/s;
const ITEM = /^(\s*)([-*+•]|\d{1,3}[.)])\s+(.*)$/;
const CELLS = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Shows a growing text: what has been shown and stays the same is not touched. */
export class MarkdownView {
  /** @param {any} root */
  constructor(root) {
    this.root = root;
    /** @type {string[]} source of each block that is shown */
    this.shown = [];
  }

  /** @param {string} text all of it so far */
  set(text) {
    const blocks = split(text.split("\n"));
    let same = 0;
    while (same < this.shown.length && this.shown[same] === blocks[same]?.join("\n")) same++;
    while (this.root.childNodes.length > same) this.root.lastChild.remove();
    for (const block of blocks.slice(same)) this.root.append(build(block, 0));
    this.shown = blocks.map((block) => block.join("\n"));
  }
}

/** @param {string} line */
const isTableRow = (line) => line.trimStart().startsWith("|");

/** The kind of block that a line begins. @param {string} line @returns {"fence" | "table" | "quote" | "list" | "heading" | "rule" | "text"} */
function kind(line) {
  if (/^\s{0,3}(```|~~~)/.test(line)) return "fence";
  if (isTableRow(line)) return "table";
  if (/^\s{0,3}>/.test(line)) return "quote";
  if (/^\s{0,3}#{1,6}\s/.test(line)) return "heading";
  if (/^\s{0,3}([-*_])(\s*\1){2,}\s*$/.test(line)) return "rule";
  return ITEM.test(line) ? "list" : "text";
}

/** Lines into blocks of lines. @param {string[]} lines @returns {string[][]} */
function split(lines) {
  const blocks = [];
  for (let at = 0; at < lines.length; ) {
    if (!lines[at].trim()) {
      at++;
      continue;
    }
    const end = endOf(kind(lines[at]), lines, at);
    blocks.push(lines.slice(at, end));
    at = end;
  }
  return blocks;
}

/** The line after the block that begins at `at`. @param {string} is @param {string[]} lines @param {number} at */
function endOf(is, lines, at) {
  if (is === "heading" || is === "rule") return at + 1;
  let end = at + 1;
  if (is === "fence") {
    const fence = lines[at].trimStart().slice(0, 3);
    while (end < lines.length && !lines[end].trimStart().startsWith(fence)) end++;
    return Math.min(end + 1, lines.length);
  }
  for (; end < lines.length && lines[end].trim(); end++) {
    const next = kind(lines[end]);
    if (is === "list") {
      if (next !== "list" && !/^\s{2,}/.test(lines[end]) && next !== "text") break;
    } else if (is === "text" ? next !== "text" && !(next === "list" && !/^\s*([-*+•]|1[.)])\s/.test(lines[end])) : next !== is) break;
  }
  return end;
}

/** @param {string[]} lines @param {number} depth @returns {any} */
function build(lines, depth) {
  const is = kind(lines[0]);
  if (is === "rule") return h("hr");
  if (is === "heading") return h("h4", {}, ...inline(lines[0].trim().replace(/^#+\s+/, "").replace(/\s+#+$/, "")));
  if (is === "fence") {
    const closed = lines.length > 1 && /^\s*(```|~~~)\s*$/.test(lines[lines.length - 1]);
    return h("pre", { tabindex: "0" }, h("code", {}, lines.slice(1, closed ? -1 : undefined).join("\n")));
  }
  if (is === "table") return table(lines);
  if (is === "quote" && depth < DEEPEST) {
    const inner = split(lines.map((line) => line.replace(/^\s*>\s?/, "")));
    return h("blockquote", {}, ...inner.map((block) => build(block, depth + 1)));
  }
  if (is === "list" && depth < DEEPEST) return list(lines, depth);
  return h("p", {}, ...broken(lines.map((line) => line.trim())));
}

/** Text that was wrapped at a margin flows; a line that is ended early, or begins with a label of its own, was meant to be one. @param {string[]} lines */
const broken = (lines) => {
  const apart = (number) => lines[number - 1].length < WRAPPED || lines[number].startsWith("**");
  const joined = lines.reduce((/** @type {string[]} */ all, line, number) => (number && !apart(number) ? [...all.slice(0, -1), `${all.at(-1)} ${line}`] : [...all, line]), []);
  return joined.flatMap((line, number) => (number ? [h("br"), ...inline(line)] : inline(line)));
};

/** @param {string[]} lines @param {number} depth */
function list(lines, depth) {
  const indent = (line) => line.length - line.trimStart().length;
  const outer = indent(lines[0]);
  const numbered = /^\s*\d/.test(lines[0]);
  const items = [];
  for (const line of lines) {
    const found = ITEM.exec(line);
    if (found && indent(line) <= outer + 1) items.push({ words: [found[3]], inner: [] });
    else if (found || items[items.length - 1].inner.length) items[items.length - 1].inner.push(line);
    else items[items.length - 1].words.push(line.trim());
  }
  const start = numbered ? Number.parseInt(lines[0], 10) : 1;
  return h(numbered ? "ol" : "ul", numbered && start !== 1 ? { start } : {},
    ...items.map((item) => h("li", {}, ...broken(item.words), ...(item.inner.length ? [build(item.inner, depth + 1)] : []))));
}

/** @param {string} line */
function cells(line) {
  const inner = line.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** A table that is still coming is shown as far as it is there. @param {string[]} lines */
function table(lines) {
  const ruled = lines.length > 1 && CELLS.test(lines[1]);
  const aligns = ruled ? cells(lines[1]).map((cell) => (/:$/.test(cell) ? (/^:/.test(cell) ? "fw-cell-center" : "fw-cell-right") : "")) : [];
  const row = (line, tag) => h("tr", {}, ...cells(line).map((cell, at) => h(aligns[at] ? `${tag}.${aligns[at]}` : tag, {}, ...inline(cell))));
  return h("div.fw-table-place", { tabindex: "0" }, h("table", {}, h("thead", {}, row(lines[0], "th")), h("tbody", {}, ...lines.slice(ruled ? 2 : 1).map((line) => row(line, "td")))));
}

/** Bold, emphasis and code of one line. @param {string} text @param {number} [depth] @returns {(Node | string)[]} */
function inline(text, depth = 0) {
  const parts = [];
  let rest = text;
  for (let found = depth < DEEPEST ? INLINE.exec(rest) : null; found; found = INLINE.exec(rest)) {
    if (found.index) parts.push(plain(rest.slice(0, found.index)));
    if (found[1]) parts.push(h("code", {}, found[2].trim() || found[2]));
    else if (found[3] ?? found[4]) parts.push(h("strong", {}, ...inline(found[3] ?? found[4], depth + 1)));
    else parts.push(h("em", {}, ...inline(found[5] ?? found[6], depth + 1)));
    rest = rest.slice(found.index + found[0].length);
  }
  if (rest || !parts.length) parts.push(plain(rest));
  return parts;
}

/** `\*` is a star. @param {string} text */
const plain = (text) => text.replace(/\\([\\`*_{}[\]()#+\-.!|>])/g, "$1");
