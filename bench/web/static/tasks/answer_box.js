/** The box for the answer: time left, what is saved, how long it may be, and submitting. */

import { h, say, show } from "../page/dom.js";
import { t } from "../page/words.js";
import { minutes } from "./countdown.js";
import { count } from "./count_words.js";

/** What the workbench takes, in UTF-8. */
export const MOST_BYTES = 100_000;

export class AnswerBox {
  /** @param {{changed: () => void, announce: (text: string) => void}} to */
  constructor(to) {
    this.to = to;
    this.left = h("span.fw-left", { role: "timer" });
    this.bar = h("span.fw-left-bar", { "aria-hidden": "true" }, h("span"));
    this.saved = h("span.fw-saved", { role: "status" });
    this.box = h("textarea.fw-answer", { id: "fw-tasks-answer", oninput: () => this.write(), onkeydown: (event) => this.key(event) });
    this.label = h("label.fw-title", { for: "fw-tasks-answer" });
    this.other = h("section.fw-other", { hidden: true, role: "region" });
    this.sure = h("div.fw-sure", { hidden: true, role: "alertdialog" });
    this.size = h("span.fw-quiet.fw-size");
    this.submitButton = h("button.fw-primary", { onclick: () => this.submit() });
    this.root = h("section.fw-answer-place", {},
      h("header.fw-answer-head", {}, this.label, h("span.fw-spring"), this.left), this.bar,
      this.box, this.other, this.sure,
      h("footer.fw-answer-foot", {}, this.size, this.saved, h("span.fw-spring"), this.submitButton));
  }

  /** @param {import("./trial.js").Trial} trial */
  follow(trial) {
    this.trial = trial;
    this.announced = "";
    this.asking = false;
  }

  write() {
    this.asking = false;
    this.trial?.draft?.write(this.box.value);
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.submit();
    }
  }

  get bytes() {
    return new TextEncoder().encode(this.box.value).length;
  }

  submit(confirm_empty = false) {
    const { trial } = this;
    if (!trial || this.submitButton.disabled) return;
    if (!this.box.value.trim() && !confirm_empty) {
      this.asking = true;
      this.draw();
      return this.sure.querySelector("button")?.focus();
    }
    this.asking = false;
    trial.submit({ confirm_empty });
  }

  draw() {
    const { trial } = this;
    if (!trial) return;
    const { draft } = trial;
    const open = trial.step === "answer" && Boolean(draft?.opened) && !trial.sending;
    const text = draft?.opened ? draft.text : "";
    if (this.box.value !== text && trial.step === "answer") this.put(text);
    if (trial.step === "question") this.put("");
    this.box.readOnly = !open || trial.over;
    this.box.placeholder = trial.step === "question" ? t("task_box_waits") : t("task_box");
    say(this.label, t("task_your_answer"));
    const late = this.bytes > MOST_BYTES;
    say(this.size, `${count("characters", this.box.value.length)}${late ? ` · ${t("task_too_long", { most: MOST_BYTES / 1000, now: Math.ceil(this.bytes / 1000) })}` : ""}`);
    this.size.classList.toggle("fw-warned", late);
    this.submitButton.disabled = !open || trial.over || late;
    this.submitButton.title = t("task_submit_hint");
    say(this.submitButton, trial.sending ? t("task_submitting") : t("task_submit"));
    this.drawSaved(draft);
    this.drawOther(draft);
    this.drawSure();
    this.drawTime();
  }

  /** Another window's text, without moving the caret more than need be. @param {string} text */
  put(text) {
    if (this.box.value === text) return;
    const at = this.box.selectionStart;
    this.box.value = text;
    if (document.activeElement === this.box) this.box.setSelectionRange(at, at);
  }

  drawSaved(draft) {
    const words = { saved: "task_saved", waiting: "task_unsaved", saving: "task_saving", failed: "task_not_saved" };
    const state = !draft?.opened || (!draft.text && draft.state === "saved") ? "" : draft.state;
    this.saved.dataset.state = state;
    say(this.saved, state ? (draft.followed && state === "saved" ? t("task_followed") : t(words[state])) : "");
    this.saved.title = state === "failed" ? t("task_not_saved_hint") : "";
  }

  /** Two windows wrote at the same time: both texts are here. */
  drawOther(draft) {
    const text = draft?.other?.text ?? "";
    show(this.other, Boolean(text));
    if (this.shown_other === text) return;
    this.shown_other = text;
    this.other.setAttribute("aria-label", t("task_other_window"));
    this.other.replaceChildren(...(text ? [
      h("p", {}, t("task_other_window")), h("pre.fw-other-text", { tabindex: "0" }, text),
      h("p.fw-tasks-row", {}, h("button.fw-button", { onclick: () => this.resolve("join") }, t("task_other_join")),
        h("button.fw-button", { onclick: () => this.resolve("takeOther") }, t("task_other_take")),
        h("button.fw-button", { onclick: () => this.resolve("forgetOther") }, t("task_other_forget")))] : []));
    if (text) this.to.announce(t("task_other_window"));
  }

  /** @param {"join" | "takeOther" | "forgetOther"} how */
  resolve(how) {
    this.trial?.draft?.[how]();
    this.draw();
    this.box.focus();
  }

  drawSure() {
    if (this.asking === !this.sure.hidden) return;
    show(this.sure, this.asking);
    this.sure.setAttribute("aria-label", t("task_empty_sure"));
    this.sure.replaceChildren(...(this.asking ? [h("p", {}, t("task_empty_sure")),
      h("p.fw-tasks-row", {}, h("button.fw-button.fw-danger", { onclick: () => this.submit(true) }, t("task_empty_yes")),
        h("button.fw-button", { onclick: () => this.close() }, t("task_empty_no")))] : []));
  }

  /** Esc, or 'go on writing'. */
  close() {
    if (!this.asking) return false;
    this.asking = false;
    this.draw();
    this.box.focus();
    return true;
  }

  drawTime() {
    const { trial } = this;
    if (!trial) return;
    const { countdown, task } = trial;
    const left_s = countdown.left_s;
    this.root.dataset.level = countdown.level;
    const limit_s = (task?.time_limit_minutes ?? 0) * 60;
    if (left_s === null) say(this.left, trial.step === "question" && limit_s ? t("task_time_waits", { time: minutes(limit_s) }) : trial.over ? t("task_time_over") : "");
    else say(this.left, t("task_time_left", { time: minutes(left_s) }));
    this.bar.firstElementChild.style.transform = `scaleX(${left_s === null || !countdown.limit_s ? (trial.step === "question" ? 1 : 0) : Math.min(1, left_s / countdown.limit_s)})`;
    this.warn(countdown.level, left_s);
  }

  /** Said once for each step of urgency, and not every second. */
  warn(level, left_s) {
    if (level === this.announced) return;
    this.announced = level;
    if (level === "last_fifth") this.to.announce(t("task_warn_fifth", { time: minutes(left_s) }));
    else if (level === "last_minute") this.to.announce(t("task_warn_minute"));
  }

  focus() {
    if (matchMedia("(pointer: fine)").matches) this.box.focus({ preventScroll: true });
  }
}
