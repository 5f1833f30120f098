/** The one catalogue of what the page says, in English and Russian; `t("key", {name: value})` fills `{name}`. */

/** @type {Record<string, {en: string, ru: string}>} */
let catalogue = {};
let language = "en";
/** @type {Set<() => void>} */
const listeners = new Set();

/** Load the catalogue and choose the language: as chosen before, else as the browser prefers. */
export async function loadWords() {
  const answer = await fetch("/wb/words.json");
  catalogue = await answer.json();
  language = localStorage.getItem("firstword.language") ?? (navigator.language.startsWith("ru") ? "ru" : "en");
  document.documentElement.lang = language;
}

export const lang = () => language;

/** @param {string} chosen */
export function setLanguage(chosen) {
  language = chosen;
  localStorage.setItem("firstword.language", chosen);
  document.documentElement.lang = chosen;
  for (const listener of listeners) listener();
}

/** @param {() => void} listener called when the language has changed */
export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @param {string} key @param {Record<string, any>} [values] @returns {string} */
export function t(key, values = {}) {
  const words = catalogue[key];
  if (!words) return key;
  return words[language].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The words of a thing that comes in both languages. @param {{en: string, ru: string} | string | null | undefined} both */
export function both(both) {
  return typeof both === "string" ? both : both ? both[language] || both.en : "";
}

/** The title of a knob by its dotted path, from the configuration's schema. @param {any} schema @param {string} path */
export function knobTitle(schema, path) {
  const [section, name] = path.split(".");
  const model = schema?.$defs?.[section[0].toUpperCase() + section.slice(1)];
  const knob = model?.properties?.[name];
  const role = { vad: "vad", stt: "stt", chat: "chat", tts: "tts" }[name];
  return `${t(`section_${section}`)} · ${role ? t(`role_${role}`) : ((language === "ru" ? knob?.ru?.title : knob?.title) ?? name)}`;
}

/** @param {string} key */
export const known = (key) => key in catalogue;
