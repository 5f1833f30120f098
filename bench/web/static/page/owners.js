/** Owners of time: one colour each, the same everywhere. Okabe–Ito, told apart by people with any kind of colour blindness. */

export const OWNERS = ["setting", "detector", "stt", "llm", "tts", "network", "device", "workbench", "unexplained"];

/** Fill and the text that is readable on it. @type {Record<string, [string, string]>} */
export const COLOURS = {
  setting: ["#E69F00", "#1b1500"],
  detector: ["#F0E442", "#1b1900"],
  stt: ["#56B4E9", "#04141f"],
  llm: ["#0072B2", "#ffffff"],
  tts: ["#009E73", "#00150f"],
  network: ["#CC79A7", "#1f0613"],
  device: ["#8c8c8c", "#0b0b0b"],
  workbench: ["#D55E00", "#ffffff"],
  unexplained: ["#ffffff", "#1b1b1b"],
};

/** @param {CanvasRenderingContext2D} ctx @param {string} ink */
export function hatch(ctx, ink) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  pen.strokeStyle = ink;
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
  }
  pen.stroke();
  return /** @type {CanvasPattern} */ (ctx.createPattern(tile, "repeat"));
}
