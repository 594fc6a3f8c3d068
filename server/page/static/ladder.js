// The consolidated ladder: asks above, bids below, one row per level, rows made once.

import { byId, element, setClass, setText } from "./dom.js";
import { aligned, decimals, runningSums, shown } from "./decimal.js";
import { venueClass } from "./theme.js";

class Row {
  constructor(side) {
    this.element = element("div", `level ${side}`);
    this.element.setAttribute("role", "row");
    this.total = this.cell("total");
    this.size = this.cell("size");
    this.price = this.cell("price");
    this.venue = this.cell("venue");
    this.side = side;
    this.scale = -1;
  }

  cell(name) {
    const made = element("span", name);
    made.setAttribute("role", "cell");
    this.element.append(made);
    return made;
  }

  show(level, total, share, digits, known) {
    setText(this.total, aligned(total, digits.size));
    setText(this.size, aligned(level.size, digits.size));
    setText(this.price, aligned(level.price, digits.price));
    setText(this.venue, level.venue);
    setClass(this.venue, `venue ${venueClass(known, level.venue)}`);
    const scale = Math.round(share * 200) / 200;
    if (scale !== this.scale) {
      this.scale = scale;
      this.element.style.backgroundSize = `${scale * 100}% calc(100% - 2px)`;
    }
    setClass(this.element, `level ${this.side}`);
  }

  clear() {
    for (const each of [this.total, this.size, this.price, this.venue]) setText(each, "");
    setClass(this.element, `level ${this.side} empty`);
  }
}

export class Ladder {
  constructor() {
    this.asks = byId("asks");
    this.bids = byId("bids");
    this.rows = { ask: [], bid: [] };
    this.bySize = [byId("spread"), byId("spread-points"), byId("mid"), byId("no-prices")];
  }

  /** `depth` rows a side. */
  resize(depth) {
    if (this.rows.ask.length === depth) return;
    for (const [side, holder] of [
      ["ask", this.asks],
      ["bid", this.bids],
    ]) {
      this.rows[side] = Array.from({ length: depth }, () => new Row(side));
      const made = this.rows[side].map((row) => row.element);
      holder.replaceChildren(...(side === "ask" ? made.reverse() : made));
    }
    this.asks.parentElement.dataset.depth = depth;
    this.centre();
  }

  /** The spread in the middle of what is seen. */
  centre() {
    const scroller = byId("ladder");
    scroller.scrollTop = Math.max(0, this.asks.offsetHeight - scroller.clientHeight / 2 + 16);
  }

  draw(book, depth, known) {
    this.resize(depth);
    const [asks, bids] = [book.asks.slice(0, depth), book.bids.slice(0, depth)];
    const all = [...asks, ...bids];
    const digits = {
      price: Math.max(0, ...all.map((level) => decimals(level.price))),
      size: Math.max(0, ...all.map((level) => decimals(level.size))),
    };
    const largest = Math.max(...all.map((level) => Number(level.size)), Number.MIN_VALUE);
    for (const [side, levels] of [
      ["ask", asks],
      ["bid", bids],
    ]) {
      const totals = runningSums(levels);
      this.rows[side].forEach((row, place) => {
        const level = levels[place];
        // A bar is as long as the size's root: else one large order hides all others.
        if (level) row.show(level, totals[place], Math.sqrt(Number(level.size) / largest), digits, known);
        else row.clear();
      });
    }
    this.drawMiddle(book);
  }

  drawMiddle(book) {
    const [spread, points, mid, none] = this.bySize;
    const crossed = book.spread !== null && book.spread.startsWith("-");
    setText(spread, book.spread === null ? "" : shown(book.spread));
    setText(mid, book.mid === null ? "" : shown(book.mid));
    setText(points, book.spread === null ? "" : `${basisPoints(book)} bp${crossed ? "  crossed" : ""}`);
    setClass(byId("middle"), crossed ? "crossed" : "");
    setText(none, emptyReason(book));
  }
}

function basisPoints(book) {
  const points = (Number(book.spread) / Number(book.mid)) * 10_000;
  return points.toFixed(Math.abs(points) >= 1 ? 2 : 4);
}

/** Why a side has no prices. */
export function emptyReason(book) {
  if (!book.venues.some((venue) => venue.state === "live")) return "no venue is live: no prices";
  const sides = ["bids", "asks"].filter((side) => !book[side].length);
  return sides.length ? `no ${sides.join(" and no ")}` : "";
}
