/** One composer for all columns: microphone, message, samples, run, stop. */

import { icon } from "./icons.js";
import { duration, h, say, show } from "./dom.js";
import { lang, t } from "./words.js";

const REPEATS = [5, 10, 20, 40];
const LEVEL_FLOOR_DB = -60;

export class Composer {
  /** @param {import("./bench_view.js").BenchView} bench @param {any} context */
  constructor(bench, context) {
    this.bench = bench;
    this.store = context.store;
    this.build();
    for (const type of ["microphone", "inputs", "welcome", "audio"]) this.store.on(type, () => this.update());
    this.store.on("microphone_level", ({ tab, rms_db }) => tab === bench.tab && this.meterTo(rms_db));
  }

  build() {
    this.fill = h("span.fw-meter-fill");
    this.meter = h("span.fw-meter", { role: "meter", "aria-valuemin": "-60", "aria-valuemax": "0" }, this.fill);
    this.voice = h("span.fw-voice");
    this.mic = h("button.fw-mic", { onclick: () => this.bench.toggleMicrophone() }, h("span.fw-mic-dot"), this.meter);
    this.text = h("textarea.fw-text-box", { rows: "1", maxlength: "20000", onkeydown: (event) => this.key(event), oninput: () => this.grow() });
    this.sendButton = h("button.fw-primary", { onclick: () => this.say() });
    this.menu = h("select.fw-sample");
    this.playButton = h("button.fw-button", { onclick: () => this.menu.value && this.bench.play(this.menu.value) }, icon("play"));
    this.file = h("input", { type: "file", accept: "audio/*,video/webm,video/mp4", hidden: true, onchange: () => this.upload(this.file.files[0]) });
    this.uploadButton = h("button.fw-button", { onclick: () => this.file.click() }, icon("upload"));
    this.repeat = h("select.fw-repeat");
    this.runButton = h("button.fw-button", { onclick: () => this.toggleRun() });
    this.stopButton = h("button.fw-button", { onclick: () => this.bench.stop() });
    this.add = h("button.fw-button", { onclick: () => this.bench.send("column_add", {}) });
    this.link = h("button.fw-button", { onclick: () => this.copyLink() }, icon("link"));
    this.fresh = h("button.fw-button", { onclick: () => this.bench.send("new_conversation") }, icon("fresh"));
    this.progress = h("div.fw-progress", { hidden: true, role: "progressbar" });
    this.note = h("p.fw-demo", { hidden: true });
    this.root = h("section.fw-composer", {},
      h("div.fw-composer-row", {}, this.mic, h("div.fw-message", {}, this.text, this.sendButton),
        h("div.fw-tools", {}, h("span.fw-group", {}, this.menu, this.playButton, this.uploadButton), h("span.fw-group", {}, this.repeat, this.runButton),
          this.stopButton, this.fresh, this.link, this.add)),
      this.progress, this.note, this.file);
    for (const event of ["dragover", "drop"]) {
      this.bench.root.addEventListener(event, (drag) => {
        drag.preventDefault();
        this.root.classList.toggle("fw-dropping", event === "dragover");
        if (event === "drop") this.upload(/** @type {DragEvent} */ (drag).dataTransfer?.files[0]);
      });
    }
    this.bench.root.addEventListener("dragleave", () => this.root.classList.remove("fw-dropping"));
  }

  relabel() {
    this.text.placeholder = t(this.bench.tab === "voice" ? "type_or_speak" : "type_message");
    this.text.setAttribute("aria-label", t("message"));
    say(this.sendButton, t("send"));
    say(this.add, t("add_column"));
    this.stopButton.replaceChildren(icon("stop"), t("key_esc"));
    for (const [button, key] of [[this.playButton, "play_sample"], [this.uploadButton, "upload"], [this.stopButton, "stop_all"], [this.add, "add_column_hint"],
      [this.link, "copy_link"], [this.fresh, "new_conversation"], [this.menu, "sample_menu"], [this.repeat, "repeat_hint"], [this.runButton, "run_hint"]]) {
      button.title = t(key);
      button.setAttribute("aria-label", t(key));
    }
    const chosen = this.repeat.value || "10";
    this.repeat.replaceChildren(...REPEATS.map((n) => h("option", { value: n, selected: String(n) === chosen }, `${n}×`)));
    this.update();
  }

  update() {
    const on = this.store.microphone.on && this.store.microphone.tab === this.bench.tab;
    this.mic.classList.toggle("fw-on", on);
    this.mic.setAttribute("aria-pressed", String(on));
    this.mic.title = t(on ? "microphone_on" : "microphone_off");
    this.mic.setAttribute("aria-label", this.mic.title);
    if (!on) this.meterTo(-120);
    this.fillSamples();
    show(this.add, this.bench.state.workspace.columns.length < 4);
    this.draw();
  }

  fillSamples() {
    const chosen = this.menu.value || this.store.inputs.find((input) => input.labelled)?.id;
    const option = (input) => h("option", { value: input.id, selected: input.id === chosen }, `${input.title} · ${duration(input.duration_ms)}`);
    const own = this.store.inputs.filter((input) => input.own);
    const languages = [...new Set(this.store.inputs.filter((input) => !input.own).map((input) => input.language))];
    const groups = languages.map((code) => h("optgroup", { label: code ? code.toUpperCase() : t("no_speech") },
      ...this.store.inputs.filter((input) => !input.own && input.language === code).map(option)));
    if (own.length) groups.unshift(h("optgroup", { label: t("own_recordings") }, ...own.map(option)));
    this.menu.replaceChildren(...groups);
  }

  draw() {
    const run = this.bench.state.run;
    say(this.runButton, run ? t("run_stop") : t("run", { n: this.repeat.value || 10 }));
    this.runButton.classList.toggle("fw-danger", Boolean(run));
    for (const button of [this.playButton, this.sendButton, this.add, this.repeat]) button.disabled = Boolean(run);
    show(this.progress, Boolean(run));
    if (run) {
      const left = run.left_s === null ? "" : ` · ${t("run_left", { left: run.left_s >= 90 ? `${Math.ceil(run.left_s / 60)} ${t("unit_min")}` : `${Math.ceil(run.left_s)} ${t("unit_s")}` })}`;
      this.progress.style.setProperty("--fw-done", `${run.of ? (100 * run.done) / run.of : 0}%`);
      this.progress.setAttribute("aria-valuenow", String(run.done));
      this.progress.setAttribute("aria-valuemax", String(run.of));
      say(this.progress, `${t("run_progress", { done: run.done, of: run.of })}${run.running ? ` · ${run.running}` : ""}${left}`);
    }
    const together = this.bench.state.workspace.columns.length > 1 && !run;
    show(this.note, together);
    say(this.note, t("demo_mode"));
  }

  /** @param {number} db */
  meterTo(db) {
    const share = Math.max(0, Math.min(1, (db - LEVEL_FLOOR_DB) / -LEVEL_FLOOR_DB));
    this.fill.style.transform = `scaleX(${share.toFixed(3)})`;
    this.meter.setAttribute("aria-valuenow", String(Math.round(Math.max(LEVEL_FLOOR_DB, db))));
  }

  level() {
    const state = this.bench.state;
    if (!this.store.microphone.on) this.meterTo(state.rms_db);
    this.mic.classList.toggle("fw-voiced", [...state.columns.values()].some((column) => column.level.voiced));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.say();
    }
  }

  grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(160, this.text.scrollHeight)}px`;
  }

  say() {
    const text = this.text.value.trim();
    if (!text) return this.text.focus();
    this.bench.link.unlock();
    this.bench.send("say", { text, sent_at_ms: this.bench.link.now() });
    this.text.value = "";
    this.grow();
  }

  toggleRun() {
    this.bench.link.unlock();
    if (this.bench.state.run) return this.bench.send("run_stop");
    const repeat = Number(this.repeat.value);
    if (this.bench.tab === "chat") this.bench.send("run", { repeat, text: this.text.value.trim() || t("run_message") });
    else if (this.menu.value) this.bench.send("run", { repeat, input: this.menu.value });
  }

  /** The file itself is the body, so that the server can count it while it arrives. @param {File | undefined} file */
  async upload(file) {
    if (!file) return;
    this.file.value = "";
    this.uploadButton.disabled = true;
    const query = new URLSearchParams({ title: file.name.slice(0, 120), language: lang() });
    try {
      const answer = await fetch(`/wb/inputs?${query}`, { method: "POST", body: file });
      const told = await answer.json();
      if (answer.ok) {
        this.store.inputs = [told.input, ...this.store.inputs.filter((input) => input.id !== told.input.id)];
        this.fillSamples();
        this.menu.value = told.input.id;
      } else {
        this.complain(told.code ?? "upload_failed", [told.message, told.remedy].filter(Boolean).join(" "));
      }
    } catch {
      this.complain("upload_failed", "");
    } finally {
      this.uploadButton.disabled = false;
    }
  }

  /** @param {string} code @param {string} message */
  complain(code, message) {
    const problem = { type: "problem", code, message, remedy: "", tab: this.bench.tab };
    this.store.take_problem(problem);
    this.store.emit(problem);
  }

  async copyLink() {
    const link = this.bench.state.workspace.link;
    const address = `${location.origin}/?compare=${link ?? ""}${this.bench.tab === "chat" ? "&tab=chat" : ""}`;
    try {
      await navigator.clipboard.writeText(address);
      this.link.replaceChildren(icon("done"));
      setTimeout(() => this.link.replaceChildren(icon("link")), 1500);
    } catch {
      window.prompt(t("copy_link"), address);
    }
  }

  close() {
    return false;
  }
}
