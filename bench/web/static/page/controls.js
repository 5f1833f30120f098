/** The input for one value of a setting, by its JSON schema. An empty one means 'as the provider has it', where that may be. */

import { Combobox } from "./combobox.js";
import { h } from "./dom.js";
import { known, t } from "./words.js";

/**
 * @param {any} node as `resolve` gives it @param {string} id @param {string} name the setting's own name
 * @param {any} value @param {(value: any) => void} change
 * @returns {{element: any, set: (value: any) => void}}
 */
export function control(node, id, name, value, change) {
  if (node.variants) return anyControl(node, id, value, change);
  if (node.enum) {
    const label = (each) => (each === "" ? t("vendor_default") : known(`choice_${name}_${each}`) ? t(`choice_${name}_${each}`) : String(each));
    return choiceControl(node, id, value, change, node.enum, label);
  }
  if (node.type === "boolean") {
    if (node.nullable) return choiceControl(node, id, value, change, [true, false], (each) => t(each ? "answer_yes" : "answer_no"));
    const element = h("input", { id, type: "checkbox", checked: Boolean(value), onchange: () => change(element.checked) });
    return { element, set: (next) => (element.checked = Boolean(next)) };
  }
  if (node.type === "integer" || node.type === "number") return numberControl(node, id, value, change);
  if (node.type === "string") return textControl(node, id, name, value, change);
  if (node.type === "array" && ["number", "integer", "string"].includes(node.items?.type)) return listControl(node, id, value, change);
  return jsonControl(id, value, change);
}

const placeholder = (node) => (node.nullable ? t("vendor_default") : null);

/** One of a few values; where none is a choice too, it stands first. */
function choiceControl(node, id, value, change, all, label) {
  const none = node.nullable ? [h("option", { value: "", selected: value === null || value === undefined }, t("vendor_default"))] : [];
  const element = h("select", { id, onchange: () => change(element.value === "" && node.nullable ? null : all.find((each) => String(each) === element.value)) },
    ...none, ...all.map((each) => h("option", { value: String(each), selected: each === value }, label(each))));
  return { element, set: (next) => (element.value = next === null || next === undefined ? "" : String(next)) };
}

/** A prompt is applied while it is written; names and addresses only when they are complete: each is a connection. */
function textControl(node, id, name, value, change) {
  const line = /(^|_)(url|address|model)$/.test(name);
  const take = (text) => change(text === "" && node.nullable ? null : text);
  if (node.suggestions?.length) {
    const box = new Combobox(id, value, node.suggestions, { maxlength: node.maxLength, placeholder: placeholder(node) }, take);
    return { element: box.element, set: (next) => box.set(next) };
  }
  const long = !line && (node.maxLength ?? 0) > 500;
  const element = h(long ? "textarea" : "input", { id, rows: long ? "7" : null, maxlength: node.maxLength, value: value ?? "", placeholder: placeholder(node),
    spellcheck: line ? "false" : null, [long ? "oninput" : "onchange"]: () => take(line ? element.value.trim() : element.value) });
  return { element, set: (next) => (element.value = next ?? "") };
}

function numberControl(node, id, value, change) {
  const low = node.minimum ?? node.exclusiveMinimum;
  const high = node.maximum ?? node.exclusiveMaximum;
  const whole = node.type === "integer";
  const read = (element) => change(element.value === "" ? null : whole ? Math.trunc(Number(element.value)) : Number(element.value));
  const number = h("input.fw-number-box", { id, type: "number", value: value ?? "", min: low, max: high, step: whole ? 1 : "any", placeholder: placeholder(node), oninput: () => {
    if (slide) slide.value = number.value;
    read(number);
  } });
  // A slider always stands somewhere: it cannot show 'no value'.
  const slides = !node.nullable && low !== undefined && high !== undefined && high - low <= 10_000;
  const slide = slides ? h("input", { type: "range", min: low, max: high, step: whole ? (high - low > 500 ? 10 : 1) : (high - low) / 100, value: value ?? low, "aria-label": id, tabindex: "-1", oninput: () => {
    number.value = slide.value;
    read(slide);
  } }) : null;
  const set = (next) => {
    number.value = next ?? "";
    if (slide) slide.value = next ?? low;
  };
  return { element: h(node.nullable ? "span.fw-number-place.fw-nullable" : "span.fw-number-place", {}, slide, number), set };
}

/** Several values, separated by commas. */
function listControl(node, id, value, change) {
  const write = (list) => (list ?? []).join(", ");
  const read = (text) => text.split(",").map((part) => part.trim()).filter(Boolean).map((part) => (node.items.type === "string" || Number.isNaN(Number(part)) ? part : Number(part)));
  const element = h("input", { id, value: write(value), placeholder: placeholder(node), onchange: () => change(element.value.trim() === "" && node.nullable ? null : read(element.value)) });
  return { element, set: (next) => (element.value = write(next)) };
}

/** A value of several types: a number where it reads as one and one is taken, else text. */
function anyControl(node, id, value, change) {
  const types = node.variants.map((each) => each.type);
  const numbers = types.includes("number") || types.includes("integer");
  if (!types.every((type) => ["number", "integer", "string"].includes(type))) return jsonControl(id, value, change);
  const read = (text) => (text === "" && node.nullable ? null : numbers && text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text);
  const element = h("input", { id, value: value ?? "", placeholder: placeholder(node), onchange: () => change(read(element.value.trim())) });
  return { element, set: (next) => (element.value = next ?? "") };
}

function jsonControl(id, value, change) {
  const element = h("input", { id, value: JSON.stringify(value), onchange: () => {
    try {
      change(JSON.parse(element.value));
    } catch {
      element.value = JSON.stringify(value);
    }
  } });
  return { element, set: (next) => (element.value = JSON.stringify(next)) };
}
