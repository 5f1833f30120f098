/** A task's question as the embedded model would put it, while it is still being edited. */

import { h, show } from "../page/dom.js";
import { problemText } from "../page/problem_words.js";
import { t } from "../page/words.js";
import { aborted, messages, problemOf } from "./api.js";
import { figuresOf } from "./figures.js";
import { MarkdownView } from "./markdown.js";
import { WrittenText } from "./texts.js";

export class Preview {
  /** @param {any} store @param {(problem: any) => void} refused what is wrong with the profession */
  constructor(store, refused) {
    this.store = store;
    this.refused = refused;
    this.body = h("div.fw-written", { "aria-live": "polite" });
    this.markdown = new MarkdownView(this.body);
    this.figures = h("div");
    this.trouble = h("p.fw-problem", { role: "alert", hidden: true });
    this.waiting = h("p.fw-waiting", { role: "status", hidden: true });
    this.root = h("section.fw-ed-preview", { hidden: true, "aria-label": t("editor_preview") },
      h("header.fw-ed-head", {}, h("span.fw-title", {}, t("editor_preview_title")), h("span.fw-spring"),
        h("button.fw-button", { onclick: () => this.close() }, t("editor_preview_close"))),
      this.waiting, this.trouble, this.body, this.figures);
  }

  /** @param {any} profession with that one task @param {string} language */
  async begin(profession, language) {
    this.stop();
    const stopping = (this.stopping = new AbortController());
    const text = new WrittenText("question", null);
    show(this.root, true);
    show(this.trouble, false);
    this.waiting.textContent = t("task_waiting_question");
    show(this.waiting, true);
    this.draw(text);
    try {
      const body = { profession, order: 1, language, preset: "embedded" };
      for await (const { type, data } of messages("POST", "/api/professions/preview", { body, signal: stopping.signal })) {
        if (type === "metadata") text.begin(data);
        else if (type === "token") text.text += data.token;
        else if (type === "done") text.finish(data);
        else if (type === "error") this.fail(data);
        if (text.text) show(this.waiting, false);
        this.draw(text);
      }
    } catch (error) {
      if (aborted(error) || stopping.signal.aborted) return;
      const problem = problemOf(error);
      if (problem.problems) this.refused(problem);
      this.fail(problem);
    }
    if (this.stopping === stopping) show(this.waiting, false);
  }

  /** @param {any} problem */
  fail(problem) {
    this.trouble.textContent = problem.problems ? t("editor_preview_wrong") : problemText(problem, this.store);
    show(this.trouble, true);
    show(this.waiting, false);
  }

  /** @param {WrittenText} text */
  draw(text) {
    this.root.dataset.done = String(text.done);
    this.markdown.set(text.text);
    this.figures.replaceChildren(figuresOf(this.store, text));
  }

  stop() {
    this.stopping?.abort();
    this.stopping = undefined;
  }

  close() {
    this.stop();
    show(this.root, false);
    this.root.closest(".fw-ed-task")?.querySelector("[data-does=preview]")?.focus();
  }
}
