/** Runs once: makes the one link to the server, keeps the state, and fills every island that appears in the page. */

import { connect } from "../sound/link.js";
import { BenchView } from "./bench_view.js";
import { say } from "./dom.js";
import { HeaderView } from "./header.js";
import { listenToKeys } from "./keyboard.js";
import { Store } from "./store.js";
import { lang, loadWords, onLanguage, t } from "./words.js";

const TAB_WORDS = { voice: "tab_voice", chat: "tab_chat", tasks: "tab_tasks" };

/** This browser tab's id, which survives a reload; and the page that was open before, whose columns a new tab starts with. */
function pageId() {
  const known = sessionStorage.getItem("firstword.page");
  const id = known ?? crypto.randomUUID();
  sessionStorage.setItem("firstword.page", id);
  const from = localStorage.getItem("firstword.page");
  localStorage.setItem("firstword.page", id);
  return { id, from: from === id ? null : from };
}

/** The address without `compare`, so that a reload does not undo what was changed since. */
function takeCompare() {
  const address = new URL(location.href);
  const compare = address.searchParams.get("compare");
  if (compare) {
    address.searchParams.delete("compare");
    history.replaceState(null, "", address);
  }
  return compare;
}

/** @param {Element} root @param {any} context */
function fill(root, context) {
  for (const element of root.querySelectorAll(":is(.fw-header, .fw-bench, .fw-tasks):not([data-filled])")) {
    element.setAttribute("data-filled", "");
    if (element.classList.contains("fw-header")) new HeaderView(element, context);
    else if (element.classList.contains("fw-tasks")) import("../tasks/main.js").then(({ TasksView }) => new TasksView(element, context));
    else new BenchView(element, element.dataset.tab ?? "voice", context);
  }
}

function nameTabs() {
  for (const [id, key] of Object.entries(TAB_WORDS)) {
    for (const button of document.querySelectorAll(`#fw-tabs [role="tab"][data-tab-id="${id}"]`)) say(button, t(key));
  }
}

async function start() {
  const dark = localStorage.getItem("firstword.theme");
  if (dark) document.body.classList.toggle("dark", dark === "dark");
  await loadWords();
  const { id, from } = pageId();
  const store = new Store();
  const link = await connect({ page: id, from, language: lang(), compare: takeCompare(), fresh: true });
  const context = { store, link, clock: null };
  store.attach(link);
  link.on("server_clock", (clock) => (context.clock = clock));
  fill(document.body, context);
  nameTabs();
  new MutationObserver(() => {
    fill(document.body, context);
    nameTabs();
  }).observe(document.body, { childList: true, subtree: true });
  onLanguage(() => {
    link.send({ type: "language", language: lang() });
    nameTabs();
  });
  listenToKeys(context);
  // The first gesture, wherever it is, lets the page sound: browsers keep it silent until then.
  for (const gesture of ["pointerdown", "keydown"]) window.addEventListener(gesture, () => link.unlock(), { once: true, capture: true });
  Object.assign(window, { firstword: context });
}

start();
