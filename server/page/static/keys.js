// The keys of the page, as the terminal has them.

import { KEYS } from "./venue_table.js";

/** What each key does, in the order of the help. */
export const HELP = [
  ["< >", "next market, the one before (also the left and right keys)"],
  ["+ -", "more or fewer levels per side (also the up and down keys)"],
  ["v", "next choice of venues: all, then each one alone"],
  ["1 2 ...", "take the venue with that mark in or out"],
  ["c i", "candles; their next interval"],
  ["w", "spread, VWAP price and averages"],
  ["s [ ]", "what an order of one size costs; a smaller and a larger size"],
  ["h D R", "heat map; depth chart; trades"],
  ["space", "hold the screen still; the streams go on"],
  ["T", "dark or light"],
  ["?", "this help; Esc closes it"],
];

const NAMES = {
  ArrowRight: "market+",
  ">": "market+",
  ArrowLeft: "market-",
  "<": "market-",
  ArrowUp: "levels+",
  "+": "levels+",
  "=": "levels+",
  ArrowDown: "levels-",
  "-": "levels-",
  v: "venues",
  c: "panel candles",
  w: "panel prices",
  s: "panel quote",
  h: "panel heat",
  D: "panel depth",
  R: "panel trades",
  i: "interval",
  "[": "size-",
  "]": "size+",
  " ": "hold",
  T: "theme",
  "?": "help",
};

/** Calls act(name, place) for each key that means something; `place`: of the venue, for "venue". */
export function listen(act) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (usesKey(event.target, event.key)) return;
    const place = KEYS.indexOf(event.key);
    const name = NAMES[event.key] ?? (place >= 0 ? "venue" : "");
    if (!name) return;
    event.preventDefault();
    act(name, place);
  });
}

/** Whether the element that has the focus needs this key itself. */
function usesKey(target, key) {
  if (target.closest("input, select, textarea")) return true;
  if (target.closest("button, a, summary")) return key === " " || key === "Enter";
  return Boolean(target.closest("[tabindex]")) && key.startsWith("Arrow");
}
