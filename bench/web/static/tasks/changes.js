/** What other windows of the same trial do, and the clock at the workbench. */

import { address } from "./api.js";

/** Changes of one step come together (ms). */
const TOGETHER_MS = 50;

/** Listens only while this window is seen: a browser holds few connections open, and a window that comes back asks anyway. */
export class Changes {
  /** @param {{own: string, step: () => string, changed: () => void}} to this window's name; the step it is at; what to call */
  constructor(to) {
    this.to = to;
  }

  /** @param {string} trial */
  follow(trial) {
    if (document.visibilityState !== "visible") return this.stop();
    if (this.source) return;
    this.source = new EventSource(address(`/api/trials/${trial}/events`));
    this.source.onmessage = ({ data }) => this.told(JSON.parse(data));
  }

  stop() {
    this.source?.close();
    this.source = undefined;
    this.heard = false;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** @param {{type: string, data: any}} message the first one says where the trial stands; after a broken connection it comes again */
  told({ type, data }) {
    const known = type === "state" ? !this.heard && data.step === this.to.step() : Boolean(data.window) && data.window === this.to.own;
    this.heard = true;
    if (!known) this.soon();
  }

  /** Once for however many changes. */
  soon() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.to.changed();
    }, TOGETHER_MS);
  }
}
