// What a reader must know before all numbers: the server is gone, a venue is withdrawn, the screen is held.

import { byId, element, setClass, setHidden, setText } from "./dom.js";
import { CONNECTING, GONE, LIVE, duration } from "./freshness.js";
import { bookName } from "./venue_table.js";

const OLD = 2000; // Milliseconds from which an age is shown as a warning.

export class Alerts {
  constructor() {
    this.pill = byId("state");
    this.age = byId("age");
    this.banner = byId("banner");
    this.withdrawn = byId("withdrawn");
    this.retryAt = 0;
  }

  /** What the top line says. The whole page has the state, so that no number looks live that is not. */
  draw(freshness, held, market) {
    const age = freshness.age();
    const state = held && freshness.state === LIVE ? "held" : freshness.state;
    if (document.body.dataset.feed !== state) document.body.dataset.feed = state;
    setText(this.pill, { [LIVE]: "live", [CONNECTING]: "connecting", [GONE]: "not live", held: "held" }[state]);
    setText(this.age, age === null ? "" : `age ${duration(age)}`);
    setClass(this.age, age !== null && age > OLD ? "figure warn" : "figure");
    setText(byId("lag"), freshness.lag !== null && state === LIVE && freshness.lag >= 0 ? `lag ${duration(freshness.lag)}` : "");
    setText(this.banner, this.words(freshness, state, age));
    setHidden(this.banner, !this.banner.textContent);
    const title = `${state === LIVE ? "" : `(${this.pill.textContent}) `}${market || "onebook"} - onebook`;
    if (document.title !== title) document.title = title;
  }

  words(freshness, state, age) {
    if (state === GONE) {
      const wait = Math.max(0, this.retryAt - performance.now());
      const when = wait > 100 ? `trying again in ${Math.ceil(wait / 1000)} s` : "trying again now";
      const shown = age === null ? "" : ` What is shown is ${duration(age)} old.`;
      return `Not live: ${freshness.reason || "the server is gone"}; ${when}.${shown}`;
    }
    return state === "held" ? "The screen is held. Press space to go on." : "";
  }

  /** One line per venue that is not live. */
  drawWithdrawn(venues) {
    const gone = venues.filter((quality) => quality.state !== "live");
    const lines = gone.map((quality) => `${bookName(quality)}: ${quality.state.replaceAll("_", " ")}${quality.detail ? `, ${quality.detail}` : ""}`);
    const text = lines.join("\n");
    if (this.withdrawn.shownText === text) return;
    this.withdrawn.shownText = text;
    this.withdrawn.replaceChildren(...lines.map((line) => element("li", "", line)));
    setHidden(this.withdrawn, !lines.length);
  }
}
