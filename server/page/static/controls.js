// The controls at the top, the switches of the panels, and the help.

import { INTERVALS, LEVELS } from "./choices.js";
import { byId, element, setText } from "./dom.js";
import { HELP } from "./keys.js";

const PANELS = ["candles", "heat", "depth", "prices", "venues", "quote", "trades"];

export class Controls {
  constructor(choices, act) {
    this.choices = choices;
    this.market = byId("market");
    this.levels = byId("levels");
    this.interval = byId("interval");
    this.venues = byId("venue-choice");
    fill(this.levels, LEVELS, (text) => `${text} levels`);
    fill(this.interval, INTERVALS, (text) => text);
    this.market.addEventListener("change", () => choices.set({ market: this.market.value, venues: "" }));
    this.levels.addEventListener("change", () => choices.set({ levels: this.levels.value }));
    this.interval.addEventListener("change", () => choices.set({ interval: this.interval.value }));
    this.venues.addEventListener("change", () => choices.set({ venues: this.venues.value }));
    byId("theme").addEventListener("click", () => act("theme"));
    byId("hold").addEventListener("click", () => act("hold"));
    byId("help-button").addEventListener("click", () => act("help"));
    for (const button of document.querySelectorAll("[data-panel-switch]")) {
      button.addEventListener("click", () => choices.toggle("hide", button.dataset.panelSwitch));
    }
    this.dialog = byId("help");
    byId("help-keys").append(
      ...HELP.flatMap(([key, meaning]) => {
        const term = element("dt");
        term.append(element("kbd", "", key));
        return [term, element("dd", "", meaning)];
      }),
    );
    this.dialog.addEventListener("keydown", (event) => {
      if (event.key !== "?") return;
      event.preventDefault();
      this.dialog.close();
    });
  }

  help() {
    this.dialog.showModal();
  }

  /** What is chosen. `page`: its markets and market. */
  show(page) {
    if (this.market.options.length !== page.markets.length) fill(this.market, page.markets, (text) => text);
    this.market.value = page.market;
    this.levels.value = this.choices.get("levels");
    this.interval.value = this.choices.get("interval");
    const hidden = this.choices.list("hide");
    for (const panel of PANELS) byId(`panel-${panel}`).hidden = hidden.includes(panel);
    for (const button of document.querySelectorAll("[data-panel-switch]")) {
      button.setAttribute("aria-pressed", String(!hidden.includes(button.dataset.panelSwitch)));
    }
    setText(byId("size-unit"), page.market.split("/")[0] ?? "");
    this.showVenues(page);
  }

  /** All venues, each one alone, or the choice that stands in the address. */
  showVenues(page) {
    const chosen = this.choices.get("venues");
    const values = ["", ...page.known];
    if (!values.includes(chosen)) values.push(chosen);
    const key = values.join(" ");
    if (key !== this.shownVenues) {
      this.shownVenues = key;
      fill(this.venues, values, (text) => text.replaceAll(",", " + ") || "all venues");
    }
    if (this.venues.value !== chosen) this.venues.value = chosen;
  }
}

function fill(select, values, name) {
  select.replaceChildren(
    ...values.map((value) => {
      const option = element("option", "", name(value));
      option.value = value;
      return option;
    }),
  );
}
