// The newest trades, and the gaps between them.

import { byId, element, setClass, setText } from "./dom.js";
import { shown } from "./decimal.js";
import { venueClass } from "./theme.js";

const ROWS = 30;
const DRAW_EVERY = 330; // Milliseconds.

class Row {
  constructor() {
    this.element = element("div", "trade");
    this.element.setAttribute("role", "row");
    this.cells = ["time", "price", "size", "venue"].map((name) => {
      const cell = element("span", name);
      cell.setAttribute("role", "cell");
      this.element.append(cell);
      return cell;
    });
  }

  show(event, known) {
    const [time, price, size, venue] = this.cells;
    setText(venue, event.venue);
    setClass(venue, `venue ${venueClass(known, event.venue)}`);
    if (event.type === "trade_gap") {
      setText(time, timeOfDay(event.receive_time_nanos));
      setText(price, event.missing ? `${event.missing} missing` : "trades missing");
      setText(size, "");
      setClass(this.element, "trade gap");
      return;
    }
    setText(time, timeOfDay(event.exchange_time_nanos));
    setText(price, shown(event.price));
    setText(size, shown(event.size));
    setClass(this.element, `trade ${event.side}`);
  }
}

export class TradeList {
  constructor() {
    this.holder = byId("trades");
    this.note = byId("trade-note");
    this.rows = Array.from({ length: ROWS }, () => new Row());
    this.holder.append(...this.rows.map((row) => row.element));
    this.clear();
  }

  clear() {
    this.events = [];
    this.drawnAt = 0;
    this.dropped = 0;
    this.changed = true;
  }

  add(event) {
    this.dropped += event.dropped ?? 0;
    if (event.type === "trade" && !event.trade_id) return; // A heartbeat.
    this.events.unshift(event);
    this.events.length = Math.min(this.events.length, ROWS);
    this.changed = true;
  }

  draw(known) {
    const now = performance.now();
    if (!this.changed || now - this.drawnAt < DRAW_EVERY) return;
    this.drawnAt = now;
    this.changed = false;
    this.rows.forEach((row, place) => {
      const event = this.events[place];
      row.element.hidden = !event;
      if (event) row.show(event, known);
    });
    setText(this.note, this.dropped ? `${this.dropped} were dropped: this page was too slow` : "");
  }
}

function timeOfDay(nanos) {
  const date = new Date(Number(nanos.slice(0, -6)));
  return date.toISOString().slice(11, 23);
}
