// What waits on each side up to each price, added up.

import { byId, fitted, setText, watchSize } from "./dom.js";

const PAD = 18; // Pixels below, for the prices.

export class DepthChart {
  constructor(theme) {
    this.canvas = byId("depth-canvas");
    this.note = byId("depth-note");
    this.theme = theme;
    watchSize(this.canvas, () => this.book && this.draw(this.book));
    theme.onChange(() => this.book && this.draw(this.book));
  }

  draw(book) {
    this.book = book;
    const { width, height, ratio } = fitted(this.canvas);
    if (!width || !height) return;
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!book.bids.length || !book.asks.length) return;
    const [bids, asks] = [steps(book.bids), steps(book.asks)];
    const middle = (bids[0].price + asks[0].price) / 2;
    // Both sides as far as the shorter one reaches: beyond that a side would look empty that only ends.
    const reach = Math.min(middle - bids.at(-1).price, asks.at(-1).price - middle) || middle / 1e6;
    const seen = (side) => side.filter((step) => Math.abs(step.price - middle) <= reach);
    const most = Math.max(1e-12, ...[...seen(bids), ...seen(asks)].map((step) => step.total));
    const frame = { width, height: height - PAD, middle, reach, most };
    fillSide(context, seen(bids), frame, this.theme.colours.bid);
    fillSide(context, seen(asks), frame, this.theme.colours.ask);
    this.drawPrices(context, frame, decimalsOf(book));
    setText(this.note, `±${((reach / middle) * 10_000).toFixed(1)} bp`);
  }

  drawPrices(context, frame, digits) {
    context.fillStyle = this.theme.colours.muted;
    context.font = "10px system-ui, sans-serif";
    const write = (price, x, align) => {
      context.textAlign = align;
      context.fillText(price.toLocaleString("en", { maximumFractionDigits: digits }), x, frame.height + 13);
    };
    write(frame.middle - frame.reach, 4, "left");
    write(frame.middle, frame.width / 2, "center");
    write(frame.middle + frame.reach, frame.width - 4, "right");
  }
}

function decimalsOf(book) {
  return (book.asks[0].price.split(".")[1] || "").length;
}

/** Pixel positions need no exact numbers. */
function steps(levels) {
  let total = 0;
  return levels.map((level) => ({ price: Number(level.price), total: (total += Number(level.size)) }));
}

function fillSide(context, side, frame, colour) {
  const x = (price) => ((price - frame.middle) / frame.reach / 2 + 0.5) * frame.width;
  const y = (total) => frame.height - (total / frame.most) * (frame.height - 6);
  const edge = side.length && side[0].price < frame.middle ? 0 : frame.width;
  context.beginPath();
  context.moveTo(side.length ? x(side[0].price) : edge, frame.height);
  let before = frame.height;
  for (const step of side) {
    context.lineTo(x(step.price), before);
    before = y(step.total);
    context.lineTo(x(step.price), before);
  }
  context.lineTo(edge, before);
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = 1.5;
  context.stroke();
  context.lineTo(edge, frame.height);
  context.closePath();
  context.globalAlpha = 0.18;
  context.fill();
  context.globalAlpha = 1;
}
