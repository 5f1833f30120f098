/**
 * The replies that are on their way through the player, seen from the Worker: which turn they belong to, when their sound
 * arrived, and the marks that come of it.
 */

import { readSoundDown, slotOf } from "./frames.js";
import { OutputTime } from "./output_clock.js";

/** How long a mark waits, after its instant, for the output device to confirm that it has got there (ms). */
const CONFIRM_MS = 150;
/** How long the first mark waits, when nothing is known of the device yet, before it is estimated (ms). */
const ACQUAINT_MS = 400;
/** Turns of one column whose ids are remembered. */
const KNOWN_TURNS = 256;
/** Sound kept for a player that is not there yet (bytes): 2 minutes at 24 kHz for two columns. */
const EARLY_BYTES = 12_000_000;
/** How often the page is asked to look at the output device while a reply is on its way (ms). */
const LOOK_MS = 100;

/**
 * @typedef {object} Reply
 * @property {number} id its number in the player
 * @property {number} slot
 * @property {string} tab
 * @property {string} column
 * @property {number} serial
 * @property {number} rate_hz
 * @property {string | null} turn null until the turn's id is known
 * @property {boolean} over
 * @property {{position: number, at_ms: number}[]} arrivals of its chunks (page clock, ms)
 * @property {object[]} held marks that wait for the turn's id
 */

export class Replies {
  /** @type {Map<string, Reply>} by slot and serial; the newest conversation's */
  #by_serial = new Map();
  /** @type {Map<number, Reply>} by number in the player */
  #by_id = new Map();
  /** @type {Map<string, string>[]} serial → turn id, for each slot */
  #turns = [];
  /** @type {MessagePort | null} */
  #player = null;
  /** @type {[any, Transferable[]][]} */
  #early = [];
  #early_bytes = 0;
  #watching = 0;
  #next_id = 1;
  #output = new OutputTime();
  /** @type {Set<{settle: (final: boolean) => void}>} */
  #unconfirmed = new Set();
  /** What happened so far. */
  counts = {
    chunks: 0,
    malformed: 0,
    late_chunks: 0,
    early_lost: 0,
    abandoned: 0,
    underruns: 0,
    underrun_ms: 0,
    overflow_ms: 0,
  };

  /**
   * @param {object} to
   * @param {(mark: object) => void} to.mark sends a mark to the server
   * @param {(message: object) => void} to.tell tells the page
   * @param {() => number} to.now page clock (ms)
   */
  constructor({ mark, tell, now }) {
    this.mark = mark;
    this.tell = tell;
    this.now = now;
  }

  /** @param {MessagePort} port the player on the audio thread */
  attach(port) {
    this.#player = port;
    port.onmessage = ({ data }) => this.#report(data, this.now());
    for (const [order, transfer] of this.#early.splice(0)) port.postMessage(order, transfer);
    this.#early_bytes = 0;
  }

  /** @param {any} order @param {Transferable[]} transfer */
  #order(order, transfer = []) {
    if (this.#player) this.#player.postMessage(order, transfer);
    else if ((this.#early_bytes += order.buffer.byteLength) <= EARLY_BYTES) this.#early.push([order, transfer]);
    else this.counts.early_lost += 1;
  }

  /** The page looks at the output device when told to: browsers slow down the timers of a hidden page, but not its messages. */
  #watch() {
    const due = this.#by_id.size > 0 || this.#unconfirmed.size > 0;
    if (due && !this.#watching) this.#watching = setInterval(() => this.#watch(), LOOK_MS);
    else if (!due) {
      clearInterval(this.#watching);
      this.#watching = 0;
      return;
    }
    this.tell({ type: "look" });
  }

  /** @param {any} message from the server: the ids and serials of turns are remembered */
  learn(message) {
    if (message.type === "turn") this.#know(message.tab, message.column, message.serial, message.turn);
    if (message.type !== "welcome") return;
    for (const [tab, columns] of Object.entries(message.history ?? {})) {
      for (const [column, views] of Object.entries(columns)) {
        // Newest last, and every conversation counts from the beginning: only the last of a serial can still sound.
        const latest = new Map(views.map((/** @type {any} */ view) => [view.serial, view.turn]));
        for (const [serial, turn] of latest) this.#know(tab, column, serial, turn);
      }
    }
  }

  /** @param {string} tab @param {string} column @param {number} serial @param {string} turn */
  #know(tab, column, serial, turn) {
    const slot = slotOf(tab, column);
    if (slot < 0 || serial === undefined) return;
    const turns = (this.#turns[slot] ??= new Map());
    turns.delete(String(serial));
    turns.set(String(serial), turn);
    if (turns.size > KNOWN_TURNS) turns.delete([...turns.keys()][0]);
    const reply = this.#by_serial.get(`${slot}:${serial}`);
    if (!reply || reply.turn === turn) return;
    if (reply.turn !== null) {
      this.#by_serial.delete(`${slot}:${serial}`); // a new conversation counts from the beginning again
      return;
    }
    reply.turn = turn;
    for (const mark of reply.held.splice(0)) this.mark({ ...mark, turn });
  }

  /** @param {ArrayBuffer} buffer a binary frame of the socket @param {number} at_ms its arrival (page clock, ms) */
  chunk(buffer, at_ms) {
    const header = readSoundDown(buffer);
    if (!header) {
      this.counts.malformed += 1;
      return;
    }
    const reply = this.#replyOf(header, at_ms);
    if (reply.over || reply.rate_hz !== header.rate_hz) {
      this.counts[reply.over ? "late_chunks" : "malformed"] += 1;
      return;
    }
    this.counts.chunks += 1;
    reply.arrivals.push({ position: header.position, at_ms });
    const { slot, rate_hz, position, last, audible } = header;
    this.#order({ type: "chunk", slot, reply: reply.id, rate_hz, position, last, audible, buffer }, [buffer]);
  }

  /** @param {import("./frames.js").SoundDown} header @param {number} at_ms @returns {Reply} */
  #replyOf({ slot, tab, column, serial, rate_hz }, at_ms) {
    const key = `${slot}:${serial}`;
    const known = this.#by_serial.get(key);
    if (known) return known;
    const turn = this.#turns[slot]?.get(String(serial)) ?? null;
    const reply = { id: this.#next_id++, slot, tab, column, serial, rate_hz, turn, over: false, arrivals: [], held: [] };
    for (const [old, one] of this.#by_serial) if (one.slot === slot && one.over) this.#by_serial.delete(old);
    this.#by_serial.set(key, reply);
    this.#by_id.set(reply.id, reply);
    if (!this.#watching) this.#watch();
    this.tell({ type: "reply", tab, column, turn });
    this.#send(reply, { name: "audio_received", at_ms, estimated: false, data: {} });
    return reply;
  }

  /** @param {string} tab @param {string} column @param {string} turn silence this reply at once */
  stop(tab, column, turn) {
    const slot = slotOf(tab, column);
    for (const reply of this.#by_id.values()) {
      if (reply.slot !== slot || reply.turn !== turn || reply.over) continue;
      reply.over = true;
      if (this.#player) this.#order({ type: "stop", slot, reply: reply.id });
      else this.#forget(reply);
    }
  }

  /** @param {Reply} reply silenced before there was a player to play it */
  #forget(reply) {
    this.#early = this.#early.filter(([order]) => order.reply !== reply.id);
    this.#early_bytes = this.#early.reduce((sum, [order]) => sum + order.buffer.byteLength, 0);
    this.#by_id.delete(reply.id);
    this.#send(reply, { name: "playback_stopped", at_ms: this.now(), estimated: false, data: { heard_ms: 0 } });
  }

  /** @param {any} report of the player @param {number} arrived_ms page clock (ms) */
  #report(report, arrived_ms) {
    if (report.now_s !== null) this.#output.rendered(report.now_s, arrived_ms);
    const reply = this.#by_id.get(report.reply);
    if (!reply) return;
    if (report.type === "started") this.#started(reply, report, arrived_ms);
    else if (report.type === "ended" || report.type === "stopped") this.#finished(reply, report, arrived_ms);
    else if (report.type === "abandoned") {
      reply.over = true;
      this.#by_id.delete(reply.id);
      this.counts.abandoned += 1;
    } else if (report.type === "underrun") {
      this.counts.underruns += 1;
      this.counts.underrun_ms += report.gap_ms;
    } else if (report.type === "overflow") {
      this.counts.overflow_ms += report.lost_ms;
      this.tell({ type: "problem", code: "sound_overflow", tab: reply.tab, column: reply.column });
    }
  }

  /** @param {Reply} reply @param {any} report @param {number} arrived_ms */
  #started(reply, report, arrived_ms) {
    const { at_ms } = reply.arrivals.findLast((one) => one.position <= report.index) ?? reply.arrivals[0];
    const lead_silence_ms = (report.index / reply.rate_hz) * 1000;
    // It cannot have been rendered before it was here.
    const rendered_ms = Math.max(this.#renderedAt(report, arrived_ms), at_ms);
    this.#confirm(reply, "playback_started", report.context_s, rendered_ms, ({ output_latency_ms }) => {
      return { buffer_ms: rendered_ms - at_ms, output_latency_ms, lead_silence_ms };
    });
  }

  /** @param {Reply} reply @param {any} report @param {number} arrived_ms */
  #finished(reply, report, arrived_ms) {
    reply.over = true;
    this.#by_id.delete(reply.id);
    if (report.context_s === null) return;
    const { type, underruns, underrun_ms, missing_ms } = report;
    const data = { ...(type === "stopped" && { heard_ms: report.heard_ms }), underruns, underrun_ms, missing_ms };
    const name = type === "stopped" ? "playback_stopped" : "playback_ended";
    this.#confirm(reply, name, report.context_s, this.#renderedAt(report, arrived_ms), () => data);
  }

  /**
   * A report of the quantum that holds the sample comes as it is rendered. Of an older sample the evenly running context time
   * tells when, to within one burst of the device.
   *
   * @param {any} report @param {number} arrived_ms @returns {number} when the sample was rendered (page clock, ms)
   */
  #renderedAt({ context_s, now_s }, arrived_ms) {
    const present = now_s !== null && context_s >= now_s;
    return present ? arrived_ms : Math.min(this.#output.renderedAt(context_s) ?? arrived_ms, arrived_ms);
  }

  /**
   * Send a mark once the output device has been seen to have got there; a device that is not seen is not waited for.
   *
   * @param {Reply} reply
   * @param {string} name
   * @param {number} context_s context time of the instant (s)
   * @param {number} rendered_ms when it was rendered (page clock, ms)
   * @param {(instant: import("./output_time.js").OutputInstant) => object} data
   */
  #confirm(reply, name, context_s, rendered_ms, data) {
    const instant = () => this.#output.instant(context_s, rendered_ms);
    const soon = instant();
    this.tell({ type: "playback", tab: reply.tab, column: reply.column, turn: reply.turn, name, at_ms: soon.at_ms });
    const entry = {
      settle: (/** @type {boolean} */ final) => {
        const reached_s = this.#output.reached_s;
        if (!final && (reached_s === null || reached_s < context_s)) return;
        const { at_ms, estimated } = instant();
        this.#unconfirmed.delete(entry);
        this.#send(reply, { name, at_ms, estimated, data: data(instant()) });
      },
    };
    this.#unconfirmed.add(entry);
    const wait_ms = soon.estimated ? ACQUAINT_MS : Math.max(0, soon.at_ms - this.now()) + CONFIRM_MS;
    setTimeout(() => this.#unconfirmed.has(entry) && entry.settle(true), wait_ms);
    entry.settle(false);
  }

  /** @param {Parameters<OutputTime["look"]>[0]} look the page's look at its AudioContext */
  look(look) {
    this.#output.look(look);
    for (const entry of [...this.#unconfirmed]) entry.settle(false);
  }

  /** @param {Reply} reply @param {object} mark */
  #send(reply, mark) {
    const whole = { tab: reply.tab, column: reply.column, turn: reply.turn, ...mark };
    if (reply.turn === null) reply.held.push(whole);
    else this.mark(whole);
  }
}
