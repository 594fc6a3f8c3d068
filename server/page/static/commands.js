// What keys and buttons do to the choices.

import { INTERVALS, LEVELS } from "./choices.js";

/** The member after (or before) this one, around the end. */
function next(members, member, by) {
  const place = members.indexOf(member);
  return members[(place + by + members.length) % members.length] ?? "";
}

export class Commands {
  /** view: {markets(), venues(), quote, theme, hold(), help()}. */
  constructor(choices, view) {
    this.choices = choices;
    this.view = view;
  }

  act(name, place) {
    const { choices, view } = this;
    if (name.startsWith("panel ")) return choices.toggle("hide", name.slice(6));
    const actions = {
      "market+": () => this.market(1),
      "market-": () => this.market(-1),
      "levels+": () => this.levels(1),
      "levels-": () => this.levels(-1),
      "size+": () => view.quote.step(1),
      "size-": () => view.quote.step(-1),
      venues: () => this.nextVenue(),
      venue: () => view.venues()[place] && choices.toggle("venues", view.venues()[place]),
      interval: () => choices.set({ interval: next(INTERVALS, choices.get("interval"), 1) }),
      theme: () => view.theme.toggle(),
      hold: () => view.hold(),
      help: () => view.help(),
    };
    return actions[name]();
  }

  market(by) {
    const markets = this.view.markets();
    if (markets.length) this.choices.set({ market: next(markets, this.view.market(), by), venues: "" });
  }

  levels(by) {
    const place = LEVELS.indexOf(this.choices.get("levels")) + by;
    if (LEVELS[place]) this.choices.set({ levels: LEVELS[place] });
  }

  nextVenue() {
    this.choices.set({ venues: next(["", ...this.view.venues()], this.choices.get("venues"), 1) });
  }
}
