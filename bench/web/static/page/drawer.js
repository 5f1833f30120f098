/** The settings of one column: a form made from the configuration's own schema and the chosen providers' option schemas. */

import { control } from "./controls.js";
import { icon } from "./icons.js";
import { h, say, show } from "./dom.js";
import { keyOf, keyRemedy, lacksKey, openKeys } from "./key_panel.js";
import { at, put, resolve } from "./schema.js";
import { wordDiff } from "./word_diff.js";
import { known, lang, t } from "./words.js";

const SECTIONS = ["listening", "understanding", "thinking", "speaking", "limits"];
const ROLES = { "listening.vad": "vad", "understanding.stt": "stt", "thinking.chat": "chat", "speaking.tts": "tts" };
const APPLY_AFTER_MS = 400;

export class Drawer {
  /** @param {import("./column_view.js").ColumnView} view @param {"settings" | "changes"} part */
  constructor(view, part) {
    this.view = view;
    this.bench = view.bench;
    this.store = view.bench.store;
    this.draft = structuredClone(view.column.configuration);
    /** @type {Map<string, {row: any, error: any, set: (value: any) => void, fallback: any}>} */
    this.fields = new Map();
    /** @type {(() => void)[]} */
    this.pickers = [];
    this.off = this.store.on("problem", (message) => this.problem(message));
    this.build(part);
  }

  build(part) {
    const { letter } = this.view;
    const button = (key, onclick) => h("button.fw-button", { onclick, title: t(`${key}_hint`) }, t(key));
    this.undo = button("undo", () => this.bench.send("column_undo", { column: letter }));
    this.reset = button("reset", () => this.bench.send("column_reset", { column: letter }));
    this.save = button("save", () => this.savePreset(true));
    this.saveAs = button("save_as", () => this.savePreset(false));
    this.remove = button("delete_preset", () => this.deletePreset());
    this.status = h("span.fw-quiet", { role: "status" });
    this.changes = h("details.fw-changes", part === "changes" ? { open: true } : {}, h("summary", {}, t("changes")), (this.changeList = h("div")));
    this.form = h("form.fw-form", { onsubmit: (event) => event.preventDefault() });
    this.root = h("section.fw-drawer", { role: "dialog", "aria-label": t("settings_of", { letter }) },
      h("header.fw-drawer-head", {}, h("h2.fw-title", {}, t("settings_of", { letter })), this.status, h("span.fw-spring"),
        h("button.fw-icon", { "aria-label": t("close"), title: t("close"), onclick: () => this.view.closeDrawer() }, icon("close"))),
      h("div.fw-drawer-tools", {}, this.undo, this.reset, this.save, this.saveAs, this.remove), this.changes, this.form);
    this.fill();
    this.paint();
  }

  focus() {
    this.root.querySelector("select, input, button.fw-icon")?.focus();
  }

  /** The server's word on the column. @param {any} column */
  update(column) {
    const changed = JSON.stringify(column.configuration) !== JSON.stringify(this.draft);
    if (!this.waiting && changed) {
      const rebuilt = Object.keys(ROLES).some((path) => at(column.configuration, `${path}.provider`) !== at(this.draft, `${path}.provider`));
      this.draft = structuredClone(column.configuration);
      if (rebuilt) this.fill();
      else for (const [path, field] of this.fields) if (!field.row.contains(document.activeElement)) field.set(at(this.draft, path) ?? (at(this.draft, path) === undefined ? field.fallback : null));
    }
    this.paint();
  }

  paint() {
    const { column } = this.view;
    const own = this.store.presets.find((preset) => preset.id === column.preset)?.own;
    this.undo.disabled = !column.can_undo;
    this.reset.disabled = !column.modified.length;
    show(this.save, Boolean(own));
    this.save.disabled = !column.modified.length;
    show(this.remove, Boolean(own));
    say(this.status, this.waiting ? t("applying") : t(column.ready ? "applied" : "state_loading"));
    for (const [path, field] of this.fields) {
      const differs = JSON.stringify(at(column.base, path)) !== JSON.stringify(at(this.draft, path));
      field.row.classList.toggle("fw-changed", differs && at(column.base, path) !== undefined);
    }
    show(this.changes, column.modified.length > 0);
    this.changeList.replaceChildren(...column.modified.map((path) => this.change(path)));
  }

  /** @param {string} path */
  change(path) {
    const before = at(this.view.column.base, path);
    const now = at(this.view.column.configuration, path);
    const name = this.fields.get(path)?.row.dataset.title ?? path;
    if (path === "thinking.prompt") return h("div", {}, h("b", {}, name), h("p.fw-diff", {}, ...wordDiff(before ?? "", now ?? "")));
    return h("p", {}, h("b", {}, name), ": ", h("del", {}, String(before ?? t("default"))), " → ", h("ins", {}, String(now ?? t("default"))));
  }

  // ── the form ───────────────────────────────────────────────────────────────────────────────────────────────────────────
  fill() {
    this.fields.clear();
    this.pickers = [];
    const schema = this.store.knobs;
    this.form.replaceChildren(...SECTIONS.map((section) => {
      const model = resolve(schema, schema.properties[section]);
      const rows = Object.entries(model.properties).flatMap(([name, node]) => this.rows(schema, resolve(schema, node), `${section}.${name}`));
      return h("details.fw-section", section === "limits" ? {} : { open: true }, h("summary", {}, t(`section_${section}`)), ...rows);
    }));
  }

  /** @param {any} schema @param {any} node @param {string} path @returns {any[]} */
  rows(schema, node, path) {
    if (path in ROLES) return this.provider(path, ROLES[path]);
    if (node.type === "object" && node.properties) {
      return [h("fieldset.fw-fieldset", {}, h("legend", {}, this.title(node, path)),
        ...Object.entries(node.properties).flatMap(([name, child]) => this.rows(schema, resolve(schema, child), `${path}.${name}`)))];
    }
    return [this.field(node, path)];
  }

  /** A provider and its own options. @param {string} path @param {string} role */
  provider(path, role) {
    const place = h("div.fw-provider");
    this.pickers.push(() => this.picker(place, path, role));
    this.picker(place, path, role);
    const info = this.chosen(path, role);
    const rows = info ? Object.entries(info.schema.properties ?? {}).flatMap(([name, node]) => this.rows(info.schema, resolve(info.schema, node), `${path}.options.${name}`)) : [];
    return [place, ...rows];
  }

  chosen(path, role) {
    return (this.store.providers[role] ?? []).find((each) => each.name === at(this.draft, `${path}.provider`));
  }

  /** The list of providers, those that cannot be used here in a group of their own; below it what to know of the chosen one. */
  picker(place, path, role) {
    if (place.contains(document.activeElement) && document.activeElement?.tagName === "SELECT") return; // it may be open
    const all = this.store.providers[role] ?? [];
    const info = this.chosen(path, role);
    const option = (each) => h("option", { value: each.name, selected: each === info }, this.providerName(each));
    const keyless = all.filter((each) => lacksKey(this.store, each));
    const select = h("select", { onchange: () => this.chooseProvider(path, select.value), "aria-label": t(`role_${role}`) },
      ...all.filter((each) => !keyless.includes(each)).map(option), keyless.length ? h("optgroup", { label: t("needs_key") }, ...keyless.map(option)) : "");
    const languages = info?.languages.length && !info.languages.includes(this.draft.understanding.language)
      ? h("p.fw-notice", {}, t("language_unsupported", { title: info.title, languages: info.languages.slice(0, 6).join(", ") })) : "";
    place.replaceChildren(h("div.fw-field", {}, h("label", {}, h("span.fw-field-title", {}, t(`role_${role}`)), select)), this.keyNote(info, at(this.draft, `${path}.options.base_url`)), languages);
  }

  providerName(info) {
    const key = keyOf(this.store, info);
    const trouble = lacksKey(this.store, info) ? t("sets_key", { variable: key.variable }) : info.missing ? t("missing") : key?.state === "rejected" ? t("key_state_rejected") : "";
    return [info.title, ...info.labels.map((label) => (known(`label_${label}`) ? t(`label_${label}`) : label))].join(" · ") + (trouble ? ` — ${trouble}` : "");
  }

  /** Why the chosen provider cannot be used, or what is the matter with its key. @param {any} info @param {string} [address] another one than its vendor's: the key stays here */
  keyNote(info, address) {
    const key = keyOf(this.store, info);
    if (key && address) return "";
    if (info?.missing && !lacksKey(this.store, info)) return h("p.fw-problem", {}, `${info.missing.what} ${info.missing.remedy}`);
    if (!key || ["accepted", "checking"].includes(key.state) || (key.state === "present" && !key.problem)) return "";
    if (key.state === "missing" && !info.missing) return "";
    return h("p.fw-notice.fw-key-note", {}, h("span", {}, keyRemedy(this.store, key)),
      h("button.fw-button", { type: "button", onclick: () => openKeys({ store: this.store, link: this.bench.link }) }, t("keys")));
  }

  keysChanged() {
    for (const paint of this.pickers) paint();
  }

  chooseProvider(path, name) {
    put(this.draft, path, { provider: name, options: {} });
    this.fill();
    this.apply();
  }

  title(node, path) {
    return (lang() === "ru" ? node.ru?.title : null) ?? node.title ?? path.split(".").at(-1);
  }

  /** @param {any} node a JSON schema with `unit` and `ru` @param {string} path */
  field(node, path) {
    const title = this.title(node, path);
    const help = (lang() === "ru" ? node.ru?.description : null) ?? node.description ?? "";
    const id = `fw-${this.view.letter}-${this.bench.tab}-${path.replaceAll(".", "-")}`;
    const given = at(this.draft, path);
    const value = given === undefined ? node.default : given;
    const error = h("span.fw-field-error", { role: "alert", hidden: true });
    const change = (/** @type {any} */ next) => {
      put(this.draft, path, next);
      this.apply();
    };
    const { element, set } = control(node, id, path.split(".").at(-1), value, change);
    const reset = h("button.fw-icon.fw-reset", { type: "button", title: t("reset_knob"), "aria-label": `${title}: ${t("reset_knob")}`, onclick: () => {
      const before = at(this.view.column.base, path);
      const base = before === undefined ? node.default : before;
      set(base);
      change(base);
    } }, icon("fresh"));
    const row = h("div.fw-field", { data: { path, title } },
      h("label", { for: id }, h("span.fw-field-title", {}, title, node.unit ? h("span.fw-quiet", {}, ` ${node.unit}`) : "")), element, reset, help ? h("p.fw-help-line", {}, help) : "", error);
    this.fields.set(path, { row, error, set, fallback: node.default });
    return row;
  }

  apply() {
    this.waiting = true;
    for (const field of this.fields.values()) show(field.error, false);
    this.paint();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.waiting = false;
      this.bench.send("column_configure", { column: this.view.letter, configuration: this.draft });
      this.paint();
    }, APPLY_AFTER_MS);
  }

  /** The server's objections, at their fields. @param {any} message */
  problem(message) {
    if (message.tab !== this.bench.tab || message.column !== this.view.letter) return;
    for (const { path, message: text, allowed } of message.fields ?? []) {
      const field = this.fields.get(path);
      if (!field) continue;
      say(field.error, path.endsWith(".base_url") && lang() !== "en" ? t("bad_address") : text + (allowed ? ` (${t("allowed")}: ${allowed})` : ""));
      show(field.error, true);
    }
  }

  savePreset(overwrite) {
    const title = overwrite ? this.view.preset.selectedOptions[0]?.textContent.replace("★ ", "") : window.prompt(t("preset_name"), "");
    if (title) this.bench.send("preset_save", { column: this.view.letter, title, overwrite });
  }

  deletePreset() {
    if (window.confirm(t("delete_preset_sure"))) this.bench.send("preset_delete", { preset: this.view.column.preset });
  }

  dispose() {
    if (this.waiting) {
      clearTimeout(this.timer);
      this.bench.send("column_configure", { column: this.view.letter, configuration: this.draft });
    }
    this.off();
  }
}
