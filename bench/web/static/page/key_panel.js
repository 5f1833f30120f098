/** The keys of the providers: which variable, whether it is set, whether its vendor takes it, and what to do. Never a key. */

import { icon } from "./icons.js";
import { h } from "./dom.js";
import { problemText } from "./problem_words.js";
import { onLanguage, t } from "./words.js";

/** The state of a provider's key, or null when it needs none. @param {any} store @param {any} info a ProviderInfo */
export const keyOf = (store, info) => (info?.key ? store.keys.find((each) => each.key === info.key) ?? null : null);

/** A provider that cannot be used here for want of its key. @param {any} store @param {any} info */
export const lacksKey = (store, info) => Boolean(info?.missing) && keyOf(store, info)?.state === "missing";

/** What to do about a key, or what its check met. @param {any} store @param {any} key */
export function keyRemedy(store, key) {
  if (key.state === "missing" && key.optional) return t("key_remedy_optional", { variable: key.variable });
  if (key.state === "missing") return t("key_remedy_missing", { variable: key.variable });
  if (key.state === "rejected") return t("key_remedy_rejected", { variable: key.variable });
  if (key.problem) return problemText(key.problem, store);
  return "";
}

/** Something needs looking at. @param {any} store */
export const keysTrouble = (store) => store.keys.some((key) => ["rejected", "unreachable"].includes(key.state) || (key.problem && key.state === "present"));

/** @param {any} context `{store, link}` */
export function openKeys({ store, link }) {
  const old = document.querySelector("dialog.fw-keys-panel");
  if (old) return /** @type {HTMLDialogElement} */ (old).close();
  const body = h("div.fw-help-body");
  const offs = [store.on("keys", () => fill()), store.on("welcome", () => fill()), onLanguage(() => fill())];
  const dialog = h("dialog.fw-help.fw-keys-panel", { "aria-label": t("keys"), onclick: (event) => event.target === dialog && dialog.close(), onclose: () => {
    for (const off of offs) off();
    dialog.remove();
  } }, body);

  function fill() {
    const checking = store.keys.some((key) => key.state === "checking");
    const again = h("button.fw-button", { disabled: checking || !store.keys.some((key) => key.state !== "missing"), onclick: () => link.send({ type: "keys_check" }) }, t(checking ? "keys_checking" : "keys_check"));
    body.replaceChildren(
      h("header", {}, h("h2", {}, t("keys")), h("button.fw-icon", { "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
      h("p.fw-quiet", {}, t("keys_what")),
      ...(store.keys.length ? store.keys.map((key) => row(store, key)) : [h("p", {}, t("keys_none"))]),
      again,
    );
  }

  fill();
  document.body.append(dialog);
  dialog.showModal();
}

function row(store, key) {
  const remedy = keyRemedy(store, key);
  return h("div.fw-key", { data: { state: key.state, variable: key.variable } },
    h("p.fw-key-line", {}, h("code", {}, key.variable), h("span.fw-key-state", {}, t(`key_state_${key.state}`))),
    h("p.fw-quiet", {}, t("key_used_by", { providers: key.providers.join(", ") })), remedy ? h("p.fw-key-remedy", {}, remedy) : "");
}
