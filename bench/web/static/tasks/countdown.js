/** What is left of a task's time. The server says how much; the page's monotonic clock only counts it down. */

const TICK_MS = 200;

export class Countdown {
  /** @param {{tick: () => void, over: () => void}} to called several times a second while it runs; once at the end */
  constructor(to) {
    this.to = to;
    /** @type {number | null} by performance.now() */
    this.ends_ms = null;
    this.limit_s = 0;
  }

  /** @param {number} limit_s the task's time @param {number} remaining_s what is left of it, by the server, now */
  set(limit_s, remaining_s) {
    this.limit_s = limit_s;
    this.ends_ms = performance.now() + remaining_s * 1000;
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
    this.tick();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.ends_ms = null;
  }

  get running() {
    return this.ends_ms !== null;
  }

  /** Seconds left, or null while it does not run. */
  get left_s() {
    return this.ends_ms === null ? null : Math.max(0, (this.ends_ms - performance.now()) / 1000);
  }

  /** How urgent: the last minute comes before the last fifth in a short task, and says more. */
  get level() {
    const left_s = this.left_s;
    if (left_s === null) return "none";
    if (left_s <= 0) return "over";
    if (left_s <= 60 && this.limit_s > 60) return "last_minute";
    return left_s <= this.limit_s / 5 ? "last_fifth" : "calm";
  }

  tick() {
    this.to.tick();
    if (this.left_s === 0) {
      this.stop();
      this.to.over();
    }
  }
}

/** 462 → "7:42". @param {number} seconds */
export function minutes(seconds) {
  const whole = Math.ceil(seconds);
  const hours = Math.floor(whole / 3600);
  const rest = `${String(Math.floor((whole % 3600) / 60)).padStart(hours ? 2 : 1, "0")}:${String(whole % 60).padStart(2, "0")}`;
  return hours ? `${hours}:${rest}` : rest;
}
