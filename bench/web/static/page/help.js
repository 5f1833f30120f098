/** Shortcuts, and what every figure and owner of time means. */

import { icon } from "./icons.js";
import { h } from "./dom.js";
import { COLOURS, OWNERS } from "./owners.js";
import { both, knobTitle, t } from "./words.js";

const KEYS = ["space", "enter", "esc", "arrows", "question"];

/** @param {any} store */
export function openHelp(store) {
  const old = document.querySelector("dialog.fw-help");
  if (old) return /** @type {HTMLDialogElement} */ (old).close();
  const dialog = h("dialog.fw-help", { "aria-label": t("help"), onclose: () => dialog.remove(), onclick: (event) => event.target === dialog && dialog.close() },
    h("div.fw-help-body", {},
      h("header", {}, h("h2", {}, t("help")), h("button.fw-icon", { "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"))),
      h("p", {}, t("help_what")),
      h("h3", {}, t("help_keys")),
      h("dl.fw-keys", {}, ...KEYS.flatMap((key) => [h("dt", {}, h("kbd", {}, t(`key_${key}`))), h("dd", {}, t(`key_${key}_does`))])),
      h("h3", {}, t("help_figures")),
      h("dl", {}, ...Object.entries(store.glossary).flatMap(([name, entry]) => [h("dt", {}, both(entry.title)),
        h("dd", {}, both(entry.definition), h("span.fw-quiet", {}, ` ${t("moved_by")}: ${knobTitle(store.knobs, entry.knob)}`))])),
      h("h3", {}, t("help_owners")),
      h("dl", {}, ...OWNERS.flatMap((owner) => [h("dt", {}, swatch(owner), t(`owner_${owner}`)), h("dd", {}, t(`owner_${owner}_hint`))])),
    ));
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {string} owner */
export function swatch(owner) {
  const mark = h("span.fw-swatch", { data: { owner } });
  mark.style.setProperty("--fw-owner", COLOURS[owner][0]);
  return mark;
}
