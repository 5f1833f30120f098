/** The few pictures on buttons, drawn as paths so that they look the same on every computer. */

const PATHS = {
  speaker: "M3 6v4h3l4 3V3L6 6H3z M12 5.5a3.5 3.5 0 0 1 0 5 M13.8 3.7a6 6 0 0 1 0 8.6",
  muted: "M3 6v4h3l4 3V3L6 6H3z M12.5 6.5l3 3 M15.5 6.5l-3 3",
  settings: "M2 4.5h7 M13 4.5h1 M11 2.5v4 M2 11.5h1 M7 11.5h7 M5 9.5v4",
  stop: "M4.5 4.5h7v7h-7z",
  close: "M4 4l8 8 M12 4l-8 8",
  play: "M5 3l8 5-8 5z",
  add: "M8 3v10 M3 8h10",
  link: "M7 9.5a2.5 2.5 0 0 0 3.6 0l2.3-2.3a2.5 2.5 0 0 0-3.6-3.6L8.4 4.5 M9 6.5a2.5 2.5 0 0 0-3.6 0L3.1 8.8a2.5 2.5 0 0 0 3.6 3.6l.9-.9",
  fresh: "M13 8a5 5 0 1 1-1.6-3.7 M13 2.5v2.6h-2.6",
  upload: "M8 11V3 M4.8 6L8 2.8 11.2 6 M3 13h10",
  theme: "M8 2.5a5.5 5.5 0 1 0 0 11z M8 2.5a5.5 5.5 0 0 1 0 11",
  key: "M6.5 9.5a3 3 0 1 1 0-4.2 3 3 0 0 1 .8 1.7H14v2.2h-2v1.6H9.8V9.2H7.3a3 3 0 0 1-.8.3z M3.9 7.4h.2",
  warm: "M9 2L4 9h3.5L7 14l5-7H8.5z",
  open: "M4 6.5l4 4 4-4",
  done: "M3.5 8.5l3 3 6-7",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", width: "16", height: "16", "aria-hidden": "true", class: "fw-svg" })) svg.setAttribute(key, value);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
