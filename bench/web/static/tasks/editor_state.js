/**
 * The profession that is being edited: both languages side by side, what was saved last, and how its lists stood before.
 *
 * Each task and criterion is one object for as long as it is edited, so undoing a change of the lists keeps what was typed since.
 */

const KEY = "firstword.tasks.editor";
const LANGUAGES = ["en", "ru"];
const MOST_STEPS = 100;

let made = 0;
const mark = () => `e${++made}`;

/** @param {any} text @returns {{en: string, ru: string}} */
const sides = (text) => ({ en: text?.en ?? "", ru: text?.ru ?? "" });
/** @param {{en: string, ru: string}} text */
const written = (text) => Object.fromEntries(LANGUAGES.filter((code) => text[code].trim()).map((code) => [code, text[code]]));
/** Lines that hold something. @param {string} text */
export const linesOf = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** What was typed as a number, or as it was typed if it is none: the workbench then says so. @param {string} typed */
function numberOf(typed) {
  const text = typed.trim().replace(",", ".");
  if (!text) return undefined;
  return Number.isFinite(Number(text)) ? Number(text) : typed.trim();
}

/** @param {any} [given] of the workbench; a new one without */
export const criterionFrom = (given = {}) => ({
  uid: mark(), id: given.id, title: sides(given.title), weight: String(given.weight ?? 1), looks_for: sides(given.looks_for),
  signs: { en: (given.signs?.en ?? []).join("\n"), ru: (given.signs?.ru ?? []).join("\n") },
});

/** @param {any} [given] */
export const taskFrom = (given = {}) => ({
  uid: mark(), id: given.id, title: sides(given.title), description: sides(given.description), material: sides(given.material),
  time_limit_minutes: String(given.time_limit_minutes ?? 10),
  criteria: (given.criteria ?? [{}]).map(criterionFrom),
});

/** @param {any} given */
const professionFrom = (given) => ({
  uid: "profession", id: given.id, name: given.name, title: sides(given.title), summary: sides(given.summary), prompt: sides(given.prompt),
  tasks: (given.tasks ?? [{}]).map(taskFrom),
});

const criterionTo = (criterion) => ({
  ...(criterion.id ? { id: criterion.id } : {}), title: written(criterion.title), weight: numberOf(criterion.weight), looks_for: written(criterion.looks_for),
  signs: Object.fromEntries(LANGUAGES.map((code) => [code, linesOf(criterion.signs[code])]).filter(([, signs]) => signs.length)),
});

const taskTo = (task) => ({
  ...(task.id ? { id: task.id } : {}), title: written(task.title), description: written(task.description), material: written(task.material),
  time_limit_minutes: numberOf(task.time_limit_minutes), criteria: task.criteria.map(criterionTo),
});

/** @param {any} own */
const professionTo = (own) => ({
  ...(own.id ? { id: own.id } : {}), ...(own.name ? { name: own.name } : {}), title: written(own.title), summary: written(own.summary), prompt: written(own.prompt),
  tasks: own.tasks.map(taskTo),
});

/** Without numbers and names: the workbench gives out its own. @param {any} profession as the workbench has it @param {{en: string, ru: string}} ending */
export function asNew(profession, ending) {
  const { id, name, ...rest } = profession;
  const title = Object.fromEntries(Object.entries(rest.title).map(([code, text]) => [code, `${text.slice(0, 150)} ${ending[code]}`]));
  return { ...rest, title, tasks: rest.tasks.map(({ id: number, ...task }) => task) };
}

export class EditorState {
  /** @param {any} given a profession as the workbench has it @param {string} revision empty: it is not at the workbench yet */
  constructor(given, revision) {
    this.own = professionFrom(given);
    this.revision = revision;
    this.saved = revision ? this.text : "";
    /** As it was opened: a new one that nobody touched asks nothing when it is left. */
    this.opened = this.text;
    /** @type {any[]} */
    this.before = [];
    /** @type {any[]} */
    this.after = [];
  }

  get data() {
    return professionTo(this.own);
  }

  get text() {
    return JSON.stringify(this.data);
  }

  /** Something would be lost if it went away. */
  get dirty() {
    return this.text !== (this.saved || this.opened);
  }

  /** Only this task: what is wrong with the others does not matter to it. @param {any} task */
  alone(task) {
    return { ...this.data, tasks: [taskTo(task)] };
  }

  // ── the lists ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  lists() {
    return this.own.tasks.map((task) => ({ task, criteria: [...task.criteria] }));
  }

  /** Put the lists back as they stood. @param {{task: any, criteria: any[]}[]} lists */
  put(lists) {
    this.own.tasks = lists.map(({ task, criteria }) => Object.assign(task, { criteria: [...criteria] }));
  }

  /** Change the lists in a way that can be undone. @param {string} what @param {() => void} change */
  arrange(what, change) {
    this.before.push({ what, lists: this.lists() });
    if (this.before.length > MOST_STEPS) this.before.shift();
    this.after = [];
    change();
  }

  /** @returns {string} what was undone, or empty */
  undo() {
    return this.step(this.before, this.after);
  }

  redo() {
    return this.step(this.after, this.before);
  }

  step(from, to) {
    const last = from.pop();
    if (!last) return "";
    to.push({ what: last.what, lists: this.lists() });
    this.put(last.lists);
    return last.what;
  }

  // ── the workbench ──────────────────────────────────────────────────────────────────────────────────────────────────────
  /** It is saved: numbers and names that were given out are taken over, and what was typed meanwhile stays. @param {any} sent `{text, tasks}` @param {any} answer */
  accept(sent, answer) {
    const { profession } = answer;
    const untouched = this.text === sent.text;
    Object.assign(this.own, { id: profession.id, name: profession.name });
    sent.tasks.forEach(({ task, criteria }, at) => {
      task.id = profession.tasks[at]?.id;
      criteria.forEach((criterion, place) => (criterion.id = profession.tasks[at]?.criteria[place]?.id));
    });
    this.revision = answer.revision;
    this.saved = untouched ? this.text : "{}"; // nothing that is ever edited is this
  }

  /** What goes to the workbench now. */
  sending() {
    return { text: this.text, data: this.data, tasks: this.lists() };
  }

  // ── a reload ───────────────────────────────────────────────────────────────────────────────────────────────────────────
  kept() {
    return { own: this.own, revision: this.revision, saved: this.saved, opened: this.opened };
  }

  /** @param {any} kept @returns {EditorState} */
  static from(kept) {
    const state = new EditorState({}, "");
    const again = (part) => ({ ...part, uid: mark() });
    const tasks = kept.own.tasks.map((task) => ({ ...again(task), criteria: task.criteria.map(again) }));
    Object.assign(state, { own: { ...kept.own, tasks }, revision: kept.revision, saved: kept.saved, opened: kept.opened });
    return state;
  }
}

/** In this window until it is closed: a reload finds it again. @param {any} content null forgets it @returns {boolean} whether there was room */
export function keep(content) {
  try {
    if (content) sessionStorage.setItem(KEY, JSON.stringify(content));
    else sessionStorage.removeItem(KEY);
    return true;
  } catch {
    return false; // the browser gives no more room: leaving still warns
  }
}

export function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}
