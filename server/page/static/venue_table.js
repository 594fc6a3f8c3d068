// How far each venue can be trusted: its state, age, audits, and what is wrong.

import { byId, element, setClass, setText } from "./dom.js";
import { duration } from "./freshness.js";
import { venueClass } from "./theme.js";

export const KEYS = "1234567890abdefgjklmnoprtuxyz"; // As in the terminal: what no other command needs.
const WORKING = ["connecting", "syncing"];
const NO_TRADES = ["overdue", "refused", "mute"];
const SECOND = 1e9;

/** The name of a venue's book: with the currency where it is another than the market's. */
export function bookName(quality) {
  return quality.quote_currency ? `${quality.venue}:${quality.quote_currency}` : quality.venue;
}

class Row {
  constructor(name, key, onToggle) {
    this.element = element("tr");
    const head = element("th", "name");
    head.scope = "row";
    this.button = element("button", "venue-toggle");
    this.button.type = "button";
    this.button.append(element("kbd", "", key), this.label = element("span", "", name));
    this.button.addEventListener("click", onToggle);
    head.append(this.button);
    this.element.append(head);
    [this.state, this.age, this.match, this.levels, this.wrong] = ["state", "age", "match", "levels", "wrong"].map(
      (each) => {
        const cell = element("td", each);
        this.element.append(cell);
        return cell;
      },
    );
  }

  show(quality, silence, chosen, colour) {
    const live = quality.state === "live";
    setText(this.state, `${live ? "●" : "○"} ${quality.state.replaceAll("_", " ")}`);
    setText(this.age, ageOf(quality, silence));
    setText(this.match, matchOf(quality));
    setText(this.levels, live ? `${quality.bid_levels} + ${quality.ask_levels}` : "");
    setText(this.wrong, wrongOf(quality) || pastOf(quality));
    setClass(this.label, colour);
    const kind = live ? (wrongOf(quality) ? "odd" : "live") : WORKING.includes(quality.state) ? "working" : "withdrawn";
    setClass(this.element, `${kind}${chosen ? "" : " left-out"}`);
    const pressed = String(chosen);
    if (this.button.getAttribute("aria-pressed") !== pressed) this.button.setAttribute("aria-pressed", pressed);
  }
}

export class VenueTable {
  constructor(choices) {
    this.body = byId("venue-rows");
    this.note = byId("venue-note");
    this.choices = choices;
    this.rows = new Map();
  }

  clear() {
    this.rows.clear();
    this.body.replaceChildren();
    setText(this.note, "");
  }

  /** `silence`: milliseconds since the message came. */
  draw(venues, known, silence) {
    const chosen = this.choices.list("venues");
    for (const quality of venues) {
      const name = bookName(quality);
      const row = this.rows.get(name) ?? this.made(name, quality.venue, known);
      row.show(quality, silence, !chosen.length || chosen.includes(quality.venue), venueClass(known, quality.venue));
    }
    const names = new Set(venues.map(bookName));
    for (const [name, row] of this.rows) {
      if (names.has(name)) continue;
      row.element.remove();
      this.rows.delete(name);
    }
    const live = venues.filter((quality) => quality.state === "live").length;
    setText(this.note, `${live} of ${venues.length} live`);
  }

  made(name, venue, known) {
    const row = new Row(name, KEYS[known.indexOf(venue)] ?? "", () => this.choices.toggle("venues", venue));
    this.rows.set(name, row);
    this.body.append(row.element);
    return row;
  }
}

function ageOf(quality, silence) {
  return quality.age_nanos === null ? "never" : duration(quality.age_nanos / 1e6 + silence);
}

/** The last audit, worse side; "" before the first. */
export function matchOf(quality) {
  if (!quality.audits) return "";
  const worst = Math.min(quality.audit_bid_match_ppm, quality.audit_ask_match_ppm);
  return `${(Math.floor(worst / 100) / 100).toFixed(2)} %`;
}

/** What is wrong, in words; "" if nothing is. */
export function wrongOf(quality) {
  const found = [];
  if (quality.state !== "live") found.push(quality.detail || "withdrawn");
  if (quality.unverified) found.push("checksum fails");
  if (NO_TRADES.includes(quality.trades_state)) found.push(`trades ${quality.trades_state}`);
  const offset = quality.clock_offset_nanos;
  if (Math.abs(offset) - quality.clock_uncertainty_nanos > SECOND) {
    found.push(`our clock is ${(Math.abs(offset) / 1e9).toFixed(1)} s ${offset > 0 ? "ahead" : "behind"}`);
  }
  return found.join("; ");
}

/** What went wrong before, and is mended; "" if nothing did. */
export function pastOf(quality) {
  const counted = ["resync", "gap"].map((word) => [word, quality[`${word}s`]]).filter(([, count]) => count);
  const said = counted.map(([word, count]) => `${count} ${word}${count > 1 ? "s" : ""}`).join(", ");
  return said && `${said} so far`;
}
