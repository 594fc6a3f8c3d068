// One stream of a socket that opens itself again.

import { given } from "./ask.js";

const FIRST_PAUSE = 250; // Milliseconds before the first attempt after a loss.
const LONGEST_PAUSE = 5000;
const REFUSED_WITHIN = 1000; // Milliseconds; a stream that has not ended by then has begun, also without a message.

export class Stream {
  /**
   * handler: message(object), opened(), lost(error, milliseconds until the next attempt).
   * An error that asks for a token ends the stream for good.
   */
  constructor(socket, { path, parameters, credit, gather = 0 }, handler) {
    this.socket = socket;
    this.subscription = [path, given(parameters), credit, gather];
    this.handler = handler;
    this.failures = 0;
    this.timer = 0;
    this.open();
  }

  close() {
    clearTimeout(this.timer);
    this.socket.unsubscribe(this.id);
  }

  open() {
    this.begun = false;
    this.id = this.socket.subscribe(...this.subscription, {
      asked: () => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.begin(), REFUSED_WITHIN);
      },
      message: (message) => {
        this.begin();
        this.failures = 0;
        this.handler.message(message);
      },
      ended: (error) => this.lose(error),
    });
  }

  begin() {
    if (this.begun) return;
    this.begun = true;
    clearTimeout(this.timer);
    this.handler.opened?.();
  }

  lose(error) {
    clearTimeout(this.timer);
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.failures += 1;
    this.handler.lost?.(error, pause);
    if (!error?.needsToken) this.timer = setTimeout(() => this.open(), pause);
  }
}
