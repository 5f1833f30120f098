/**
 * The page's side of playback: the AudioContext, one gain per column, permission to sound, and looks at the output device
 * when the Worker asks for one. Sound and orders to start or stop do not pass through here.
 */

import { COLUMNS, SLOTS, TABS, slotOf } from "./frames.js";

/** Time constant with which a column becomes audible or not (s): no click, and faster than anybody notices. */
const GAIN_S = 0.005;
/** How long a context may take to begin before the page counts as not allowed to sound (ms). */
const BEGIN_MS = 1000;
/** What counts as a user's gesture with which a browser lets a page sound. */
const GESTURES = ["mousedown", "pointerup", "touchend", "keydown"];

/** @typedef {"blocked" | "starting" | "running" | "unavailable"} AudioState */

export class Player {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {Promise<void> | null} */
  #created = null;
  #built = false;
  /** @type {GainNode[]} */
  #gains = [];
  /** @type {Record<string, string | null>} which column of each tab is heard */
  #audible = Object.fromEntries(TABS.map((tab) => [tab, COLUMNS[0]]));
  /** @type {AudioState} */
  #state = "blocked";
  #gesture = () => this.unlock();

  /**
   * @param {object} to
   * @param {(port: MessagePort) => void} to.attach hands the audio thread's port to the Worker
   * @param {(look: object) => void} to.look hands a look at the output device to the Worker
   * @param {(state: AudioState, detail: string) => void} to.state
   * @param {{now: () => number, fromPerformance: (ms: number) => number}} to.clock page clock
   */
  constructor(to) {
    this.to = to;
    for (const gesture of GESTURES) window.addEventListener(gesture, this.#gesture, true);
    if (navigator.userActivation?.hasBeenActive) this.unlock();
  }

  /** @returns {AudioState} */
  get state() {
    return this.#state;
  }

  /** @param {AudioState} state @param {string} [detail] */
  #become(state, detail = "") {
    if (state === this.#state) return;
    this.#state = state;
    this.to.state(state, detail);
  }

  /**
   * Let the page sound. To be called in a user's gesture; any click or key does it as well.
   *
   * @returns {Promise<boolean>} whether the page may sound now
   */
  async unlock() {
    try {
      // No context before the first gesture: browsers complain of one that they have to hold back.
      this.#created ??= this.#create();
      await this.#created;
      if (this.#context && this.#context.state !== "running") await this.#begin(this.#context);
    } catch (error) {
      this.#fail(error instanceof Error ? error.name : "Error");
    }
    return this.#state === "running";
  }

  async #create() {
    const context = new AudioContext({ latencyHint: "interactive" });
    this.#context = context;
    this.#become("starting");
    context.onstatechange = () => this.#changed(context);
    await context.audioWorklet.addModule(new URL("./player_worklet.js", import.meta.url));
    const node = new AudioWorkletNode(context, "firstword-player", {
      numberOfInputs: 0,
      numberOfOutputs: SLOTS,
      outputChannelCount: Array(SLOTS).fill(1),
    });
    node.onprocessorerror = () => this.#fail("processor");
    const { port1, port2 } = new MessageChannel();
    node.port.postMessage({ port: port1 }, [port1]);
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const gain = new GainNode(context, { gain: 0 });
      node.connect(gain, slot).connect(context.destination);
      this.#gains.push(gain);
    }
    for (const tab of TABS) this.setAudible(tab, this.#audible[tab]);
    this.to.attach(port2);
    await this.#begin(context);
    this.#built = true;
    this.#changed(context);
  }

  /** @param {AudioContext} context let it run; where the browser does not allow it, its promise never settles */
  async #begin(context) {
    const late = new Promise((resolve) => setTimeout(resolve, BEGIN_MS));
    await Promise.race([context.resume(), late]);
  }

  /** @param {AudioContext} context */
  #changed(context) {
    const running = context.state === "running";
    this.look();
    if (!this.#built) return; // `#create` comes back here
    this.#become(running ? "running" : "blocked", context.state);
  }

  /** @param {string} detail */
  #fail(detail) {
    this.#become("unavailable", detail);
  }

  /** Tell the Worker how context time and the output device stand now. */
  look() {
    const context = this.#context;
    if (!context) return;
    const stamp = context.getOutputTimestamp?.();
    const [context_s, at_output_ms] = [stamp?.contextTime ?? null, stamp?.performanceTime ?? null];
    this.to.look({
      running: context.state === "running",
      context_s,
      page_ms: at_output_ms === null ? null : this.to.clock.fromPerformance(at_output_ms),
      now_s: context.currentTime,
      at_ms: this.to.clock.now(),
      base_latency_s: context.baseLatency ?? null,
      output_latency_s: context.outputLatency ?? null,
    });
  }

  /** @param {string} tab @param {string | null} column the one column of the tab that is heard, null for none */
  setAudible(tab, column) {
    this.#audible[tab] = column;
    for (const one of COLUMNS) {
      const node = this.#gains[slotOf(tab, one)];
      node?.gain.setTargetAtTime(one === column ? 1 : 0, node.context.currentTime, GAIN_S);
    }
  }

  async close() {
    for (const gesture of GESTURES) window.removeEventListener(gesture, this.#gesture, true);
    if (this.#context && this.#context.state !== "closed") await this.#context.close();
  }
}
