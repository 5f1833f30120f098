/** What the page knows: one state, changed by the server's messages only, and who wants to hear of it. */

/**
 * @typedef {object} Turn
 * @property {string} turn
 * @property {number} serial
 * @property {string} input
 * @property {string} text
 * @property {string} transcript
 * @property {boolean} final
 * @property {string} reply
 * @property {any} view TurnView of docs/page-protocol.md, or null
 * @property {boolean} painted
 */

const TURNS = 300;

class ColumnState {
  constructor() {
    this.state = { state: "loading", since: performance.now(), left_ms: null, usual_ms: null };
    this.level = { probability: 0, voiced: false };
    /** @type {Map<string, Turn>} */
    this.turns = new Map();
    /** @type {string | null} the turn whose waterfall is shown; null = the latest */
    this.chosen = null;
    this.problem = null;
  }

  /** @param {string} id @returns {Turn} */
  turn(id) {
    let turn = this.turns.get(id);
    if (!turn) {
      turn = { turn: id, serial: 0, input: "", text: "", transcript: "", final: false, reply: "", view: null, painted: false };
      this.turns.set(id, turn);
      if (this.turns.size > TURNS) this.turns.delete(this.turns.keys().next().value);
    }
    return turn;
  }

  /** @param {any} view a TurnView as stored */
  restore(view) {
    const turn = this.turn(view.turn);
    Object.assign(turn, { serial: view.serial, input: view.input, text: view.text, transcript: view.transcript, final: true });
    Object.assign(turn, { reply: view.reply, view, painted: true });
  }

  /** @returns {Turn | null} */
  shown() {
    if (this.chosen && this.turns.has(this.chosen)) return this.turns.get(this.chosen) ?? null;
    const all = [...this.turns.values()];
    return all.reverse().find((turn) => turn.view?.waterfall) ?? null;
  }
}

class TabState {
  constructor() {
    this.workspace = { columns: [] };
    /** @type {Map<string, ColumnState>} */
    this.columns = new Map();
    this.summary = {};
    this.verdict = null;
    this.run = null;
    this.rms_db = -120;
    this.audible = "A";
  }

  /** @param {string} letter */
  column(letter) {
    let column = this.columns.get(letter);
    if (!column) this.columns.set(letter, (column = new ColumnState()));
    return column;
  }
}

export class Store {
  constructor() {
    this.ready = false;
    this.tabs = { voice: new TabState(), chat: new TabState() };
    this.presets = [];
    this.providers = {};
    this.keys = [];
    this.knobs = {};
    this.inputs = [];
    this.glossary = {};
    this.notices = [];
    this.instrument = null;
    this.connection = { state: "connecting" };
    this.microphone = { on: false, tab: null };
    this.audio = { state: "starting" };
    /** @type {any[]} problems that stay until they are dismissed */
    this.problems = [];
    /** @type {Map<string, Set<(message: any) => void>>} */
    this.listeners = new Map();
  }

  /** @param {string} topic message type, or `*` @param {(message: any) => void} listener */
  on(topic, listener) {
    const all = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, all.add(listener));
    return () => all.delete(listener);
  }

  /** @param {any} message */
  emit(message) {
    for (const listener of this.listeners.get(message.type) ?? []) listener(message);
  }

  /** @param {any} link */
  attach(link) {
    const types = ["welcome", "workspace", "presets", "inputs", "keys", "state", "level", "turn", "transcript", "token", "timing", "outcome",
      "summary", "run", "verdict", "instrument", "problem", "connection", "microphone", "microphone_level", "audio"];
    for (const type of types) {
      link.on(type, (message) => {
        const take = this[`take_${type}`];
        if (take) take.call(this, message);
        this.emit(message);
      });
    }
  }

  take_welcome(message) {
    Object.assign(this, { ready: true, presets: message.presets, providers: message.providers, knobs: message.knobs });
    Object.assign(this, { keys: message.keys ?? [], inputs: message.inputs, notices: message.notices ?? [], glossary: message.glossary ?? {} });
    for (const name of ["voice", "chat"]) {
      const audible = this.tabs[name].audible;
      const tab = (this.tabs[name] = new TabState());
      Object.assign(tab, { audible, workspace: message.workspaces[name], summary: message.summary[name] });
      tab.verdict = message.verdicts[name];
      for (const [letter, views] of Object.entries(message.history[name] ?? {})) for (const view of views) tab.column(letter).restore(view);
    }
    for (const state of message.states ?? []) this.take_state(state);
  }

  take_workspace({ tab, workspace }) {
    this.tabs[tab].workspace = workspace;
    const letters = workspace.columns.map((column) => column.column);
    for (const letter of [...this.tabs[tab].columns.keys()]) if (!letters.includes(letter)) this.tabs[tab].columns.delete(letter);
    if (!letters.includes(this.tabs[tab].audible)) this.tabs[tab].audible = letters[0] ?? "A";
  }

  take_presets({ presets }) {
    this.presets = presets;
  }

  take_keys({ keys }) {
    this.keys = keys;
  }

  take_inputs({ inputs }) {
    this.inputs = inputs;
  }

  take_state({ tab, column, state, left_ms, usual_ms }) {
    this.tabs[tab].column(column).state = { state, left_ms, usual_ms, since: performance.now() };
  }

  take_level({ tab, rms_db, columns }) {
    this.tabs[tab].rms_db = rms_db;
    for (const [letter, level] of Object.entries(columns)) this.tabs[tab].column(letter).level = level;
  }

  take_turn({ tab, column, turn, serial, input, text }) {
    const state = this.tabs[tab].column(column);
    Object.assign(state.turn(turn), { serial, input, text });
    state.chosen = null;
    state.problem = null;
  }

  take_transcript({ tab, column, turn, text, final }) {
    Object.assign(this.tabs[tab].column(column).turn(turn), { transcript: text, final });
  }

  take_token({ tab, column, turn, text }) {
    this.tabs[tab].column(column).turn(turn).reply += text;
  }

  take_timing({ tab, column, turn, view }) {
    this.tabs[tab].column(column).turn(turn).view = view;
  }

  take_outcome({ tab, column, turn, view }) {
    const state = this.tabs[tab].column(column);
    const known = state.turn(turn);
    known.view = view;
    if (view.reply.length > known.reply.length) known.reply = view.reply;
    if (view.message) state.problem = { code: view.reason, message: view.message, facts: view.facts, since: performance.now() };
  }

  take_summary({ tab, summary }) {
    this.tabs[tab].summary = summary;
  }

  take_run(message) {
    this.tabs[message.tab].run = message.state === "running" ? message : null;
  }

  take_verdict({ tab, verdict }) {
    this.tabs[tab].verdict = verdict;
  }

  take_instrument(message) {
    this.instrument = message;
  }

  take_connection(message) {
    this.connection = message;
  }

  take_microphone(message) {
    this.microphone = message;
  }

  take_audio(message) {
    this.audio = message;
    if (message.state === "running") this.clear("sound_blocked");
  }

  take_problem(message) {
    if (message.cleared) return this.clear(message.code);
    if (message.fields?.length) return; // shown at the field
    this.clear(message.code);
    this.problems = [...this.problems, message].slice(-4);
  }

  /** @param {string} code */
  clear(code) {
    this.problems = this.problems.filter((problem) => problem.code !== code);
  }
}
