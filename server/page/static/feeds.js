// The streams that the page has open: those of the panels that are seen. A browser has six connections per server.

import { Stream } from "./stream.js";

const BOOK_MS = 250; // Shortest time between two books.
const DEEP = 100; // Levels that the charts of the book need.

/** The streams that these choices need: by name, [path, parameters]. Pure. */
export function wanted(choices, market, hidden) {
  const { levels, venues, interval } = choices.values;
  const seen = (panel) => !hidden.includes(panel);
  const deep = seen("depth") || seen("heat") ? DEEP : 0;
  const streams = {
    book: ["/v1/stream/book", { market, levels: Math.max(Number(levels), deep), venues, min_interval_ms: BOOK_MS }],
  };
  // The book tells the quality of the venues that are chosen; this stream tells that of the others.
  if (venues && seen("venues")) streams.status = ["/v1/stream/venue_status", { market }];
  if (seen("trades")) streams.trades = ["/v1/stream/trades", { market, venues }];
  if (seen("candles")) {
    streams.candles = ["/v1/stream/candles", { market, intervals: interval, include_open: true }];
  }
  if (seen("prices")) streams.averages = ["/v1/stream/averages", { market, venues }];
  return streams;
}

export class Feeds {
  /** handlers: by name of the stream, as Stream takes them. */
  constructor(handlers) {
    this.handlers = handlers;
    this.open = new Map();
  }

  /** Opens what is wanted, closes what is not; the rest stays. */
  follow(streams) {
    for (const [name, { key, stream }] of this.open) {
      if (name in streams && JSON.stringify(streams[name]) === key) continue;
      stream.close();
      this.open.delete(name);
    }
    for (const [name, [path, parameters]] of Object.entries(streams)) {
      if (this.open.has(name)) continue;
      const key = JSON.stringify(streams[name]);
      this.open.set(name, { key, stream: new Stream(path, parameters, this.handlers[name]) });
    }
  }

  /** Closes all of them. */
  close() {
    this.follow({});
  }

  /** Opens all of them anew: the server is silent and does not answer. */
  again() {
    for (const { stream } of this.open.values()) stream.again();
  }
}
