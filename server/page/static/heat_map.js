// The book over time: a column per moment, a row per price, brighter where more waits. Time without data stays blank.

import { byId, fitted, setText, watchSize } from "./dom.js";

const EVERY = 500; // Milliseconds that a column stands for.
const MOST = 1200; // Columns that are kept: ten minutes.
const COLUMN = 3; // Pixels.
const ROW = 3;
const AXIS = 62; // Pixels at the right, for the prices.

export class HeatMap {
  constructor(theme) {
    this.canvas = byId("heat-canvas");
    this.note = byId("heat-note");
    this.theme = theme;
    watchSize(this.canvas, () => this.redraw());
    this.clear();
    theme.onChange(() => this.redraw());
  }

  /** Another market: its past is not ours. */
  clear() {
    this.columns = [];
    this.range = null;
    this.last = 0;
    this.redraw();
  }

  /** Takes the newest book; null: there is none now. Once per column. */
  add(book) {
    const now = performance.now();
    if (now - this.last < EVERY) return;
    const missed = this.last ? Math.min(MOST, Math.floor((now - this.last) / EVERY) - 1) : 0;
    this.last = now;
    const made = [...Array(Math.max(0, missed)).fill(null), book ? columnOf(book) : null];
    this.columns.push(...made);
    this.columns.splice(0, this.columns.length - MOST);
    if (this.moved()) this.redraw();
    else this.scroll(made);
  }

  /** Chooses the prices that are shown; whether they are others than before. */
  moved() {
    const newest = this.columns.at(-1);
    if (!newest) return false;
    const middle = (newest.bid + newest.ask) / 2;
    const inside = this.range && Math.abs(middle - this.range.middle) < this.range.reach * 0.5;
    if (inside && newest.reach < this.range.reach * 1.6 && newest.reach > this.range.reach * 0.3) return false;
    this.range = { middle, reach: newest.reach * 1.15 || middle / 1e4 };
    return true;
  }

  size() {
    const { width, height, ratio } = fitted(this.canvas);
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { context, width: width - AXIS, height, ratio };
  }

  redraw() {
    const { context, width, height } = this.size();
    if (width <= 0 || !height) return;
    context.clearRect(0, 0, width + AXIS, height);
    if (!this.range) return;
    const first = Math.max(0, this.columns.length - Math.floor(width / COLUMN));
    for (let place = first; place < this.columns.length; place++) {
      const x = width - (this.columns.length - place) * COLUMN;
      this.drawColumn(context, this.columns[place], x, height);
    }
    this.drawAxis(context, width, height);
  }

  /** Moves what is drawn, and draws the new columns alone. */
  scroll(made) {
    const { context, width, height, ratio } = this.size();
    if (width <= 0 || !height || !this.range) return;
    if (this.canvas.resized) {
      this.canvas.resized = false;
      this.redraw();
      return;
    }
    const shift = COLUMN * made.length;
    const [w, h] = [Math.round(width * ratio), this.canvas.height];
    const by = Math.round(shift * ratio);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = "copy";
    context.save();
    context.beginPath();
    context.rect(0, 0, w, h);
    context.clip();
    context.drawImage(this.canvas, by, 0, w - by, h, 0, 0, w - by, h);
    context.restore();
    context.globalCompositeOperation = "source-over";
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(width - shift, 0, shift + AXIS, height);
    made.forEach((column, place) => this.drawColumn(context, column, width - shift + place * COLUMN, height));
    this.drawAxis(context, width, height);
  }

  drawColumn(context, column, x, height) {
    if (!column) return;
    const { middle, reach } = this.range;
    const rows = Math.floor(height / ROW);
    const row = (price) => Math.floor((0.5 - (price - middle) / reach / 2) * rows);
    const sums = new Float64Array(rows);
    for (let each = 0; each < column.prices.length; each++) {
      const at = row(column.prices[each]);
      if (at >= 0 && at < rows) sums[at] += column.sizes[each];
    }
    const scale = column.large || 1;
    for (let at = 0; at < rows; at++) {
      if (!sums[at]) continue;
      context.fillStyle = this.colour(Math.min(1, Math.sqrt(sums[at] / scale)));
      context.fillRect(x, at * ROW, COLUMN, ROW);
    }
    context.fillStyle = this.theme.colours.bid;
    context.fillRect(x, row(column.bid) * ROW, COLUMN, ROW);
    context.fillStyle = this.theme.colours.ask;
    context.fillRect(x, row(column.ask) * ROW, COLUMN, ROW);
  }

  colour(share) {
    if (this.shades?.of !== this.theme.colours) {
      const stops = [0, 1, 2, 3].map((step) => rgb(this.theme.colours[`heat-${step}`]));
      this.shades = Array.from({ length: 33 }, (_, step) => blend(stops, step / 32));
      this.shades.of = this.theme.colours;
    }
    return this.shades[Math.round(share * 32)];
  }

  drawAxis(context, width, height) {
    context.clearRect(width, 0, AXIS, height);
    context.fillStyle = this.theme.colours.muted;
    context.font = "10px system-ui, sans-serif";
    context.textAlign = "left";
    const { middle, reach } = this.range;
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const price = middle + reach * (1 - 2 * share);
      context.fillText(price.toLocaleString("en", digits(reach)), width + 6, share * height + 3);
    }
    const seconds = Math.round((Math.min(this.columns.length, Math.floor(width / COLUMN)) * EVERY) / 1000);
    setText(this.note, `${seconds} s, a column per ${EVERY / 1000} s`);
  }
}

function digits(reach) {
  const places = Math.max(0, Math.min(10, 2 - Math.floor(Math.log10(reach))));
  return { minimumFractionDigits: places, maximumFractionDigits: places };
}

/** The levels of a book as pixels need them. */
function columnOf(book) {
  if (!book.bids.length || !book.asks.length) return null;
  const levels = [...book.bids, ...book.asks];
  const prices = Float64Array.from(levels, (level) => Number(level.price));
  const sizes = Float64Array.from(levels, (level) => Number(level.size));
  const sorted = Float64Array.from(sizes).sort();
  const [bid, ask] = [prices[0], prices[book.bids.length]];
  const middle = (bid + ask) / 2;
  const reach = Math.min(middle - prices[book.bids.length - 1], prices.at(-1) - middle);
  // Large is what few levels have: one wall must not darken all others.
  return { prices, sizes, bid, ask, reach, large: sorted[Math.floor(sorted.length * 0.97)] * 3 };
}

function rgb(text) {
  const value = parseInt(text.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function blend(stops, share) {
  const place = Math.min(stops.length - 2, Math.floor(share * (stops.length - 1)));
  const part = share * (stops.length - 1) - place;
  const mixed = stops[place].map((from, each) => Math.round(from + (stops[place + 1][each] - from) * part));
  return `rgb(${mixed.join(",")})`;
}
