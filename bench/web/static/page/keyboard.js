/** Shortcuts: Space microphone, Esc stop, ? help, arrows between tabs. Ctrl+Enter stands with the message box. */

/** @param {EventTarget | null} target */
function typing(target) {
  const element = /** @type {HTMLElement} */ (target);
  return element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
}

/** @param {EventTarget | null} target */
const pressing = (target) => target instanceof HTMLElement && /^(BUTTON|SUMMARY|A)$/.test(target.tagName);

/** The tab that is in front. @returns {any} */
export function frontTab() {
  const bench = [...document.querySelectorAll(".fw-bench, .fw-tasks")].find((each) => /** @type {HTMLElement} */ (each).offsetParent !== null);
  return /** @type {any} */ (bench)?.view ?? null;
}

/** @param {KeyboardEvent} event */
function moveBetweenTabs(event) {
  const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('#fw-tabs [role="tab"]')]);
  const at = tabs.indexOf(/** @type {HTMLElement} */ (event.target));
  if (at < 0 || !["ArrowLeft", "ArrowRight"].includes(event.key)) return false;
  const next = tabs[(at + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
  next.focus();
  next.click();
  return true;
}

/** @param {any} context */
export function listenToKeys(context) {
  document.addEventListener("keydown", (event) => {
    const view = frontTab();
    if (!view || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (moveBetweenTabs(event)) return event.preventDefault();
    if (event.key === "Escape") {
      if (!view.closeWhatIsOpen()) view.stop();
    } else if (typing(event.target)) {
      return;
    } else if (event.key === " " && view.space && !pressing(event.target)) {
      event.preventDefault();
      view.space();
    } else if (event.key === "?") {
      view.help();
    }
  });
  void context;
}
