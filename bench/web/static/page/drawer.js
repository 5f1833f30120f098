/** The settings of one column: a form made from the configuration's own schema and the chosen providers' option schemas. */

import { icon } from "./icons.js";
import { h, say, show } from "./dom.js";
import { wordDiff } from "./word_diff.js";
import { known, lang, t } from "./words.js";

const SECTIONS = ["listening", "understanding", "thinking", "speaking", "limits"];
const ROLES = { "listening.vad": "vad", "understanding.stt": "stt", "thinking.chat": "chat", "speaking.tts": "tts" };
const APPLY_AFTER_MS = 400;

/** @param {any} root a JSON schema @param {any} node @returns {any} */
function resolve(root, node) {
  const ref = node?.$ref ?? node?.allOf?.[0]?.$ref;
  return ref ? { ...ref.split("/").slice(1).reduce((at, name) => at[name], root), ...node, $ref: undefined } : node;
}

/** @param {any} data @param {string} path */
const at = (data, path) => path.split(".").reduce((value, key) => value?.[key], data);

/** @param {any} data @param {string} path @param {any} value */
function put(data, path, value) {
  const keys = path.split(".");
  const last = /** @type {string} */ (keys.pop());
  let here = data;
  for (const key of keys) here = here[key] ??= {};
  here[last] = value;
}

export class Drawer {
  /** @param {import("./column_view.js").ColumnView} view @param {"settings" | "changes"} part */
  constructor(view, part) {
    this.view = view;
    this.bench = view.bench;
    this.store = view.bench.store;
    this.draft = structuredClone(view.column.configuration);
    /** @type {Map<string, {row: any, error: any, set: (value: any) => void}>} */
    this.fields = new Map();
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
      else for (const [path, field] of this.fields) if (!field.row.contains(document.activeElement)) field.set(at(this.draft, path));
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
    const all = this.store.providers[role] ?? [];
    const chosen = at(this.draft, `${path}.provider`);
    const info = all.find((each) => each.name === chosen);
    const select = h("select", { onchange: () => this.chooseProvider(path, select.value), "aria-label": t(`role_${role}`) },
      ...all.map((each) => h("option", { value: each.name, selected: each.name === chosen }, [each.title, ...each.labels.map((label) => t(`label_${label}`))].join(" · ") + (each.missing ? ` — ${t("missing")}` : ""))));
    const missing = info?.missing ? h("p.fw-problem", {}, `${info.missing.what} ${info.missing.remedy}`) : "";
    const languages = info?.languages.length && !info.languages.includes(this.draft.understanding.language)
      ? h("p.fw-notice", {}, t("language_unsupported", { title: info.title, languages: info.languages.slice(0, 6).join(", ") })) : "";
    const rows = info ? Object.entries(info.schema.properties ?? {}).flatMap(([name, node]) => this.rows(info.schema, resolve(info.schema, node), `${path}.options.${name}`)) : [];
    return [h("div.fw-field", {}, h("label", {}, h("span.fw-field-title", {}, t(`role_${role}`)), select)), missing, languages, ...rows];
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
    const value = at(this.draft, path) ?? node.default;
    const error = h("span.fw-field-error", { role: "alert", hidden: true });
    const change = (/** @type {any} */ next) => {
      put(this.draft, path, next);
      this.apply();
    };
    const { element, set } = control(node, id, value, change);
    const reset = h("button.fw-icon.fw-reset", { type: "button", title: t("reset_knob"), "aria-label": `${title}: ${t("reset_knob")}`, onclick: () => {
      const base = at(this.view.column.base, path) ?? node.default;
      set(base);
      change(base);
    } }, icon("fresh"));
    const row = h("div.fw-field", { data: { path, title } },
      h("label", { for: id }, h("span.fw-field-title", {}, title, node.unit ? h("span.fw-quiet", {}, ` ${node.unit}`) : "")), element, reset, help ? h("p.fw-help-line", {}, help) : "", error);
    this.fields.set(path, { row, error, set });
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
      say(field.error, text + (allowed ? ` (${t("allowed")}: ${allowed})` : ""));
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

/** The input for one value. @param {any} node @param {string} id @param {any} value @param {(value: any) => void} change */
function control(node, id, value, change) {
  if (node.enum) {
    const label = (each) => (known(`choice_${each}`) ? t(`choice_${each}`) : String(each));
    const element = h("select", { id, onchange: () => change(node.enum.find((each) => String(each) === element.value)) },
      ...node.enum.map((each) => h("option", { value: String(each), selected: each === value }, label(each))));
    return { element, set: (next) => (element.value = String(next)) };
  }
  if (node.type === "boolean") {
    const element = h("input", { id, type: "checkbox", checked: Boolean(value), onchange: () => change(element.checked) });
    return { element, set: (next) => (element.checked = Boolean(next)) };
  }
  if (node.type === "integer" || node.type === "number") return numberControl(node, id, value, change);
  if (node.type === "string") {
    const long = (node.maxLength ?? 0) > 500;
    const element = h(long ? "textarea" : "input", { id, rows: long ? "7" : null, maxlength: node.maxLength, value: value ?? "", oninput: () => change(element.value) });
    return { element, set: (next) => (element.value = next ?? "") };
  }
  const element = h("input", { id, value: JSON.stringify(value), onchange: () => {
    try {
      change(JSON.parse(element.value));
    } catch {
      element.value = JSON.stringify(value);
    }
  } });
  return { element, set: (next) => (element.value = JSON.stringify(next)) };
}

function numberControl(node, id, value, change) {
  const low = node.minimum ?? node.exclusiveMinimum;
  const high = node.maximum ?? node.exclusiveMaximum;
  const whole = node.type === "integer";
  const read = (element) => change(element.value === "" ? null : whole ? Math.trunc(Number(element.value)) : Number(element.value));
  const number = h("input.fw-number-box", { id, type: "number", value: value ?? "", min: low, max: high, step: whole ? 1 : "any", oninput: () => {
    if (slide) slide.value = number.value;
    read(number);
  } });
  const slide = low !== undefined && high !== undefined && high - low <= 10_000 ? h("input", { type: "range", min: low, max: high, step: whole ? (high - low > 500 ? 10 : 1) : (high - low) / 100, value: value ?? low, "aria-label": id, tabindex: "-1", oninput: () => {
    number.value = slide.value;
    read(slide);
  } }) : null;
  const set = (next) => {
    number.value = next ?? "";
    if (slide) slide.value = next ?? low;
  };
  return { element: h("span.fw-number-place", {}, slide, number), set };
}
