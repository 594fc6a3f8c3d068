// The streams that the page has open: those of the panels that are seen.

import { Socket } from "./socket.js";
import { Stream } from "./stream.js";

const BOOK_MS = 250; // Shortest time between two books.
const DEEP = 100; // Levels that the charts of the book need.
const NEWEST = 1; // Messages of a stream of states that may be on their way: the next one is the newest then.
const EVENTS = 200; // Of a stream of events, none of which may be lost.
const GATHER_MS = 50; // A message of the socket for each trade would cost a browser half as much again.

/** The streams that these choices need: by name, {path, parameters, credit}. Pure. */
export function wanted(choices, market, hidden) {
  const { levels, venues, interval } = choices.values;
  const seen = (panel) => !hidden.includes(panel);
  const deep = seen("depth") || seen("heat") ? DEEP : 0;
  const stream = (name, parameters, credit = NEWEST, gather = 0) => {
    return { path: `/v1/stream/${name}`, parameters: { market, ...parameters }, credit, gather };
  };
  const streams = {
    book: stream("book", { levels: Math.max(Number(levels), deep), venues, min_interval_ms: BOOK_MS }),
  };
  // The book tells the quality of the venues that are chosen; this stream tells that of the others.
  if (venues && seen("venues")) streams.status = stream("venue_status", {});
  if (seen("trades")) streams.trades = stream("trades", { venues }, EVENTS, GATHER_MS);
  if (seen("candles")) streams.candles = stream("candles", { intervals: interval, include_open: true }, EVENTS, GATHER_MS);
  if (seen("prices")) streams.averages = stream("averages", { venues });
  return streams;
}

export class Feeds {
  /** handlers: by name of the stream, as Stream takes them. */
  constructor(handlers) {
    this.handlers = handlers;
    this.socket = new Socket("/websocket");
    this.open = new Map();
  }

  /** Opens what is wanted, closes what is not; the rest stays. */
  follow(streams) {
    const ended = [];
    for (const [name, { key, stream }] of this.open) {
      if (name in streams && JSON.stringify(streams[name]) === key) continue;
      ended.push(stream);
      this.open.delete(name);
    }
    for (const [name, wanted] of Object.entries(streams)) {
      if (this.open.has(name)) continue;
      const stream = new Stream(this.socket, wanted, this.handlers[name]);
      this.open.set(name, { key: JSON.stringify(wanted), stream });
    }
    for (const stream of ended) stream.close(); // Last: a socket without a stream is closed.
  }

  /** Closes all of them. */
  close() {
    this.follow({});
  }

  /** Opens all of them anew: the server is silent and does not answer. */
  again() {
    this.socket.again();
  }
}
