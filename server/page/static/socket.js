// One websocket that carries all streams of the page. Over HTTP/1.1 a browser opens six connections per server, and
// streams of their own would leave none for a second window.

import { AnswerError } from "./ask.js";

export class Socket {
  constructor(path) {
    this.url = `${location.origin.replace(/^http/, "ws")}${path}`;
    this.link = null;
    this.streams = new Map(); // By id: {subscribe, credit, used, receiver}.
    this.newest = 0;
  }

  /**
   * Opens a stream and returns its id. The server sends `credit` messages before it waits for those to be used;
   * where `gather` is not 0, messages wait so many milliseconds for others, and come in one array with them.
   * receiver: asked() when the server has been asked, message(object), ended(error) once, and nothing after it.
   */
  subscribe(call, request, credit, gather, receiver) {
    const id = String(++this.newest);
    const stream = { subscribe: { op: "subscribe", id, call, request, credit, ...(gather && { gather_ms: gather }) }, credit, used: 0, receiver };
    this.streams.set(id, stream);
    if (!this.link) this.connect();
    else if (this.link.readyState === WebSocket.OPEN) this.ask(stream);
    return id;
  }

  /** Ends a stream. */
  unsubscribe(id) {
    if (!this.streams.has(id)) return;
    this.forget(id);
    if (this.link?.readyState === WebSocket.OPEN) this.say({ op: "unsubscribe", id });
  }

  /** The last stream ends the socket: the next one begins with the login of its own time. */
  forget(id) {
    this.streams.delete(id);
    if (!this.streams.size) this.close();
  }

  /** Begins another connection at once, with the same streams: this one is silent, and nobody answers. */
  again() {
    this.close();
    if (this.streams.size) this.connect();
  }

  connect() {
    const link = (this.link = new WebSocket(this.url));
    link.onopen = () => this.streams.forEach((stream) => this.ask(stream));
    link.onmessage = ({ data }) => {
      for (const told of [JSON.parse(data)].flat()) this.take(told);
    };
    link.onclose = ({ wasClean }) => this.lose(wasClean ? null : new Error("the connection was cut"));
  }

  close() {
    const link = this.link;
    this.link = null;
    if (!link) return;
    link.onopen = link.onmessage = link.onclose = null;
    link.close();
  }

  lose(error) {
    const streams = [...this.streams.values()];
    this.streams.clear();
    this.link = null;
    for (const { receiver } of streams) receiver.ended(error);
  }

  ask(stream) {
    stream.used = 0;
    this.say(stream.subscribe);
    stream.receiver.asked();
  }

  take({ id, message, end }) {
    const stream = this.streams.get(id);
    if (!stream) return; // It was ended while this was on its way.
    if (end) {
      this.forget(id);
      stream.receiver.ended(new AnswerError(0, end.code, end.message));
      return;
    }
    stream.receiver.message(message);
    stream.used += 1;
    if (stream.used * 2 < stream.credit || !this.streams.has(id)) return;
    this.say({ op: "credit", id, messages: stream.used });
    stream.used = 0;
  }

  say(command) {
    this.link.send(JSON.stringify(command));
  }
}
