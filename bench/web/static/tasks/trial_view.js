/** A trial on the screen: how far it is, the question, the answer, the feedback, and what to do when something fails. */

import { duration, h, say, show } from "../page/dom.js";
import { problemText, retryAfter } from "../page/problem_words.js";
import { t } from "../page/words.js";
import { AnswerBox } from "./answer_box.js";
import { minutes } from "./countdown.js";
import { figuresOf, howItCame } from "./figures.js";
import { MarkdownView } from "./markdown.js";
import { ReportView } from "./report_view.js";
import { usual } from "./texts.js";

/** A wait that is shorter than this needs no clock (ms). */
const SHORT_MS = 300;

/** The place of one text: the text, how it came, how long it took. */
class TextPlace {
  constructor() {
    this.body = h("div.fw-written", { tabindex: "0" });
    this.markdown = new MarkdownView(this.body);
    this.how = h("p.fw-tasks-note.fw-how");
    this.figures = h("div.fw-figures-place");
    this.waiting = h("p.fw-waiting", { role: "status", hidden: true });
    this.root = h("div.fw-text-place", {}, this.body, this.waiting, h("footer.fw-text-foot", {}, this.how, this.figures));
  }

  /** @param {any} store @param {import("./texts.js").WrittenText | undefined} text */
  draw(store, text) {
    this.markdown.set(text?.text ?? "");
    this.body.classList.toggle("fw-writing", Boolean(text && !text.done && text.text));
    const how = text?.text ? howItCame(text) : "";
    show(this.how, Boolean(how));
    say(this.how, how);
    this.how.classList.toggle("fw-warned", Boolean(text?.fallback));
    const drawn = JSON.stringify([text?.figures, text?.shown_ms, text?.done, document.documentElement.lang]);
    if (this.drawn !== drawn) this.figures.replaceChildren(figuresOf(store, text));
    this.drawn = drawn;
  }

  /** @param {string} words nothing: it is not waited for */
  wait(words) {
    show(this.waiting, Boolean(words));
    if (words) say(this.waiting, words);
  }
}

export class TrialView {
  /** @param {any} tasks the `TasksView` */
  constructor(tasks) {
    this.tasks = tasks;
    this.store = tasks.store;
    this.back = h("button.fw-button", { onclick: () => tasks.leave() });
    this.name = h("strong.fw-trial-name");
    this.steps = h("ol.fw-steps");
    this.place = h("span.fw-quiet.fw-steps-words");
    this.whole = h("input", { id: "fw-trial-whole", type: "checkbox", onchange: () => tasks.setWhole(this.whole.checked) });
    this.wholeLabel = h("label", { for: "fw-trial-whole" });
    this.small = h("span.fw-left.fw-left-small", { "aria-hidden": "true" });
    this.heading = h("h2.fw-task-title", { tabindex: "-1" });
    this.limit = h("span.fw-quiet");
    this.question = new TextPlace();
    this.answer = new AnswerBox({ changed: () => this.draw(), announce: (text) => tasks.announce(text) });
    this.mine = h("details.fw-mine", {}, h("summary"), h("pre.fw-mine-text", { tabindex: "0" }));
    this.expired = h("p.fw-tasks-note.fw-warned", { hidden: true });
    this.leftOver = h("section.fw-other", { hidden: true });
    this.feedbackTitle = h("h3.fw-title");
    this.feedback = new TextPlace();
    this.nextButton = h("button.fw-primary.fw-next", { onclick: () => this.trial?.next() });
    this.nextNote = h("span.fw-quiet");
    this.feedbackPlace = h("section.fw-feedback", {}, this.expired, this.mine, this.leftOver, this.feedbackTitle, this.feedback.root,
      h("footer.fw-answer-foot", {}, this.nextNote, h("span.fw-spring"), this.nextButton));
    this.trouble = h("div.fw-problem.fw-trouble", { role: "alert", hidden: true });
    this.report = new ReportView(tasks);
    this.left = h("section.fw-question", {}, h("header.fw-question-head", {}, this.heading, this.limit), this.question.root);
    this.right = h("div.fw-right", {}, this.answer.root, this.feedbackPlace);
    this.desk = h("div.fw-desk", {}, this.left, this.right);
    this.root = h("section.fw-trial", { hidden: true, onkeydown: (event) => this.key(event) },
      h("header.fw-trial-head", {}, this.back, this.name, this.small, h("span.fw-spring"),
        h("span.fw-tasks-field.fw-tasks-check.fw-trial-whole", {}, this.whole, this.wholeLabel), this.place, this.steps), this.trouble, this.desk, this.report.root);
  }

  /** @param {import("./trial.js").Trial} trial @param {string} title */
  follow(trial, title) {
    this.trial = trial;
    this.title = title;
    this.phase = "";
    this.answer.follow(trial);
    this.report.clear();
    this.off?.();
    this.off = trial.on((what) => (what === "tick" ? this.tick() : this.drawSoon()));
    clearInterval(this.ticking);
    this.ticking = setInterval(() => this.tick(), 100);
    this.draw();
  }

  end() {
    this.off?.();
    clearInterval(this.ticking);
    this.trial = undefined;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && this.trial?.place.phase === "answer" && event.target !== this.answer.box) this.answer.submit();
  }

  /** Once a frame, however many tokens came; at once where no frames are drawn. */
  drawSoon() {
    if (document.visibilityState !== "visible") return this.draw();
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  draw() {
    const { trial } = this;
    if (!trial) return;
    const { phase, task } = trial.place;
    say(this.back, `← ${t("task_back")}`);
    say(this.name, trial.state?.profession ? this.tasks.titleOf(trial.state.profession, trial.language) : this.title);
    say(this.wholeLabel, t("task_whole"));
    this.wholeLabel.title = t("task_whole_hint");
    this.whole.checked = this.tasks.whole;
    this.root.dataset.phase = phase;
    this.drawSteps(phase, task);
    show(this.desk, phase !== "report");
    show(this.report.root, phase === "report");
    if (phase === "report") this.report.draw(trial);
    else this.drawDesk(phase, task);
    this.drawTrouble();
    this.tick();
    if (this.phase !== `${phase} ${task?.id}`) this.moved(phase, task);
  }

  drawDesk(phase, task) {
    const { trial } = this;
    const text = task ? trial.texts.get(`question ${task.id}`) : undefined;
    say(this.heading, task?.title || t("task_first"));
    say(this.limit, task?.time_limit_minutes ? t("task_limit", { time: minutes(task.time_limit_minutes * 60) }) : "");
    this.question.draw(this.store, text);
    this.question.body.lang = trial.language;
    const answering = phase !== "feedback";
    this.desk.dataset.phase = phase;
    show(this.answer.root, answering);
    show(this.feedbackPlace, !answering);
    if (answering) this.answer.draw();
    else this.drawFeedback(task);
  }

  drawFeedback(task) {
    const { trial } = this;
    const text = task ? trial.texts.get(`feedback ${task.id}`) : undefined;
    const answer = task?.answer;
    const expired = answer?.reason === "expired";
    show(this.expired, expired);
    say(this.expired, expired ? (answer.text.trim() ? t("task_expired_taken") : t("task_expired_empty")) : "");
    say(this.mine.firstElementChild, t("task_your_answer"));
    say(this.mine.lastElementChild, answer?.text.trim() ? answer.text : t("task_no_answer"));
    show(this.leftOver, Boolean(trial.left_over));
    if (trial.left_over && this.leftOver.childElementCount === 0) this.leftOver.append(h("p", {}, t("task_left_over")), h("pre.fw-other-text", { tabindex: "0" }, trial.left_over));
    if (!trial.left_over) this.leftOver.replaceChildren();
    say(this.feedbackTitle, t("task_feedback"));
    this.feedback.draw(this.store, text);
    this.feedback.body.lang = trial.language;
    const ready = trial.step !== "feedback" && !trial.controller;
    const last = trial.step === "report";
    show(this.nextButton, ready && !trial.error);
    say(this.nextButton, last ? t("task_to_report") : t("task_next"));
    const next = trial.task;
    say(this.nextNote, ready && !last && next ? t("task_next_note", { title: next.title, time: minutes(next.time_limit_minutes * 60) }) : "");
    show(this.nextNote, ready && !trial.error);
  }

  drawSteps(phase, task) {
    const { tasks } = this.trial;
    const at = phase === "report" ? tasks.length : tasks.indexOf(task);
    const drawn = JSON.stringify([at, phase === "feedback", tasks.map((each) => each.title), document.documentElement.lang]);
    if (this.steps_drawn === drawn) return;
    this.steps_drawn = drawn;
    say(this.place, phase === "report" ? t("task_report") : tasks.length ? t("task_place", { at: at + 1, of: tasks.length }) : "");
    this.steps.replaceChildren(...tasks.map((each, number) => {
      const state = number < at || (number === at && phase === "feedback") ? "done" : number === at ? "now" : "later";
      return h("li.fw-step", { title: each.title || null, "aria-current": state === "now" ? "step" : null, data: { state } }, h("span.fw-sr", {}, `${number + 1}. ${each.title} – ${t(`task_step_${state}`)}`));
    }));
  }

  /** Another step is on the screen: what a reader hears, and where the keys go. */
  moved(phase, task) {
    this.phase = `${phase} ${task?.id}`;
    if (phase === "answer") {
      this.answer.focus();
      if (this.trial.countdown.left_s !== null) this.tasks.announce(t("task_begins", { time: minutes(this.trial.countdown.left_s) }));
    } else if (phase === "feedback" && task) this.mine.open = false;
    if (phase === "question") this.left.scrollTop = 0;
    this.left.querySelector(".fw-written").scrollTop = 0;
    this.tasks.moved();
  }

  /** Feedback is complete: Enter goes on. */
  offerNext() {
    if (this.nextButton.hidden || this.offered === this.phase) return;
    this.offered = this.phase;
    this.tasks.announce(t("task_feedback_there"));
    const busy = document.activeElement;
    if (!busy || busy === document.body || busy === this.answer.box || busy === this.answer.submitButton || !busy.isConnected) this.nextButton.focus({ preventScroll: true });
  }

  drawTrouble() {
    const { error, step } = this.trial;
    show(this.trouble, Boolean(error));
    if (this.shown_error === error) return;
    this.shown_error = error;
    if (!error) return this.trouble.replaceChildren();
    const skip = error.from === "model" && step === "feedback" ? h("button.fw-button", { onclick: () => this.trial?.skipFeedback() }, t("task_without_feedback")) : "";
    this.erred_ms = performance.now();
    this.trouble.replaceChildren(h("span.fw-trouble-words", {}, problemText(error.problem, this.store)),
      h("span.fw-tasks-row", {}, h("button.fw-button", { onclick: () => this.again() }, t("task_again")), skip));
  }

  again() {
    const { error } = this.trial;
    this.trial.error = null;
    this.draw();
    error.again();
  }

  /** The clocks: what is left, and how long the model has been waited for. */
  tick() {
    const { trial } = this;
    if (!trial) return;
    const { phase } = trial.place;
    this.answer.drawTime();
    this.root.dataset.level = phase === "answer" ? trial.countdown.level : "none";
    say(this.small, phase === "answer" && trial.countdown.left_s !== null ? minutes(trial.countdown.left_s) : "");
    const waiting = trial.waiting_since === null || trial.reading?.text ? "" : this.waited(trial, phase);
    this.question.wait(phase === "question" ? waiting : "");
    this.feedback.wait(phase === "feedback" ? waiting : "");
    this.report.wait(phase === "report" ? waiting : "");
    if (phase === "feedback") this.offerNext();
    this.tickTrouble(trial.error);
  }

  /** A service that asks for patience says for how long. */
  tickTrouble(error) {
    const seconds = retryAfter(error?.problem.facts);
    const words = this.trouble.querySelector(".fw-trouble-words");
    if (seconds !== null && words) say(words, problemText(error.problem, this.store, seconds - (performance.now() - this.erred_ms) / 1000));
  }

  waited(trial, phase) {
    const waited_ms = performance.now() - trial.waiting_since;
    const step = trial.sending ? "sending" : phase;
    const words = t(`task_waiting_${step}`);
    if (waited_ms < SHORT_MS) return words;
    const often = usual(trial.texts.values(), phase);
    return `${words} · ${(waited_ms / 1000).toFixed(1)} ${t("unit_s")}${often === null ? "" : ` · ${t("usually", { usual: duration(often) })}`}`;
  }

  close() {
    return this.answer.close();
  }
}
