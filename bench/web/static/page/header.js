/** The strip on top: the name, how exact the instrument is right now, language, theme, help. */

import { icon } from "./icons.js";
import { openHelp } from "./help.js";
import { keysTrouble, openKeys } from "./key_panel.js";
import { h, say } from "./dom.js";
import { lang, onLanguage, setLanguage, t } from "./words.js";

export class HeaderView {
  /** @param {any} root @param {any} context */
  constructor(root, context) {
    this.store = context.store;
    this.chip = h("span.fw-chip", { tabindex: "0", role: "status" });
    this.language = h("button.fw-icon.fw-text", { onclick: () => setLanguage(lang() === "en" ? "ru" : "en") });
    this.theme = h("button.fw-icon", { onclick: () => this.toggleTheme() }, icon("theme"));
    this.keys = h("button.fw-icon.fw-keys", { onclick: () => openKeys(context) }, icon("key"));
    this.help = h("button.fw-icon", { onclick: () => openHelp(this.store) }, "?");
    root.append(h("h1.fw-name", {}, "Firstword"), h("span.fw-tagline"), h("span.fw-spring"), this.chip, this.keys, this.language, this.theme, this.help);
    this.tagline = root.querySelector(".fw-tagline");
    for (const type of ["instrument", "connection", "welcome", "keys"]) this.store.on(type, () => this.draw());
    onLanguage(() => this.draw());
    this.draw();
  }

  toggleTheme() {
    const dark = document.body.classList.toggle("dark");
    localStorage.setItem("firstword.theme", dark ? "dark" : "light");
  }

  draw() {
    say(this.tagline, t("tagline"));
    say(this.language, lang() === "en" ? "RU" : "EN");
    for (const [button, key] of [[this.language, "change_language"], [this.theme, "change_theme"], [this.keys, "keys"], [this.help, "help"]]) {
      button.title = t(key);
      button.setAttribute("aria-label", t(key));
    }
    this.keys.classList.toggle("fw-trouble", keysTrouble(this.store));
    if (keysTrouble(this.store)) {
      this.keys.title = t("keys_trouble");
      this.keys.setAttribute("aria-label", t("keys_trouble"));
    }
    const known = this.store.instrument;
    const error = known?.clock_error_ms;
    this.chip.dataset.state = this.store.connection.state === "open" ? (error !== null && error <= 3 ? "good" : "fair") : "lost";
    say(this.chip, this.store.connection.state !== "open" ? t("instrument_lost")
      : error === null || error === undefined ? t("instrument_waiting") : t("instrument", { error: error.toFixed(1) }));
    this.chip.title = known ? t("instrument_hint", { error: error?.toFixed(2) ?? "?", rtt: known.rtt_ms?.toFixed(2) ?? "?",
      drift: known.drift_ppm?.toFixed(1) ?? "?", lag: known.loop_lag_ms, stalls: known.stalls }) : t("instrument_waiting");
  }
}
