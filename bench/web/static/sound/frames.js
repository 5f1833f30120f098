/** The binary frames of the socket: a 24-byte little-endian header, then mono int16 PCM. */

export const HEADER_BYTES = 24;
/** The tabs in the order of their numbers on the wire. */
export const TABS = ["voice", "chat"];
/** The columns in the order of their numbers on the wire. */
export const COLUMNS = ["A", "B", "C", "D"];
/** How many columns of all tabs there are: each has its own player. */
export const SLOTS = TABS.length * COLUMNS.length;
/** Samples of one frame of the microphone: 20 ms. */
export const FRAME_SAMPLES = 320;
/** Sample rate of the microphone (Hz). */
export const MICROPHONE_HZ = 16000;

const SOUND_DOWN = 1;
const SOUND_UP = 2;
const LAST_CHUNK = 1;

/**
 * @param {string} tab
 * @param {string} column
 * @returns {number} the number of its player, or −1 when there is no such column
 */
export function slotOf(tab, column) {
  const [t, c] = [TABS.indexOf(tab), COLUMNS.indexOf(column)];
  return t < 0 || c < 0 ? -1 : t * COLUMNS.length + c;
}

/**
 * @typedef {object} SoundDown
 * @property {number} slot which player
 * @property {string} tab
 * @property {string} column
 * @property {boolean} last true for the last chunk of the reply
 * @property {number} serial the turn's serial within the column's conversation
 * @property {number} rate_hz sample rate (Hz)
 * @property {number} position index of the first sample within the reply
 * @property {number | null} audible index within the reply of its first audible sample, null while not known
 * @property {number} samples how many samples follow the header
 */

/**
 * @param {ArrayBuffer} buffer a whole binary frame
 * @returns {SoundDown | null} null when it is no such frame
 */
export function readSoundDown(buffer) {
  if (buffer.byteLength < HEADER_BYTES || (buffer.byteLength - HEADER_BYTES) % 2) return null;
  const view = new DataView(buffer);
  const [kind, tab, column, flags] = [view.getUint8(0), view.getUint8(1), view.getUint8(2), view.getUint8(3)];
  const rate_hz = view.getUint32(8, true);
  if (kind !== SOUND_DOWN || tab >= TABS.length || column >= COLUMNS.length || rate_hz < 4000 || rate_hz > 192000) return null;
  const audible = view.getInt32(16, true);
  return {
    slot: tab * COLUMNS.length + column,
    tab: TABS[tab],
    column: COLUMNS[column],
    last: (flags & LAST_CHUNK) !== 0,
    serial: view.getUint32(4, true),
    rate_hz,
    position: view.getUint32(12, true),
    audible: audible < 0 ? null : audible,
    samples: (buffer.byteLength - HEADER_BYTES) / 2,
  };
}

/**
 * Write the header of a frame of the microphone into a buffer that holds its samples already.
 *
 * @param {ArrayBuffer} buffer `HEADER_BYTES` free bytes, then the samples
 * @param {{tab: string, sequence: number, captured_ms: number, error_ms: number}} frame captured_ms: capture instant of the
 *   first sample (page clock, ms); error_ms: half width of its uncertainty (ms)
 */
export function writeSoundUp(buffer, { tab, sequence, captured_ms, error_ms }) {
  const view = new DataView(buffer);
  view.setUint8(0, SOUND_UP);
  view.setUint8(1, TABS.indexOf(tab));
  view.setUint16(2, 0, true);
  view.setUint32(4, sequence, true);
  view.setFloat64(8, captured_ms, true);
  view.setFloat32(16, error_ms, true);
  view.setUint32(20, 0, true);
}
