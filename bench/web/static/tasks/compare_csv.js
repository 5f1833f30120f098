/** A comparison as a file for a spreadsheet: one line for each call, warm-ups and failures among them. */

import { TAKES } from "./compare_run.js";

const FORMULA = /^[=+\-@\t\r\n]/;
const NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** The text of one cell; what a spreadsheet would run gets an apostrophe before it. @param {any} value */
export function cell(value) {
  if (value === null || value === undefined) return "";
  const text = String(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {import("./compare_run.js").CompareRun} run */
export function csv(run) {
  const { profession, task, language } = run.subject;
  const names = ["experiment", "seed", "profession", "task_id", "language", "lane", "preset", "streamed", "phase", "repeat", ...TAKES, "outcome", "code", "message", "turn"];
  const lines = run.calls.map((call) => {
    const lane = run.lanes.find(({ letter }) => letter === call.lane);
    return [run.told?.experiment, run.told?.seed, profession.name, task.id, language, call.lane, lane?.preset, lane?.streamed, call.warm_up ? "warm-up" : "measured",
      call.warm_up ? null : call.repeat + 1, ...TAKES.map((figure) => call[figure]), call.outcome, call.code, call.message, call.turn];
  });
  return [names, ...lines].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** @param {import("./compare_run.js").CompareRun} run */
export function download(run) {
  // The mark at the beginning tells a spreadsheet that it is UTF-8.
  const address = URL.createObjectURL(new Blob(["\ufeff", csv(run)], { type: "text/csv" }));
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: `comparison-${run.told?.experiment ?? "none"}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
