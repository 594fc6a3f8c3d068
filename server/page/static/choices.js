// What the user chose, kept in the address of the page, so that a link or a reload shows the same.

const DEFAULTS = {
  market: "",
  levels: "20",
  venues: "",
  interval: "1m",
  theme: "",
  hide: "",
  side: "buy",
  size: "1",
};

export const LEVELS = ["5", "10", "20", "50", "100"];
export const INTERVALS = ["1s", "1m", "5m", "15m", "1h", "4h", "1d"];

/** The choices of this page. Listeners get the names of what changed. */
export class Choices {
  constructor() {
    this.values = { ...DEFAULTS };
    this.listeners = [];
    const given = new URLSearchParams(location.search);
    for (const name of Object.keys(DEFAULTS)) {
      if (given.has(name)) this.values[name] = given.get(name);
    }
    if (!LEVELS.includes(this.values.levels)) this.values.levels = DEFAULTS.levels;
    if (!INTERVALS.includes(this.values.interval)) this.values.interval = DEFAULTS.interval;
    if (!["", "dark", "light"].includes(this.values.theme)) this.values.theme = "";
    if (!["buy", "sell"].includes(this.values.side)) this.values.side = "buy";
  }

  get(name) {
    return this.values[name];
  }

  /** The names of a choice that is a list. */
  list(name) {
    return this.values[name].split(",").filter(Boolean);
  }

  set(changes) {
    const changed = Object.keys(changes).filter((name) => this.values[name] !== changes[name]);
    if (!changed.length) return;
    Object.assign(this.values, changes);
    this.write();
    for (const listener of this.listeners) listener(changed);
  }

  /** Takes a name into a list, or out of the list. */
  toggle(name, member) {
    const members = this.list(name);
    const others = members.filter((each) => each !== member);
    this.set({ [name]: (others.length === members.length ? [...members, member] : others).join(",") });
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  write() {
    const chosen = new URLSearchParams();
    for (const [name, value] of Object.entries(this.values)) {
      if (value !== DEFAULTS[name]) chosen.set(name, value);
    }
    const query = chosen.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
  }
}
