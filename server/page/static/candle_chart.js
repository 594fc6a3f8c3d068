// Candles and volumes. A candle that is not complete has another colour, and words that say what is missing.

import { CandlestickSeries, HistogramSeries, createChart } from "./vendor/lightweight-charts-5.2.1.mjs";

import { byId, setClass, setText } from "./dom.js";
import { shown } from "./decimal.js";
import { time } from "./candle_past.js";

const DRAW_EVERY = 500; // Milliseconds.
const MOST = 2000;

export class CandleChart {
  constructor(theme) {
    this.holder = byId("candle-chart");
    this.note = byId("candle-note");
    this.theme = theme;
    this.candles = new Map(); // By the second at which they open.
    this.changed = new Set();
    this.last = 0;
    this.chart = createChart(this.holder, {
      autoSize: true,
      // The library's logo brings a style sheet of its own, which this page's policy forbids: the link is below.
      layout: { attributionLogo: false, fontSize: 11, fontFamily: "system-ui, sans-serif" },
      timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 3 },
      handleScroll: { vertTouchDrag: false },
    });
    this.prices = this.chart.addSeries(CandlestickSeries, { borderVisible: true });
    this.volumes = this.chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.chart.priceScale("right").applyOptions({ scaleMargins: { top: 0.08, bottom: 0.22 } });
    this.chart.subscribeCrosshairMove((at) => this.point(at));
    theme.onChange(() => this.colour());
    this.colour();
  }

  colour() {
    const { text, line, muted } = this.theme.colours;
    this.chart.applyOptions({
      layout: { background: { type: "solid", color: "transparent" }, textColor: muted },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      rightPriceScale: { borderColor: line },
      timeScale: { borderColor: line },
      crosshair: { vertLine: { color: text }, horzLine: { color: text } },
    });
    this.redraw();
  }

  /** Another market or interval. */
  clear(interval) {
    this.candles.clear();
    this.changed.clear();
    this.pointed = null;
    this.chart.applyOptions({ timeScale: { secondsVisible: interval.endsWith("s") } });
    this.redraw();
    setText(this.note, "waiting for the first candle");
  }

  add(candle) {
    const at = time(candle);
    const before = this.candles.get(at);
    if (before && before.revision > candle.revision && before.state !== "open") return;
    this.candles.set(at, candle);
    this.changed.add(at);
  }

  /** The past, whole. What the server itself counted stays. */
  addPast(candles) {
    for (const candle of candles) if (!this.candles.has(time(candle))) this.candles.set(time(candle), candle);
    this.redraw();
  }

  problem(words) {
    setText(this.note, words);
    setClass(this.note, "note warn");
  }

  draw() {
    const now = performance.now();
    if (!this.changed.size || now - this.last < DRAW_EVERY) return;
    this.last = now;
    const newest = this.prices.data().at(-1)?.time ?? 0;
    const changed = [...this.changed].sort((left, right) => left - right);
    this.changed.clear();
    if (!newest || changed[0] < newest) this.redraw();
    else for (const at of changed) this.update(this.candles.get(at));
    this.say();
  }

  update(candle) {
    this.prices.update(this.bar(candle));
    this.volumes.update(this.volume(candle));
  }

  redraw() {
    const all = [...this.candles.keys()].sort((left, right) => left - right).slice(-MOST);
    const candles = all.map((at) => this.candles.get(at));
    const newest = candles.findLast((candle) => candle.close !== null);
    if (newest) {
      const precision = (newest.close.split(".")[1] || "").length;
      this.prices.applyOptions({ priceFormat: { type: "price", precision, minMove: 10 ** -precision } });
    }
    this.prices.setData(candles.map((candle) => this.bar(candle)));
    this.volumes.setData(candles.map((candle) => this.volume(candle)));
    this.say();
  }

  bar(candle) {
    if (candle.open === null) return { time: time(candle) };
    const { bid, ask, warn, panel } = this.theme.colours;
    const edge = candle.close !== null && Number(candle.close) >= Number(candle.open) ? bid : ask;
    const partial = isPartial(candle);
    return {
      time: time(candle),
      open: Number(candle.open),
      high: Number(candle.high),
      low: Number(candle.low),
      close: Number(candle.close),
      color: partial ? panel : edge,
      borderColor: partial ? warn : edge,
      wickColor: partial ? warn : edge,
    };
  }

  volume(candle) {
    if (candle.volume === null) return { time: time(candle) };
    const { bid, ask } = this.theme.colours;
    const colour = Number(candle.close) >= Number(candle.open) ? bid : ask;
    return { time: time(candle), value: Number(candle.volume), color: `${colour}55` };
  }

  point(at) {
    this.pointed = at.time ? this.candles.get(at.time) : null;
    this.say();
  }

  say() {
    const candle = this.pointed ?? this.candles.get(Math.max(...this.candles.keys()));
    if (!candle) return;
    setText(this.note, words(candle));
    setClass(this.note, isPartial(candle) ? "note warn" : "note");
  }
}

/** Whether trades are missing in it. */
export function isPartial(candle) {
  return candle.state.startsWith("partial") || candle.state === "unspecified";
}

const STATES = {
  open: "in progress",
  complete: "complete",
  partial_start: "partial: its start is missing",
  partial_gap: "partial: trades are missing",
  unspecified: "not known to be complete",
};

/** A candle in words, with how far it can be trusted. */
export function words(candle) {
  const prices = candle.open === null ? "no trades" : ["open", "high", "low", "close"].map((each) => `${each[0].toUpperCase()} ${shown(candle[each])}`).join("  ");
  const volume = candle.volume === null ? "" : `V ${shown(candle.volume)}`;
  const over = isPartial(candle) && candle.complete_over_counted ? `complete over ${candle.counted_venues.join(", ")}` : STATES[candle.state] ?? candle.state;
  const source = candle.source === "venue" ? "by the venues' own candles" : "";
  return [prices, volume, over, source].filter(Boolean).join("   ");
}
