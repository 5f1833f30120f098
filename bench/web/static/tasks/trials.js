/** The user's trials: the unfinished, to go on with, and the past. */

import { ask, problemOf } from "./api.js";

export class Trials {
  constructor() {
    /** @type {any[]} newest first */
    this.list = [];
    this.problem = null;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {() => void} listener @returns {() => void} */
  on(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async load() {
    try {
      this.change({ list: await ask("GET", "/api/trials"), problem: null });
    } catch (error) {
      this.change({ problem: problemOf(error) });
    }
  }

  /** The newest one that can be gone on with. @param {number} profession @param {string} language */
  unfinished(profession, language) {
    return this.list.find((trial) => !trial.ended && !trial.problem && !trial.column && trial.profession_id === profession && trial.language === language) ?? null;
  }

  /** @param {string} trial */
  async delete(trial) {
    await ask("DELETE", `/api/trials/${trial}`);
    this.change({ list: this.list.filter((each) => each.id !== trial) });
  }

  /** @param {string} trial */
  async abandon(trial) {
    await ask("POST", `/api/trials/${trial}/abandon`);
  }

  change(fields) {
    Object.assign(this, fields);
    for (const listener of this.listeners) listener();
  }
}
