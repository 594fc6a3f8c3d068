// How old what the page shows is, and whether the server still answers.
//
// A market may be quiet for seconds, and a server may hang with its connections open. So a stream that was silent for
// SILENT is no reason to worry by itself: the page asks GET /health, and only if that is not answered either, the
// server is gone.

const SILENT = 800; // Milliseconds.
const ANSWER_WITHIN = 900;
const CHECK_EVERY = 200;

export const CONNECTING = "connecting";
export const LIVE = "live";
export const GONE = "gone";

export class Freshness {
  /** onChange(state, reason) when the state changes; hung() when the server is silent and does not answer. */
  constructor(onChange, hung) {
    this.onChange = onChange;
    this.hung = hung;
    this.state = CONNECTING;
    this.reason = "";
    this.newest = 0; // Time of this page (performance.now()) at which the newest message came; 0: none.
    this.lag = null;
    this.asking = false;
    this.heard = performance.now();
    this.timer = setInterval(() => this.check(), CHECK_EVERY);
  }

  /** A message came; publishNanos is the server's time of it. */
  message(publishNanos) {
    this.newest = this.heard = performance.now();
    this.lag = Date.now() - Number(publishNanos.slice(0, -6));
    this.change(LIVE, "");
  }

  /** A new choice: nothing of it is here yet. */
  restart() {
    this.newest = 0;
    this.heard = performance.now();
    this.change(CONNECTING, "");
  }

  lost(reason) {
    this.change(GONE, reason);
  }

  /** Milliseconds since the newest message; null before the first. */
  age() {
    return this.newest ? performance.now() - this.newest : null;
  }

  change(state, reason) {
    if (state === this.state && reason === this.reason) return;
    this.state = state;
    this.reason = reason;
    this.onChange(state, reason);
  }

  async check() {
    const waited = performance.now() - this.heard;
    if (this.asking || this.state === GONE || document.hidden || waited < SILENT) return;
    this.asking = true;
    const asked = performance.now();
    try {
      await fetch("/health", { signal: AbortSignal.timeout(ANSWER_WITHIN), cache: "no-store" });
      if (this.heard < asked) this.heard = performance.now();
    } catch {
      // Silence is the news: there is nothing else to say of it.
      if (this.heard < asked) {
        this.change(GONE, "the server does not answer");
        this.hung();
      }
    } finally {
      this.asking = false;
    }
  }
}

/** A time as short as it can be read. */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 100_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}
