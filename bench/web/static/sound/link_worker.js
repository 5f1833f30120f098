/**
 * The Worker that owns the page's socket. Sound goes between the socket and the audio thread here, and marks are made here, so
 * that a page that is busy drawing delays neither.
 */

import { now } from "./clock.js";
import { Replies } from "./replies.js";
import { Socket } from "./socket.js";
import { Uplink } from "./uplink.js";

const at = { ticket: new URL("../../ticket", import.meta.url), socket: new URL("../../socket", import.meta.url) };
at.socket.protocol = at.socket.protocol === "https:" ? "wss:" : "ws:";

/** @param {object} message */
const tell = (message) => self.postMessage(message);

/** @type {Socket | null} */
let socket = null;

/** @param {object} message */
const sendJson = (message) => socket?.sendJson(message);

const replies = new Replies({ mark: (mark) => sendJson({ type: "mark", ...mark }), tell, now });
const uplink = new Uplink({
  waiting: () => socket?.waiting ?? null,
  sendBinary: (buffer) => socket?.sendBinary(buffer),
  sendJson,
  tell,
  now,
});

/** @param {any} message of the server */
function received(message) {
  if (message.type === "audio_stop") replies.stop(message.tab, message.column, message.turn);
  replies.learn(message);
  if (message.type === "welcome") uplink.announce();
  tell({ type: "message", message });
}

/** What the page may ask for. @type {Record<string, (order: any) => void>} */
const orders = {
  open({ hello }) {
    socket = new Socket(at, hello, {
      message: received,
      sound: (buffer, at_ms) => replies.chunk(buffer, at_ms),
      connection: (connection) => tell({ type: "connection", ...connection }),
      server_clock: (estimate) => tell({ type: "server_clock", ...estimate }),
    });
    socket.open();
  },
  send: ({ message }) => sendJson(message),
  player: ({ port }) => replies.attach(port),
  output: ({ look }) => replies.look(look),
  microphone: ({ microphone }) => (microphone ? uplink.start(microphone) : uplink.stop()),
  clock: ({ asked_ms }) => tell({ type: "clock", asked_ms, worker_ms: now() }),
  retry: () => socket?.retry(),
  stats: ({ id }) => tell({ type: "stats", id, stats: { ...socket?.counts, ...replies.counts, ...uplink.counts } }),
  close() {
    uplink.stop();
    socket?.close();
    self.close();
  },
};

self.onmessage = ({ data }) => orders[data.type](data);
