/**
 * What the page sees of the sound and of the server: one object, a few verbs, and events.
 *
 *     const link = await connect({ page, from, language, compare, fresh });
 *     const off = link.on("state", (message) => …);      // any `type` of docs/page-protocol.md
 *     link.send({ type: "say", tab: "voice", text, sent_at_ms: link.now() });
 *     await link.microphone.start("voice");
 *
 * Besides the server's messages there are events of the page itself:
 * - `connection` `{state: connecting|open|lost, attempt, reason, code, retry_in_ms}`
 * - `audio` `{state: blocked|starting|running|unavailable, detail}`: blocked means that one click makes it sound; a reply that
 *   comes meanwhile is a `problem` `sound_blocked`, and waits
 * - `microphone` `{on, tab, settings}` and `microphone_level` `{tab, rms_db, peak_db}`, 25 a second, −120 dBFS for nothing
 * - `playback` `{tab, column, turn, name, at_ms}`: a sound starts or ends soon, as far as is known now; for mouths, not for
 *   figures
 * - `server_clock` `{offset_ms, error_ms, rtt_ms}`
 * - `problem` with `source: "page"`, a `code` and `detail` but no words: `sound_blocked`, `sound_unavailable`,
 *   `sound_overflow`, `microphone_denied`, `microphone_missing`, `microphone_busy`, `microphone_insecure`, `microphone_failed`,
 *   `microphone_lost`, `microphone_silent` (again with `cleared: true` once it is heard), `microphone_dropped`, `link_failed`
 *
 * `connection`, `audio` and `microphone` tell a new listener at once how things stand.
 */

import { now } from "./clock.js";
import { Microphone } from "./microphone.js";
import { Player } from "./player.js";

/** Messages kept until somebody listens for `welcome`. */
const EARLY_MESSAGES = 1000;
/** How often the page asks the Worker for its clock at the beginning. */
const CLOCK_QUESTIONS = 5;
/** Browsers round their clocks, at most to 1 ms. */
const COARSE_MS = 1;

/** @typedef {import("./socket.js").Hello} Hello */

export class Link {
  #worker;
  /** @type {Map<string, Set<(event: any) => void>>} */
  #listeners = new Map();
  /** @type {any[] | null} */
  #early = [];
  /** How things stand, for events that are states. @type {Map<string, any>} */
  #standing = new Map();
  /** @type {{skew_ms: number, rtt_ms: number, left: number}} */
  #clock = { skew_ms: 0, rtt_ms: Infinity, left: CLOCK_QUESTIONS };
  /** @type {number | null} */
  #server_offset_ms = null;
  /** @type {Map<number, (stats: object) => void>} */
  #questions = new Map();
  #next_question = 1;
  #online = () => this.#order({ type: "retry" });
  #player;

  /** @param {Hello} hello */
  constructor(hello) {
    this.#worker = new Worker(new URL("./link_worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#told(data);
    this.#worker.onerror = (event) => this.#problem({ code: "link_failed", detail: event.message ?? "" });
    this.#order({ type: "open", hello });
    this.#askClock();
    this.#player = new Player({
      attach: (port) => this.#order({ type: "player", port }, [port]),
      look: (look) => this.#order({ type: "output", look }),
      state: (state, detail) => this.#audio(state, detail),
      clock: { now: () => this.now(), fromPerformance: (ms) => performance.timeOrigin + ms + this.#clock.skew_ms },
    });
    this.#standing.set("audio", { type: "audio", state: this.#player.state, detail: "" });
    this.microphone = new Microphone({
      worker: (microphone, transfer) => this.#order({ type: "microphone", microphone }, transfer),
      state: (state) => this.#stand({ type: "microphone", ...state }),
      level: (level) => this.#emit({ type: "microphone_level", ...level }),
      problem: (problem) => this.#problem(problem),
    });
    this.#standing.set("microphone", { type: "microphone", ...this.microphone.state });
    window.addEventListener("online", this.#online);
  }

  /** @param {object} order @param {Transferable[]} [transfer] */
  #order(order, transfer = []) {
    this.#worker.postMessage(order, transfer);
  }

  /** @param {any} data */
  #told(data) {
    switch (data.type) {
      case "message":
        if (this.#early === null) this.#emit(data.message);
        else if (this.#early.push(data.message) > EARLY_MESSAGES) this.#early.shift();
        break;
      case "connection":
        this.#stand(data);
        break;
      case "clock":
        this.#answerClock(data);
        break;
      case "stats":
        this.#questions.get(data.id)?.(data.stats);
        this.#questions.delete(data.id);
        break;
      case "problem":
        this.#problem(data);
        break;
      case "look":
        this.#player.look();
        break;
      case "reply":
        if (this.#player.state === "blocked") this.#problem({ ...data, code: "sound_blocked" });
        break;
      case "server_clock":
        this.#server_offset_ms = data.offset_ms;
        this.#emit(data);
        break;
      default:
        this.#emit(data);
    }
  }

  /** @param {string} state @param {string} detail */
  #audio(state, detail) {
    this.#stand({ type: "audio", state, detail });
    if (state === "unavailable") this.#problem({ code: "sound_unavailable", detail });
  }

  /** @param {object} problem */
  #problem(problem) {
    this.#emit({ tab: null, column: null, detail: "", cleared: false, ...problem, type: "problem", source: "page" });
  }

  /** @param {any} event */
  #stand(event) {
    this.#standing.set(event.type, event);
    this.#emit(event);
  }

  /** @param {any} event */
  #emit(event) {
    for (const listener of [...(this.#listeners.get(event.type) ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        reportError(error); // one listener's mistake must not keep the news from the others
      }
    }
  }

  /**
   * @param {string} type a `type` of the server's messages, or an event of the page
   * @param {(event: any) => void} listener
   * @returns {() => void} call it to stop listening
   */
  on(type, listener) {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    if (this.#standing.has(type)) listener(this.#standing.get(type));
    // Later than this turn of the page's loop, so that the listeners which are attached next to this one hear them too.
    if (type === "welcome" && this.#early) setTimeout(() => this.#release());
    return () => listeners.delete(listener);
  }

  #release() {
    const early = this.#early ?? [];
    this.#early = null;
    for (const message of early) this.#emit(message);
  }

  /** @param {object} message kept and sent later while the server is away */
  send(message) {
    this.#order({ type: "send", message });
  }

  /**
   * @param {{tab: string, column: string, turn: string, name: string, at_ms: number, estimated?: boolean, data?: object}} mark
   *   `at_ms` from `now()`
   */
  mark({ tab, column, turn, name, at_ms, estimated = false, data = {} }) {
    this.send({ type: "mark", tab, column, turn, name, at_ms, estimated, data });
  }

  /** @returns {number} this instant on the page clock (ms) */
  now() {
    return now() + this.#clock.skew_ms;
  }

  /** @param {number} server_ms @returns {number | null} on the page clock (ms), null before the first exchange; for show */
  fromServer(server_ms) {
    return this.#server_offset_ms === null ? null : server_ms - this.#server_offset_ms;
  }

  /** @param {string} tab @param {string | null} column the one column of the tab that is heard, null for none */
  setAudible(tab, column) {
    this.#player.setAudible(tab, column);
  }

  /** Let the page sound; to be called in a user's gesture. @returns {Promise<boolean>} whether it may sound now */
  unlock() {
    return this.#player.unlock();
  }

  /** @returns {import("./player.js").AudioState} */
  get audioState() {
    return this.#player.state;
  }

  /** @returns {Promise<object>} what was counted so far: frames captured, sent, dropped; chunks, underruns … */
  stats() {
    return new Promise((resolve) => {
      const id = this.#next_question++;
      this.#questions.set(id, resolve);
      this.#order({ type: "stats", id });
    });
  }

  /** Leave for good. */
  async close() {
    window.removeEventListener("online", this.#online);
    this.microphone.stop();
    this.#order({ type: "close" });
    await this.#player.close();
  }

  #askClock() {
    this.#clock.left -= 1;
    this.#order({ type: "clock", asked_ms: now() });
  }

  /**
   * The page's clock and its Worker's are one clock by the standard. Where they differ by more than asking takes, the page
   * follows the Worker, whose clock the server knows.
   *
   * @param {{asked_ms: number, worker_ms: number}} answer
   */
  #answerClock({ asked_ms, worker_ms }) {
    const answered_ms = now();
    const rtt_ms = answered_ms - asked_ms;
    if (rtt_ms < this.#clock.rtt_ms) {
      const skew_ms = worker_ms - (asked_ms + answered_ms) / 2;
      this.#clock = { ...this.#clock, rtt_ms, skew_ms: Math.abs(skew_ms) > rtt_ms / 2 + COARSE_MS ? skew_ms : 0 };
    }
    if (this.#clock.left > 0) this.#askClock();
  }
}

/**
 * Connect a page to its server. Messages that come before anybody listens for `welcome` are kept until then.
 *
 * @param {Hello} hello `page`: id kept for this browser tab; `from`: a page to copy the workspace from, or null; `compare`:
 *   value of `?compare=`, or null; `fresh`: true after a load
 * @returns {Promise<Link>}
 */
export async function connect({ page, from = null, language, compare = null, fresh = true }) {
  return new Link({ page, from, language, compare, fresh });
}
