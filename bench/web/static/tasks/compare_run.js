/** One comparison: what was asked for, what has come of each lane, and what the workbench says in the end. */

import { aborted, messages, problemOf } from "./api.js";

export const LETTERS = "ABCD";
/** What a call took, in the order in which it is shown. */
export const TAKES = ["ttft_ms", "first_shown_ms", "total_ms"];

/** The middle of numbers; of an even count the mean of the two in the middle. @param {number[]} values @returns {number | null} */
export function median(values) {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[Math.floor(half)];
}

/**
 * @typedef {object} Call
 * @property {string} lane
 * @property {number} repeat 0, 1, 2 …; −1 for a warm-up
 * @property {boolean} warm_up
 * @property {string} turn
 * @property {string} outcome
 * @property {number | null} ttft_ms
 * @property {number | null} first_shown_ms
 * @property {number | null} total_ms
 * @property {string} [code]
 * @property {string} [message]
 * @property {any} [facts]
 */

export class CompareRun {
  /**
   * @param {{profession: any, task: any, language: string, repeats: number}} subject
   * @param {{letter: string, preset: string, streamed: boolean}[]} lanes those that can run, A first, without gaps
   * @param {() => void} changed
   */
  constructor(subject, lanes, changed) {
    Object.assign(this, { subject, lanes, changed });
    /** @type {"running" | "completed" | "stopped" | "failed"} */
    this.state = "running";
    /** @type {Call[]} */
    this.calls = [];
    /** @type {any} the first message: experiment, seed, of … */
    this.told = null;
    this.verdict = null;
    this.problem = null;
    /** When the first message came (page clock, ms). */
    this.began_ms = null;
    this.asking = new AbortController();
  }

  /** Run to the end, or until `stop`. */
  async go() {
    const { profession, task, language, repeats } = this.subject;
    const body = { profession: profession.id, task_id: task.id, language, repeats, lanes: this.lanes.map(({ preset, streamed }) => ({ preset, streamed })) };
    try {
      for await (const message of messages("POST", "/api/tasks/compare", { body, signal: this.asking.signal })) this.take(message);
      if (this.state === "running") Object.assign(this, { state: "failed", problem: { code: "workbench_silent", message: "", facts: {} } });
    } catch (error) {
      if (!aborted(error)) Object.assign(this, { state: "failed", problem: problemOf(error) });
    }
    this.changed();
  }

  stop() {
    if (this.state !== "running") return;
    this.state = "stopped";
    this.asking.abort();
    this.changed();
  }

  /** @param {any} message */
  take({ type, data }) {
    if (this.state !== "running") return;
    if (type === "metadata") {
      this.told = data;
      this.began_ms = performance.now();
    } else if (type === "warm_up" || type === "run") this.calls.push({ ...data, warm_up: type === "warm_up" });
    else if (type === "verdict") Object.assign(this, { verdict: data, state: "completed" });
    else if (type === "error") Object.assign(this, { problem: data, state: "failed" });
    this.changed();
  }

  get of() {
    return this.told?.of ?? this.lanes.length * (this.subject.repeats + 1);
  }

  /** About how long the rest takes (s), or null while nothing is known. */
  get left_s() {
    const done = this.calls.length;
    if (!done || this.began_ms === null) return null;
    return ((performance.now() - this.began_ms) / done / 1000) * (this.of - done);
  }

  /** The measured calls of a lane. @param {string} letter */
  measured(letter) {
    return this.calls.filter((call) => call.lane === letter && !call.warm_up);
  }

  /** @param {string} letter @param {string} figure @returns {{n: number, median: number | null, values: {repeat: number, ms: number}[]}} of the answered calls */
  figure(letter, figure) {
    const values = this.measured(letter).filter((call) => call.outcome === "answered" && call[figure] !== null).map((call) => ({ repeat: call.repeat, ms: call[figure] }));
    return { n: values.length, median: median(values.map((value) => value.ms)), values };
  }

  /** How many calls of a lane ended in which way. @param {string} letter @returns {Record<string, number>} */
  outcomes(letter) {
    /** @type {Record<string, number>} */
    const found = {};
    for (const { outcome } of this.measured(letter)) found[outcome] = (found[outcome] ?? 0) + 1;
    return found;
  }

  /** How the latest call that gave no answer ended. @param {string} letter @returns {Call | null} */
  wrong(letter) {
    return [...this.calls].reverse().find((call) => call.lane === letter && call.outcome !== "answered") ?? null;
  }

  /**
   * What a lane does, as far as can be known: within a round the lanes are asked in an order that is told by nobody.
   *
   * @param {string} letter @returns {"preparing" | "warming" | "asked" | "round" | "next" | "done" | "stopped"}
   */
  doing(letter) {
    if (this.state === "completed") return "done";
    if (this.state !== "running") return "stopped";
    if (!this.told) return "preparing";
    const each = this.lanes.map((lane) => this.calls.filter((call) => call.lane === lane.letter).length);
    const mine = each[this.lanes.findIndex((lane) => lane.letter === letter)];
    if (mine === this.subject.repeats + 1) return "done";
    const behind = Math.min(...each);
    if (mine > behind) return "next";
    if (mine === 0) return "warming";
    return each.filter((count) => count === behind).length > 1 ? "round" : "asked";
  }
}
