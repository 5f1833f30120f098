/** The professions that can be chosen: one list for all parts of the tab. */

import { ask, problemOf } from "./api.js";

export class Professions {
  constructor() {
    /** @type {any[]} `{id, name, title, summary, languages, tasks: [{id, title, time_limit_minutes}], own, revision}` */
    this.list = [];
    /** @type {"unknown" | "loading" | "ready" | "failed"} */
    this.state = "unknown";
    this.problem = null;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {() => void} listener called after each change @returns {() => void} ends that */
  on(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Ask for the list (again). */
  async load() {
    if (this.state === "unknown" || this.state === "failed") this.change({ state: "loading" });
    try {
      this.change({ list: await ask("GET", "/api/professions"), state: "ready", problem: null });
    } catch (error) {
      this.change({ state: "failed", problem: problemOf(error) });
    }
  }

  /** @param {number} id */
  get(id) {
    return this.list.find((profession) => profession.id === id) ?? null;
  }

  /** @param {object} fields */
  change(fields) {
    Object.assign(this, fields);
    for (const listener of this.listeners) listener();
  }
}
