// One stream of server-sent events that opens itself again.
//
// It is read with fetch() and not with EventSource, which hides why a stream was refused: a page that needs a login, a
// market that is gone and a server that is gone would look the same.

import { AnswerError, address, errorOf } from "./ask.js";

const FIRST_PAUSE = 250; // Milliseconds before the first attempt after a loss.
const LONGEST_PAUSE = 5000;
const MOST_TEXT = 16 << 20; // Characters without an end of a message.

/** Splits what arrives into events. Pure. */
export class EventSplitter {
  constructor() {
    this.rest = "";
  }

  /** The events that end in this text, as {name, data}. */
  feed(text) {
    this.rest += text;
    const pieces = this.rest.split("\n\n");
    this.rest = pieces.pop();
    if (this.rest.length > MOST_TEXT) throw new Error("a message has no end");
    return pieces.map(EventSplitter.event).filter((event) => event.data);
  }

  static event(piece) {
    const event = { name: "message", data: "" };
    for (const line of piece.split("\n")) {
      if (line.startsWith("data:")) event.data += line.slice(5).trimStart();
      else if (line.startsWith("event:")) event.name = line.slice(6).trim();
    }
    return event;
  }
}

export class Stream {
  /**
   * handler: message(object), opened(), lost(error, milliseconds until the next attempt).
   * An error that asks for a token ends the stream for good.
   */
  constructor(path, parameters, handler) {
    this.address = address(path, parameters);
    this.handler = handler;
    this.failures = 0;
    this.timer = 0;
    this.closed = false;
    this.open();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.abort?.abort();
  }

  /** Ends this connection and begins another at once: it is silent, and nobody answers. */
  again() {
    clearTimeout(this.timer);
    this.abort?.abort();
    if (!this.closed) this.open();
  }

  async open() {
    const abort = (this.abort = new AbortController());
    let error = null;
    try {
      const response = await fetch(this.address, { signal: abort.signal, cache: "no-store" });
      if (!response.ok) throw await errorOf(response);
      if (abort.signal.aborted) return;
      this.handler.opened?.();
      await this.read(response.body.getReader(), abort.signal);
    } catch (failure) {
      error = failure;
    }
    if (abort.signal.aborted || this.closed) return;
    this.lose(error);
  }

  lose(error) {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.failures) * (0.75 + Math.random() / 2);
    this.failures += 1;
    this.handler.lost?.(error, pause);
    if (!(error instanceof AnswerError && error.needsToken)) this.timer = setTimeout(() => this.open(), pause);
  }

  async read(reader, signal) {
    const decoder = new TextDecoder();
    const splitter = new EventSplitter();
    for (;;) {
      const { value, done } = await reader.read();
      if (done || signal.aborted) return;
      for (const event of splitter.feed(decoder.decode(value, { stream: true }))) {
        const content = JSON.parse(event.data);
        if (event.name === "end") throw new AnswerError(0, content.code, content.message);
        this.failures = 0;
        this.handler.message(content);
      }
    }
  }
}
