/** Tokens, sound, characters and money in words; and who really answered. */

import { day } from "./combobox.js";
import { h } from "./dom.js";
import { known, lang, t } from "./words.js";

export const STAGES = ["stt", "llm", "tts"];
const NONE = "—";

/** 12345 → "12,345" (or as Russian writes it). @param {number | null | undefined} n */
export const count = (n) => (n === null || n === undefined ? NONE : new Intl.NumberFormat(lang()).format(n));

/** @param {number} usd */
export const money = (usd) => new Intl.NumberFormat(lang(), { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", minimumFractionDigits: 2, maximumSignificantDigits: usd < 1 ? 3 : 6 }).format(usd);

/** @param {number | null} ms */
export const sound = (ms) => (ms === null || ms === undefined ? NONE : `${new Intl.NumberFormat(lang(), { maximumFractionDigits: 1 }).format(ms / 1000)} ${t("unit_s")}`);

/** The vendors whose format a stand-in spoke in this turn. @param {any} view a TurnView @returns {string[]} */
export const standIns = (view) => [...new Set(STAGES.map((stage) => view?.services?.[stage]?.simulated).filter(Boolean))];

/** @param {string[]} names */
export const standInText = (names) => names.map((name) => t("wire_server_not", { vendor: known(`vendor_${name}`) ? t(`vendor_${name}`) : name })).join(", ");

/** @param {any} cost the `Cost` shape @returns {{text: string, hint: string}} */
export function costWords(cost) {
  if (!cost || cost.usd === null) return { text: NONE, hint: cost?.why ? t(`cost_${cost.why}`, { stage: cost.stage ? t(`owner_${cost.stage}`) : "" }) : "" };
  const text = `${cost.at_least ? "≥ " : ""}${money(cost.usd)}`;
  return { text, hint: [cost.priced_on ? t("priced_on", { date: day(cost.priced_on) }) : "", cost.at_least ? t("cost_at_least") : ""].filter(Boolean).join(" ") };
}

/** One line on what a turn consumed; empty when nothing was counted. @param {any} view a TurnView */
export function usageLine(view) {
  const usage = Object.values(view?.usage ?? {});
  const paid = view && (view.cost?.usd !== null || ["no_price", "not_counted"].includes(view.cost?.why)) && view.outcome;
  if (!usage.length && !paid) return null;
  const sum = (name) => {
    const some = usage.map((each) => each[name]).filter((n) => n !== null && n !== undefined);
    return some.length ? some.reduce((a, b) => a + b, 0) : null;
  };
  const [into, cached, out, reasoning, audio, characters] = ["tokens_in", "tokens_cached", "tokens_out", "tokens_reasoning", "audio_ms", "characters"].map(sum);
  const parts = [];
  if (into !== null) parts.push(t("used_in", { n: count(into) }) + (cached ? ` (${t("used_cached", { n: count(cached) })})` : ""));
  if (out !== null) parts.push(t("used_out", { n: count(out) }) + (reasoning ? ` (${t("used_reasoning", { n: count(reasoning) })})` : ""));
  if (audio !== null) parts.push(t("used_audio", { time: sound(audio) }));
  if (characters !== null) parts.push(t("used_characters", { n: count(characters) }));
  const { text, hint } = costWords(view.cost);
  if (view.outcome && !["not_metered", "simulated"].includes(view.cost.why)) parts.push(t("used_cost", { cost: text }));
  return { text: parts.join(" · "), hint };
}

/** The table of what the shown turns consumed, one row for each stage. @param {{column: string, turn: any}[]} shown @returns {any[]} */
export function usageRows(shown) {
  const rows = shown.flatMap(({ column, turn }) => {
    const view = turn?.view;
    const stages = STAGES.filter((stage) => view?.usage?.[stage] || view?.services?.[stage]?.metered);
    const own = stages.map((stage) => row(column, stage, view.usage[stage], view.services[stage]));
    if (!stages.length) return [];
    const total = costWords(view.cost);
    return [...own, h("tr.fw-total", {}, h("td", {}, column), h("td", { colspan: "7" }, `${t("total")}${standIns(view).length ? ` · ${standInText(standIns(view))}` : ""}`),
      h("td.fw-number", { title: total.hint, data: { cost: view.cost.usd ?? "" } }, total.text), h("td", {}, total.hint))];
  });
  if (!rows.length) return [];
  const head = ["column", "service", "tokens_in", "cached", "tokens_out", "reasoning", "audio", "characters", "cost", "priced_on"];
  return [h("caption", {}, t("consumed")), h("thead", {}, h("tr", {}, ...head.map((key) => h("th", { scope: "col" }, t(`th_${key}`))))), h("tbody", {}, ...rows)];
}

function row(column, stage, usage, service) {
  const number = (name) => h("td.fw-number", { title: usage?.[name] === null || !usage ? t(usage ? "unknown_not_told" : "cost_not_counted", { stage: t(`owner_${stage}`) }) : null }, count(usage?.[name]));
  const cost = usage?.cost_usd === null || usage?.cost_usd === undefined ? NONE : money(usage.cost_usd);
  const why = cost !== NONE ? null : service?.simulated ? t("cost_simulated") : !service?.metered ? t("cost_not_metered") : t(usage ? "cost_no_price" : "cost_not_counted", { stage: t(`owner_${stage}`) });
  return h("tr", {}, h("td", {}, column), h("td", {}, t(`owner_${stage}`)), number("tokens_in"), number("tokens_cached"), number("tokens_out"), number("tokens_reasoning"),
    h("td.fw-number", {}, sound(usage?.audio_ms)), number("characters"), h("td.fw-number", { title: why }, cost), h("td", {}, usage?.priced_on ? day(usage.priced_on) : why ?? ""));
}

/** What a column's turns consumed together, as one line. @param {any} used the `Consumption` shape @returns {{text: string, hint: string} | null} */
export function totalLine(used) {
  if (!used || (used.tokens_out === null && used.characters === null && used.audio_ms === null && !used.unpriced && !used.priced)) return null;
  const parts = [];
  if (used.tokens_in !== null) parts.push(t("used_in", { n: count(used.tokens_in) }));
  if (used.tokens_out !== null) parts.push(t("used_out", { n: count(used.tokens_out) }));
  if (used.audio_ms !== null) parts.push(t("used_audio", { time: sound(used.audio_ms) }));
  if (used.characters !== null) parts.push(t("used_characters", { n: count(used.characters) }));
  if (used.cost_usd !== null) parts.push(`${used.at_least || used.unpriced ? "≥ " : ""}${money(used.cost_usd)}`);
  else if (used.unpriced) parts.push(t("used_cost", { cost: NONE }));
  const hint = [used.priced ? t("cost_of_turns", { n: used.priced }) : "", used.priced_on ? t("priced_on", { date: day(used.priced_on) }) : "", used.unpriced ? t("cost_unknown_turns", { n: used.unpriced }) : "",
    used.simulated ? t("cost_simulated_turns", { n: used.simulated }) : ""].filter(Boolean).join("\n");
  return { text: parts.join(" · "), hint };
}
