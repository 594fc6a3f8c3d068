// What the venues tell of the time before the server's own candles of all venues, added up to one past.
//
// Added up they are no exact candle: which venue traded first and last is not known, so open and close are those of the
// venue that traded most. They are marked as partial.

import { compared, sum } from "./decimal.js";

/** One candle per open time of those of several venues, oldest first; those without prices do not count. */
export function merged(candles) {
  const byTime = new Map();
  for (const candle of candles) {
    if (candle.open === null) continue;
    const parts = byTime.get(candle.open_time_nanos) ?? [];
    parts.push(candle);
    byTime.set(candle.open_time_nanos, parts);
  }
  return [...byTime.values()].map(together).sort((left, right) => time(left) - time(right));
}

/** Seconds at which a candle opens. */
export function time(candle) {
  return Number(candle.open_time_nanos.slice(0, -9));
}

function together(parts) {
  const most = parts.reduce((best, part) => (compared(part.volume ?? "0", best.volume ?? "0") > 0 ? part : best));
  const highest = parts.reduce((best, part) => (compared(part.high, best.high) > 0 ? part : best));
  const lowest = parts.reduce((best, part) => (compared(part.low, best.low) < 0 ? part : best));
  return {
    ...most,
    venue: "",
    high: highest.high,
    low: lowest.low,
    volume: parts.reduce((total, part) => (total === null || part.volume === null ? null : sum(total, part.volume)), "0"),
    state: "partial_gap",
    source: "venue",
    counted_venues: parts.map((part) => part.venue),
    missing_venues: [],
    complete_over_counted: false,
  };
}
