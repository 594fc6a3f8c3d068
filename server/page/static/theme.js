// Dark and light: the system's choice until the user makes one. Canvases read the colours of the style sheet from here.

const NAMES = ["bid", "ask", "text", "muted", "line", "panel", "accent", "warn", "heat-0", "heat-1", "heat-2", "heat-3"];
const VENUE_COLOURS = 12;

export class Theme {
  constructor(choices) {
    this.choices = choices;
    this.listeners = [];
    this.system = matchMedia("(prefers-color-scheme: light)");
    this.system.addEventListener("change", () => this.apply());
    choices.onChange((changed) => changed.includes("theme") && this.apply());
    this.apply();
  }

  get name() {
    return this.choices.get("theme") || (this.system.matches ? "light" : "dark");
  }

  toggle() {
    this.choices.set({ theme: this.name === "dark" ? "light" : "dark" });
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  apply() {
    document.documentElement.dataset.theme = this.name;
    const style = getComputedStyle(document.documentElement);
    this.colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    for (const listener of this.listeners) listener(this.colours);
  }
}

/** The class that gives a venue its colour: the same one wherever the venue stands. */
export function venueClass(known, name) {
  const place = known.indexOf(name);
  return `venue-${(place < 0 ? known.length : place) % VENUE_COLOURS}`;
}
