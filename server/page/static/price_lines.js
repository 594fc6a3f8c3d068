// Lines over time: the spread, and the VWAP price with its averages. A loss of the server is a gap in each line.

import { byId, setText } from "./dom.js";
import { cut } from "./decimal.js";

const EVERY = 1000; // Milliseconds between points.
const MOST = 900; // Points: fifteen minutes.

class Lines {
  constructor(holder, theme, series) {
    this.holder = byId(holder);
    this.theme = theme;
    this.series = series;
    this.plot = null;
    this.clear();
    new ResizeObserver(() => this.fit()).observe(this.holder);
    theme.onChange(() => this.rebuild());
  }

  clear() {
    this.data = [[], ...this.series.map(() => [])];
    this.rebuild();
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (!width || !height) return;
    if (this.plot) this.plot.setSize({ width, height });
    else this.rebuild();
  }

  rebuild() {
    this.plot?.destroy();
    this.plot = null;
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (!width || !height) return;
    const colours = this.theme.colours;
    const axis = { stroke: colours.muted, font: "10px system-ui, sans-serif", ticks: { show: false } };
    const grid = { stroke: colours.line, width: 1 };
    this.plot = new uPlot(
      {
        width,
        height,
        padding: [6, 8, 0, 0],
        legend: { show: false },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"), // As all times of the page.
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: { x: { time: true } },
        series: [{}, ...this.series.map((each) => this.line(each, colours))],
        axes: [
          { ...axis, grid: { show: false }, size: 20 },
          { ...axis, grid, size: 66, side: 1, values: (_, marks) => marks.map(label) },
        ],
      },
      this.data,
      this.holder,
    );
  }

  line(each, colours) {
    return { label: each.label, stroke: colours[each.colour], width: 1.5, dash: each.dash, points: { show: false } };
  }

  /** One point per line; null is a gap. */
  add(values) {
    this.data[0].push(Date.now() / 1000);
    values.forEach((value, place) => this.data[place + 1].push(value === null ? null : Number(value)));
    for (const each of this.data) if (each.length > MOST) each.splice(0, each.length - MOST);
    this.plot?.setData(this.data);
  }
}

function label(mark) {
  return mark.toLocaleString("en", { maximumFractionDigits: 8 });
}

export class PriceLines {
  constructor(theme) {
    this.spread = new Lines("spread-lines", theme, [{ label: "spread", colour: "warn" }]);
    this.prices = new Lines("price-lines", theme, [
      { label: "VWAP price", colour: "text" },
      { label: "average 1", colour: "accent" },
      { label: "average 2", colour: "warn", dash: [4, 3] },
    ]);
    this.figures = byId("average-figures");
    this.last = 0;
  }

  clear() {
    this.spread.clear();
    this.prices.clear();
    this.last = 0;
    setText(this.figures, "");
  }

  /** At most once a second; both are null while the server is gone. */
  add(book, averages) {
    const now = performance.now();
    if (now - this.last < EVERY) return;
    this.last = now;
    this.spread.add([book ? book.spread : null]);
    const windows = averages ? averages.windows : [];
    this.prices.add([averages ? averages.price : null, valueOf(windows[0]), valueOf(windows[1])]);
    setText(this.figures, averages ? figures(averages) : "");
  }
}

function valueOf(window) {
  return window ? window.time_weighted : null;
}

/** The averages in words: what a window does not cover is said. */
export function figures(averages) {
  const most = Math.min(4, (averages.price || "").split(".")[1]?.length ?? 0);
  const parts = [`VWAP of ${averages.vwap_levels} levels ${cut(averages.price, most) || "none"}`];
  for (const window of averages.windows) {
    const covered = window.coverage_ppm < 1_000_000 ? ` (${Math.floor(window.coverage_ppm / 10_000)} % covered)` : "";
    parts.push(`${Math.round(window.window_nanos / 1e9)} s average ${cut(window.time_weighted, most) || "none"}${covered}`);
  }
  return parts.join("   ");
}
