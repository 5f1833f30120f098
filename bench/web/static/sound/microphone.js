/** The page's side of the microphone: permission, the device, its level, and what went wrong in plain codes. */

import { MICROPHONE_HZ } from "./frames.js";

/** The browser's names for what can go wrong when a microphone is asked for. @type {Record<string, string>} */
const CODES = {
  NotAllowedError: "microphone_denied",
  SecurityError: "microphone_denied",
  NotFoundError: "microphone_missing",
  OverconstrainedError: "microphone_missing",
  NotReadableError: "microphone_busy",
  AbortError: "microphone_busy",
};

/**
 * What to ask the browser for. Echo cancellation is on by default: without it a loudspeaker interrupts itself.
 * @typedef {{echo_cancellation?: boolean, noise_suppression?: boolean, automatic_gain?: boolean}} Wishes
 */

/**
 * What the track really does; null where the browser does not say.
 * @typedef {object} TrackSettings
 * @property {boolean | null} echo_cancellation
 * @property {boolean | null} noise_suppression
 * @property {boolean | null} automatic_gain
 * @property {number | null} latency_ms length of the device's bursts (ms)
 * @property {number | null} rate_hz rate of the device (Hz)
 * @property {string} device its name
 */

export class Microphone {
  /** @type {{stream: MediaStream, context: AudioContext, tab: string, settings: TrackSettings} | null} */
  #on = null;
  /** Which start still counts. */
  #generation = 0;
  #silent = false;

  /**
   * @param {object} to
   * @param {(microphone: object | null, transfer: Transferable[]) => void} to.worker hands the microphone to the
   *   Worker, or takes it away
   * @param {(state: {on: boolean, tab: string | null, settings: TrackSettings | null}) => void} to.state
   * @param {(level: {tab: string, rms_db: number, peak_db: number}) => void} to.level
   * @param {(problem: {code: string, tab: string, detail: string, cleared?: boolean}) => void} to.problem
   */
  constructor(to) {
    this.to = to;
  }

  /** @returns {{on: boolean, tab: string | null, settings: TrackSettings | null}} */
  get state() {
    return { on: this.#on !== null, tab: this.#on?.tab ?? null, settings: this.#on?.settings ?? null };
  }

  /**
   * Switch the microphone on for a tab; if it is on for another one, it changes over.
   *
   * @param {string} tab `voice` or `chat`
   * @param {Wishes} [wishes]
   * @returns {Promise<boolean>} whether it is on; if not, a problem has been told (or `stop` came in between)
   */
  async start(tab, { echo_cancellation = true, noise_suppression = true, automatic_gain = true } = {}) {
    this.stop();
    const generation = this.#generation;
    if (!navigator.mediaDevices?.getUserMedia) {
      this.to.problem({ code: "microphone_insecure", tab, detail: location.origin });
      return false;
    }
    /** @type {MediaStream | null} */
    let stream = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: {
          echoCancellation: echo_cancellation,
          noiseSuppression: noise_suppression,
          autoGainControl: automatic_gain,
          channelCount: 1,
        },
      });
      if (generation === this.#generation) await this.#listen(stream, tab, generation);
    } catch (error) {
      const name = error instanceof Error ? error.name : "Error";
      if (generation === this.#generation) this.to.problem({ code: CODES[name] ?? "microphone_failed", tab, detail: name });
    }
    if (this.#on?.stream === stream && stream) return true;
    for (const track of stream?.getTracks() ?? []) track.stop();
    return false;
  }

  /** @param {MediaStream} stream @param {string} tab @param {number} generation */
  async #listen(stream, tab, generation) {
    const { context, source } = sourceOf(stream);
    try {
      await context.audioWorklet.addModule(new URL("./capture_worklet.js", import.meta.url));
      if (context.state !== "running") await context.resume();
    } catch (error) {
      await context.close();
      throw error;
    }
    if (generation !== this.#generation) {
      await context.close();
      return;
    }
    const node = new AudioWorkletNode(context, "firstword-capture", { channelCount: 1, channelCountMode: "explicit" });
    const { port1, port2 } = new MessageChannel();
    const settings = settingsOf(stream.getAudioTracks()[0]);
    this.#on = { stream, context, tab, settings };
    this.#silent = false;
    node.port.onmessage = ({ data }) => this.#level(data, tab, generation);
    node.port.postMessage({ port: port1 }, [port1]);
    const { echo_cancellation, latency_ms } = settings;
    this.to.worker({ tab, echo_cancellation, latency_ms, port: port2 }, [port2]);
    // The node gives silence; connected, it is rendered in every browser.
    source.connect(node).connect(context.destination);
    stream.getAudioTracks()[0].onended = () => this.#lost(generation);
    this.to.state(this.state);
  }

  /** @param {{rms_db: number, peak_db: number, silent: boolean}} level @param {string} tab @param {number} generation */
  #level({ rms_db, peak_db, silent }, tab, generation) {
    if (generation !== this.#generation) return;
    this.to.level({ tab, rms_db, peak_db });
    if (silent === this.#silent) return;
    this.#silent = silent;
    this.to.problem({ code: "microphone_silent", tab, detail: this.#on?.settings.device ?? "", cleared: !silent });
  }

  /** @param {number} generation */
  #lost(generation) {
    if (generation !== this.#generation || !this.#on) return;
    const { tab, settings } = this.#on;
    this.stop();
    this.to.problem({ code: "microphone_lost", tab, detail: settings.device });
  }

  /** Switch it off; a start that still waits for permission comes to nothing. */
  stop() {
    this.#generation += 1;
    const on = this.#on;
    if (!on) return;
    this.#on = null;
    this.to.worker(null, []);
    for (const track of on.stream.getTracks()) {
      track.onended = null;
      track.stop();
    }
    on.context.close();
    this.to.state(this.state);
  }
}

/** @param {MediaStream} stream @returns {{context: AudioContext, source: MediaStreamAudioSourceNode}} */
function sourceOf(stream) {
  const context = new AudioContext({ sampleRate: MICROPHONE_HZ });
  try {
    return { context, source: context.createMediaStreamSource(stream) };
  } catch (error) {
    // Firefox connects a microphone only to a context of the device's own rate: the worklet resamples then.
    context.close();
    if (!(error instanceof DOMException) || error.name !== "NotSupportedError") throw error;
    const own = new AudioContext();
    return { context: own, source: own.createMediaStreamSource(stream) };
  }
}

/** @param {MediaStreamTrack} track @returns {TrackSettings} */
function settingsOf(track) {
  /** @type {any} */
  const settings = track.getSettings();
  // Some browsers answer with the kind of echo cancellation instead of true.
  const flag = (/** @type {unknown} */ value) => (value === undefined ? null : Boolean(value));
  return {
    echo_cancellation: flag(settings.echoCancellation),
    noise_suppression: flag(settings.noiseSuppression),
    automatic_gain: flag(settings.autoGainControl),
    latency_ms: typeof settings.latency === "number" ? settings.latency * 1000 : null,
    rate_hz: settings.sampleRate ?? null,
    device: track.label,
  };
}
