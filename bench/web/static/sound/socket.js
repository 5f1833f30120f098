/**
 * The page's one socket, inside the Worker: ticket, hello, clock stamps, and coming back after it was lost.
 */

import { now, ServerClock } from "./clock.js";

/** Waits between attempts (ms); the last one repeats. */
const BACKOFF_MS = [250, 500, 1000, 2000, 4000, 8000];
/** By how much a wait is spread, so that many pages do not come back in one instant. */
const SPREAD = 0.2;
/** How long a ticket, and then a welcome, may take to come (ms). */
const PATIENCE_MS = 10000;
/** A server that has not said a word for so long (ms) while it is asked every second is gone. */
const SILENCE_MS = 6000;
/** The first exchanges come quickly, so that the first turn has a clock already. */
const QUICK_PINGS = 10;
const QUICK_PING_MS = 500;
const PING_MS = 1000;
/** Messages kept for a server that is away. */
const KEPT_MESSAGES = 500;

/** @typedef {{page: string, from: string | null, language: string, compare: string | null, fresh: boolean}} Hello */

export class Socket {
  /** @type {WebSocket | null} */
  #socket = null;
  #ready = false;
  #attempt = 0;
  /** Which attempt's answers still count. */
  #generation = 0;
  /** @type {object[]} */
  #kept = [];
  #timer = 0;
  #ping_timer = 0;
  #pings = 0;
  #heard_ms = 0;
  #clock = new ServerClock();
  counts = { messages_lost: 0, connections: 0 };

  /**
   * @param {{ticket: URL, socket: URL}} at where to ask
   * @param {Hello} hello
   * @param {object} to
   * @param {(message: any) => void} to.message a message of the server
   * @param {(buffer: ArrayBuffer, at_ms: number) => void} to.sound a binary frame and its arrival (page clock, ms)
   * @param {(connection: object) => void} to.connection how the connection stands
   * @param {(estimate: object) => void} to.server_clock
   */
  constructor(at, hello, to) {
    this.at = at;
    this.hello = hello;
    this.to = to;
  }

  /** Bytes that wait to be sent, null while the server is away. */
  get waiting() {
    const open = this.#ready && this.#socket?.readyState === WebSocket.OPEN;
    return open && this.#socket ? this.#socket.bufferedAmount : null;
  }

  /** Connect now; a wait for the next attempt is cut short. */
  async open() {
    this.#forgetTimer();
    const generation = ++this.#generation;
    this.#attempt += 1;
    this.to.connection({ state: "connecting", attempt: this.#attempt });
    const { ticket, ...refusal } = await this.#ticket();
    if (generation !== this.#generation) return;
    if (!ticket) {
      this.#lost(refusal);
      return;
    }
    const address = new URL(this.at.socket);
    address.searchParams.set("ticket", ticket);
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#heard_ms = now();
    const mine = (/** @type {(event: any) => void} */ act) => (/** @type {Event} */ event) => {
      if (socket === this.#socket) act(event);
    };
    socket.onopen = mine(() => socket.send(JSON.stringify({ type: "hello", ...this.hello })));
    socket.onmessage = mine(({ data }) => this.#received(data, now()));
    socket.onclose = mine(({ code }) => this.#lost({ reason: "closed", code }));
    this.#timer = setTimeout(() => this.#lost({ reason: "no_answer" }), PATIENCE_MS);
  }

  /** @returns {Promise<{ticket?: string, reason?: string, code?: number, after_ms?: number}>} */
  async #ticket() {
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const answer = await fetch(this.at.ticket, { method: "POST", credentials: "same-origin", signal });
      if (answer.ok) return await answer.json();
      const after_s = Number(answer.headers.get("Retry-After"));
      return { reason: "ticket_refused", code: answer.status, after_ms: after_s > 0 ? after_s * 1000 : undefined };
    } catch {
      return { reason: "unreachable" }; // fetch says no more than that: offline, refused, timed out or no JSON
    }
  }

  /** Try again at once, unless connected or about to be. */
  retry() {
    if (this.#timer && !this.#socket) this.open();
  }

  #forgetTimer() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  /** Leave for good. */
  close() {
    this.#generation += 1;
    this.#forgetTimer();
    this.#release()?.close(1000);
  }

  #release() {
    const socket = this.#socket;
    clearTimeout(this.#ping_timer);
    this.#socket = null;
    this.#ready = false;
    return socket;
  }

  /** @param {{reason?: string, code?: number, after_ms?: number}} why */
  #lost({ reason, code, after_ms }) {
    this.#forgetTimer();
    this.#release()?.close();
    this.#clock.reset();
    const base_ms = BACKOFF_MS[Math.min(this.#attempt, BACKOFF_MS.length) - 1] ?? BACKOFF_MS[0];
    const retry_in_ms = Math.max(after_ms ?? 0, base_ms * (1 + SPREAD * (2 * Math.random() - 1)));
    this.to.connection({ state: "lost", attempt: this.#attempt, reason, code, retry_in_ms });
    this.#timer = setTimeout(() => this.open(), retry_in_ms);
  }

  /** @param {string | ArrayBuffer} data @param {number} at_ms its arrival (page clock, ms) */
  #received(data, at_ms) {
    this.#heard_ms = at_ms;
    if (typeof data !== "string") {
      this.to.sound(data, at_ms);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "pong") this.#pong(message, at_ms);
    else if (message.type === "welcome") this.#welcomed(message);
    else this.to.message(message);
  }

  /** @param {any} message */
  #welcomed(message) {
    this.#forgetTimer();
    this.#ready = true;
    const attempt = this.#attempt;
    this.#attempt = 0;
    this.counts.connections += 1;
    this.hello = { ...this.hello, fresh: false, from: null, compare: null };
    this.to.connection({ state: "open", attempt });
    this.to.message(message);
    for (const kept of this.#kept.splice(0)) this.sendJson(kept);
    this.#pings = 0;
    this.#ping();
  }

  #ping() {
    clearTimeout(this.#ping_timer);
    if (now() - this.#heard_ms > SILENCE_MS) {
      this.#lost({ reason: "silent" });
      return;
    }
    this.#ping_timer = setTimeout(() => this.#ping(), this.#pings < QUICK_PINGS ? QUICK_PING_MS : PING_MS);
    this.#pings += 1;
    this.sendJson({ type: "ping", t1: now() });
  }

  /** @param {{t1: number, t2: number, t3: number}} stamps @param {number} t4 page clock (ms) */
  #pong({ t1, t2, t3 }, t4) {
    const stamps = { t1, t2, t3, t4 };
    this.sendJson({ type: "synced", ...stamps });
    this.to.server_clock(this.#clock.exchange(stamps));
  }

  /** @param {any} message sent now, or, while the server is away, as soon as it is back */
  sendJson(message) {
    if (message.type === "language") this.hello = { ...this.hello, language: message.language };
    if (this.waiting !== null) this.#socket?.send(JSON.stringify(message));
    else if (this.#kept.push(message) > KEPT_MESSAGES) {
      this.#kept.shift();
      this.counts.messages_lost += 1;
    }
  }

  /** @param {ArrayBuffer} buffer */
  sendBinary(buffer) {
    this.#socket?.send(buffer);
  }
}
