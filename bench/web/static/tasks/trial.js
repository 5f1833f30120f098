/**
 * One way through a profession, as this window follows it: what is due, what the model writes, the time that is left, and the
 * answer. It knows nothing of the screen. The workbench's word counts; after each step it is asked again.
 */

import { aborted, ask, messages, NoAnswer, problemOf, wayFailed } from "./api.js";
import { Changes } from "./changes.js";
import { Countdown } from "./countdown.js";
import { Draft } from "./draft.js";
import { afterPaint, onServerClock, tellPainted } from "./painted.js";
import { WrittenText } from "./texts.js";

const RETRY_MS = 4000;
/** Troubles that are over once the workbench answers; an answer that was not submitted still has to be. */
const AWAY = new Set(["workbench_silent", "server_stopping", "not_running"]);

export class Trial {
  /**
   * @param {{profession: number, language: string, preset: string, trial?: string}} wanted a trial to go on with, or what to begin
   * @param {{window: string, whole: () => boolean, link: any, clock: () => any}} context `whole`: texts are wanted at once; `clock`: the
   *   link's latest `server_clock`
   */
  constructor(wanted, context) {
    this.context = context;
    this.profession = wanted.profession;
    this.language = wanted.language;
    this.preset = wanted.preset;
    /** @type {string} */
    this.id = wanted.trial ?? "";
    /** As the workbench tells it, or null before the first time. */
    this.state = null;
    /** What is due here: `question`, `answer`, `feedback`, `report` or `finished`. */
    this.step = "question";
    /** @type {any[]} */
    this.tasks = [];
    /** @type {number | null} */
    this.current = null;
    /** @type {Map<string, WrittenText>} */
    this.texts = new Map();
    /** The text that is being read. @type {WrittenText | null} */
    this.reading = null;
    /** Since when the model is waited for (performance.now()), or null. */
    this.waiting_since = null;
    this.sending = false;
    /** `from`: where it went wrong. @type {{problem: any, again: () => void, from: string} | null} */
    this.error = null;
    this.report = null;
    /** @type {Draft | null} */
    this.draft = null;
    /** What this window still held when the answer came from elsewhere. */
    this.left_over = "";
    this.gone = false;
    /** @type {Set<(what: string) => void>} */
    this.listeners = new Set();
    this.changes = new Changes({ own: context.window, step: () => this.step, changed: () => this.elsewhere() });
    this.countdown = new Countdown({ tick: () => this.changed("tick"), over: () => this.runOut() });
    /** The time of the current task has run out. */
    this.over = false;
  }

  /** @param {(what: string) => void} listener called with `state`, `text` or `tick` @returns {() => void} */
  on(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {"state" | "text" | "tick"} [what] */
  changed(what = "state") {
    if (!this.gone) for (const listener of this.listeners) listener(what);
  }

  /** @param {string} step @param {number | null} task */
  text(step, task) {
    const key = `${step} ${task ?? ""}`;
    const known = this.texts.get(key) ?? new WrittenText(step, task);
    this.texts.set(key, known);
    return known;
  }

  get task() {
    return this.tasks.find((task) => task.id === this.current) ?? null;
  }

  /** The task before the current one; the last one when all are done. */
  get before() {
    const at = this.tasks.findIndex((task) => task.id === this.current);
    return at < 0 ? this.tasks.at(-1) ?? null : this.tasks[at - 1] ?? null;
  }

  /**
   * What stands on the screen. Feedback stays until the user goes on; the next question is asked for, and its time runs, only
   * then.
   *
   * @returns {{phase: "question" | "answer" | "feedback" | "report", task: any}}
   */
  get place() {
    if (this.step === "finished") return { phase: "report", task: null };
    const { task, before } = this;
    if (this.step === "report") return this.opened("report") || !before ? { phase: "report", task: null } : { phase: "feedback", task: before };
    if (this.step === "feedback") return { phase: "feedback", task };
    const running = this.step === "answer" && (this.countdown.running || this.sending || task?.clock);
    if (running) return { phase: "answer", task };
    return !before || this.opened(this.current) ? { phase: "question", task } : { phase: "feedback", task: before };
  }

  get openedKey() {
    return `firstword.tasks.opened.${this.id}`;
  }

  /** Whether the user has gone on to it, before a reload too. @param {number | string | null} what */
  opened(what) {
    return sessionStorage.getItem(this.openedKey) === String(what);
  }

  // ── what is due ────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Begin, or take up where it stands. */
  async begin() {
    if (!this.id) return this.follow({ pressed: true });
    await this.sync();
    if (!this.error) this.goOn();
  }

  /** Ask the workbench how things stand. */
  async sync() {
    if (!this.id) return;
    try {
      this.apply(await ask("GET", `/api/trials/${this.id}`));
      if (this.error && AWAY.has(this.error.problem.code) && (this.error.from === "sync" || this.step !== "answer")) this.error = null;
    } catch (error) {
      this.fail(error, () => this.begin(), "sync");
    }
    this.changed();
  }

  /** @param {any} state */
  apply(state) {
    Object.assign(this, { state, id: state.id ?? this.id, tasks: state.tasks, step: state.step, current: state.current_task, report: state.report ?? this.report });
    Object.assign(this, { profession: state.profession?.id ?? this.profession, language: state.language ?? this.language, preset: state.preset ?? this.preset });
    for (const task of this.tasks) {
      const asked = { streamed: task.streamed, fallback: task.fallback, turn: task.question_turn };
      if (task.question !== null) this.text("question", task.id).restore(task.question, asked);
      const told = { streamed: task.feedback_streamed, fallback: task.feedback_fallback, turn: task.feedback_turn };
      if (task.feedback) this.text("feedback", task.id).restore(task.feedback, told);
    }
    const { task } = this;
    if (this.step === "answer" && task) {
      this.edit(task.id).theirs(task.draft, task.overwritten);
      if (task.clock && task.remaining_s !== null && !this.sending) this.countdown.set(task.clock.limit_s, task.remaining_s);
    } else {
      this.over = false;
      this.countdown.stop();
      this.endDraft();
    }
    this.watch();
  }

  /** The box in which the current task is answered. @param {number} task */
  edit(task) {
    if (this.draft?.place.task === task) return this.draft;
    this.draft?.close({ forget: false });
    this.draft = new Draft({ trial: this.id, task, window: this.context.window },
      { changed: () => this.changed(), refused: (problem) => this.refusedDraft(problem) });
    return this.draft;
  }

  /** @param {any} problem */
  refusedDraft(problem) {
    if (problem.code === "already_answered") this.sync();
    else this.error = { problem, again: () => this.draft?.save(), from: "draft" };
    this.changed();
  }

  /** The task has its answer. What was written here and is not part of it is shown, and kept. */
  endDraft() {
    if (!this.draft) return;
    const answer = this.tasks.find((task) => task.id === this.draft?.place.task)?.answer;
    if (answer && this.draft.text.trim() && this.draft.text !== answer.text && !this.sending) {
      this.left_over = this.draft.text;
      this.draft.send(this.draft.text).catch(() => {}); // refused with `already_answered`, and kept beside the answer
    }
    this.draft.close({ forget: Boolean(answer) });
    this.draft = null;
  }

  /** Do what is due by itself: a text that has to be written and that nobody holds back. */
  goOn() {
    const { phase } = this.place;
    const due = this.step === "feedback" || (phase === "question" && this.step !== "answer") || (phase === "report" && this.step === "report")
      || (this.step === "answer" && phase === "question");
    if (due) this.follow();
  }

  /** The user goes on after the feedback. */
  next() {
    sessionStorage.setItem(this.openedKey, String(this.step === "report" ? "report" : this.current));
    this.left_over = "";
    this.changed();
    return this.follow({ pressed: true });
  }

  /** Go on without the feedback, which could not be written. */
  async skipFeedback() {
    this.error = null;
    this.changed();
    try {
      await ask("POST", `/api/tasks/${this.current}/skip-feedback`, { query: this.query() });
      await this.sync();
      if (!this.error) await this.next();
    } catch (error) {
      this.fail(error, () => this.skipFeedback(), "skipping");
    }
  }

  // ── reading what the model writes ──────────────────────────────────────────────────────────────────────────────────────
  query(more = {}) {
    return { language: this.language, preset: this.preset, trial: this.id, ...more };
  }

  sent() {
    return onServerClock(this.context.clock(), this.context.link.now());
  }

  /** Read the text that is due. @param {{retry?: boolean, pressed?: boolean}} [how] `pressed`: the user asks for it right now */
  async follow({ retry = false, pressed = false } = {}) {
    const path = `/api/tasks/profession/${this.profession}/current`;
    const sent = pressed ? this.sent() : null;
    const query = this.query({ retry: retry ? 1 : "", sent_at_ns: sent?.at_ns, sent_error_ns: sent?.error_ns });
    await this.read({ method: "GET", path, query, again: () => this.follow({ retry: true, pressed: true }) });
  }

  /**
   * Read one text, streamed or at once; at once too when the stream fails before its first word.
   *
   * @param {{method: string, path: string, query: any, body?: any, again: () => void}} request
   */
  async read(request) {
    if (this.controller) return;
    const controller = (this.controller = new AbortController());
    this.error = null;
    this.reading = null;
    this.fell_back = false;
    this.waiting_since = performance.now();
    this.asked_ms = this.context.link.now();
    this.changed();
    try {
      if (this.context.whole()) await this.readWhole(request, controller.signal);
      else await this.readStream(request, controller.signal);
    } catch (error) {
      if (!aborted(error)) await this.failedReading(error, request, controller.signal);
    } finally {
      if (this.controller === controller) this.controller = undefined;
      this.waiting_since = null;
      this.reading = null;
      this.sending = false;
    }
    if (!this.gone) await this.settle();
  }

  /** After a text: how things stand now, and whether more is due. */
  async settle() {
    if (this.error) return this.changed();
    await this.sync();
    if (!this.error && this.step === "feedback") this.follow();
  }

  /** @param {any} error @param {any} request @param {AbortSignal} signal */
  async failedReading(error, request, signal) {
    const untold = !this.reading?.text;
    if (!wayFailed(error) || !untold || this.context.whole()) return this.fail(error, request.again, "reading");
    this.fell_back = true;
    this.changed();
    try {
      await this.readWhole(request, signal);
    } catch (second) {
      if (!aborted(second)) this.fail(second, request.again, "reading");
    }
  }

  /** @param {any} error @param {() => void} again @param {string} from */
  fail(error, again, from) {
    const problem = problemOf(error); // throws what is a mistake of this page
    if (problem.step) return this.take_error(problem, again);
    if (problem.code === "clock_running" && problem.facts?.seconds && this.task?.clock) this.countdown.set(this.task.clock.limit_s, Number(problem.facts.seconds));
    this.error = { problem, again, from };
    this.changed();
  }

  /** @param {any} request @param {AbortSignal} signal */
  async readStream({ method, path, query, body, again }, signal) {
    for await (const { type, data } of messages(method, `${path}/stream`, { query: { ...query, until: "feedback" }, body, signal })) {
      if (type === "metadata") this.take_metadata(data);
      else if (type === "token") this.take_token(data);
      else if (type === "done") this.take_done(data);
      else if (type === "completed") this.take_report(data.final_report);
      else if (type === "error") return this.take_error(data, again);
      // After the feedback the workbench would go on to the next question, whose time would run while the feedback is read.
      if (type === "done") return;
    }
    if (!this.reading?.done && !this.error) throw new NoAnswer("the stream ended in the middle");
  }

  /** @param {any} request @param {AbortSignal} signal */
  async readWhole({ method, path, query, body }, signal) {
    const answer = await ask(method, path, { query: { ...query, until: "feedback" }, body, signal });
    const found = answer.feedback ?? answer;
    if (found.metadata) this.take_metadata(found.metadata);
    if (this.reading && this.reading.step !== "report") this.take_done(found);
    if (answer.completed && answer.final_report) this.take_report(answer.final_report);
  }

  /** @param {any} data */
  take_metadata(data) {
    if (!this.id) {
      this.id = data.trial;
      this.watch();
    }
    if (this.sending) this.accepted(data.id);
    const step = data.step ?? "question";
    const task = step === "report" ? null : data.id;
    if (!this.tasks.length) this.tasks = Array.from({ length: data.of }, (_, at) => ({ id: at + 1 === data.order ? data.id : `task ${at + 1}`, order: at + 1, title: "", question: null }));
    if (task !== null) this.current = task;
    const known = this.tasks.find((each) => each.id === task);
    if (known) known.title = data.title;
    this.step = step;
    this.reading = this.text(step, task);
    this.reading.begin(data);
    if (this.fell_back) this.reading.fallback = true;
    this.fell_back = false;
    this.reading.asked_ms = this.asked_ms;
    this.changed();
  }

  /** The workbench has the answer. @param {number} task */
  accepted(task) {
    const known = this.tasks.find((each) => each.id === task);
    if (known && this.submission) known.answer = { text: this.submission.text, reason: this.submission.reason };
    this.sending = false;
    this.over = false;
    this.countdown.stop();
    this.draft?.close({ forget: true });
    this.draft = null;
  }

  /** @param {any} data */
  take_token(data) {
    const { reading } = this;
    if (!reading) return;
    reading.text += data.token;
    this.paint(reading);
    this.changed("text");
  }

  /** Its first words are in the page: note when they are painted, and tell it. @param {WrittenText} text */
  paint(text) {
    if (text.painting || !text.text.trim()) return;
    text.painting = true;
    this.waiting_since = null;
    if (text.replayed) return;
    afterPaint(() => {
      const at_ms = this.context.link.now();
      text.shown_ms = text.asked_ms === null ? null : at_ms - text.asked_ms;
      text.painted = onServerClock(this.context.clock(), at_ms);
      tellPainted(this.id, text);
      this.changed("text");
    });
  }

  /** @param {any} data */
  take_done(data) {
    const { reading } = this;
    if (!reading) return;
    reading.finish(data);
    this.paint(reading);
    tellPainted(this.id, reading);
    if (reading.step === "question") {
      this.step = "answer";
      if (data.clock) this.countdown.set(data.clock.limit_s, data.clock.remaining_s);
      const { task } = this;
      if (task) Object.assign(task, { question: reading.text, clock: data.clock ?? task.clock });
      this.edit(/** @type {number} */ (this.current)).theirs(task?.draft ?? null);
    }
    this.changed();
  }

  /** The model failed. The answer before it is kept. @param {any} problem @param {() => void} again */
  take_error(problem, again) {
    if (this.sending && problem.step === "feedback") {
      this.accepted(problem.task_id);
      this.step = "feedback";
    }
    this.error = { problem, again, from: "model" };
    this.changed();
  }

  /** @param {any} report */
  take_report(report) {
    Object.assign(this, { report, step: "finished" });
    this.reading ??= this.text("report", null);
    this.reading.done = true;
    this.changed();
  }

  // ── the answer ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  /** The same task submitted again, after a reload too, is the same submission. @param {number} task */
  submissionId(task) {
    const key = `firstword.tasks.submission.${this.id}.${task}`;
    const id = sessionStorage.getItem(key) ?? crypto.randomUUID();
    sessionStorage.setItem(key, id);
    return id;
  }

  /** @param {{reason?: "user" | "expired", confirm_empty?: boolean}} [how] */
  async submit({ reason = "user", confirm_empty = false } = {}) {
    const { task, draft } = this;
    if (!task || this.step !== "answer" || this.sending || this.controller || !draft) return;
    this.sending = true;
    clearTimeout(draft.timer);
    this.submission = { text: draft.text, reason };
    const body = { answer: draft.text, submission_id: this.submissionId(task.id), reason, confirm_empty, sent: this.sent() };
    const again = () => (this.step === "answer" ? this.submit({ reason, confirm_empty }) : this.follow({ retry: true }));
    await this.read({ method: "POST", path: `/api/tasks/${task.id}/submit`, query: this.query(), body, again });
    if (this.error && this.step === "answer") this.unsent();
  }

  /** The time is over: what is there is the answer. */
  runOut() {
    this.over = true;
    this.submit({ reason: "expired" });
  }

  /** The answer did not get through. The box is open again, unless its time is over. */
  unsent() {
    if (this.error?.problem.code === "clock_running") {
      // The countdown has been put right, and goes on.
      this.error = null;
      this.over = false;
    } else if (this.over) {
      // The workbench takes the latest draft by itself: see what has become of it.
      this.later = setTimeout(() => this.begin(), RETRY_MS);
    }
    this.draft?.schedule();
    this.changed();
  }

  // ── other windows ──────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Follow what other windows and the clock do, as long as there is something to follow. */
  watch() {
    if (this.gone || !this.id || this.step === "finished") this.changes.stop();
    else this.changes.follow(this.id);
  }

  /** Something has changed elsewhere, or may have. */
  async elsewhere() {
    if (this.gone || this.controller) return;
    await this.sync();
    if (!this.error && !this.controller) this.goOn();
  }

  /** The window is seen again, or was asleep: the server's time counts. */
  seen() {
    this.watch();
    if (document.visibilityState === "visible") this.changes.soon();
  }

  /** This window leaves it; it goes on at the workbench. */
  leave() {
    this.gone = true;
    this.controller?.abort();
    clearTimeout(this.later);
    this.changes.stop();
    this.countdown.stop();
    if (this.draft) {
      this.draft.lastWords();
      this.draft.close({ forget: false });
    }
  }
}
