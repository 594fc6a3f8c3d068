// What an order costs or brings now, over all venues, with fees and each venue's part. Asked for again each second.

import { ask } from "./ask.js";
import { compared, cut, shown } from "./decimal.js";
import { byId, element, setClass, setText } from "./dom.js";
import { venueClass } from "./theme.js";

const EVERY = 1000;
const OLD = 2000; // Milliseconds after which a quote is not live any more.
const SIZE = /^\d{1,15}(\.\d{1,18})?$/;
const STEPS = ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100", "200", "500", "1000"];

export class QuoteForm {
  constructor(choices) {
    this.choices = choices;
    this.form = byId("quote-form");
    this.size = byId("quote-size");
    this.result = byId("quote-result");
    this.problem = byId("quote-problem");
    this.size.value = choices.get("size");
    this.form.elements.side.value = choices.get("side");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.take();
    });
    this.form.addEventListener("change", () => this.take());
    this.answered = 0;
    this.asking = false;
    this.asked = 0;
    this.known = [];
  }

  take() {
    this.choices.set({ size: this.size.value.trim(), side: this.form.elements.side.value });
    this.clear();
  }

  clear() {
    this.answered = 0;
    this.asked = 0;
    this.generation = (this.generation ?? 0) + 1;
    setText(this.problem, "");
    setClass(this.result, "none");
  }

  /** A larger (1) or smaller (-1) size. */
  step(by) {
    const now = this.choices.get("size");
    const next =
      by > 0
        ? STEPS.find((step) => !SIZE.test(now) || compared(step, now) > 0)
        : STEPS.findLast((step) => SIZE.test(now) && compared(step, now) < 0);
    if (!next) return;
    this.size.value = next;
    this.take();
  }

  /** Asks if it is time to. */
  async refresh(known) {
    this.known = known;
    const now = performance.now();
    if (this.answered && now - this.answered > OLD) setClass(this.result, "old");
    if (this.asking || now - this.asked < EVERY) return;
    const size = this.choices.get("size");
    if (!SIZE.test(size) || compared(size, "0") === 0) {
      setText(this.problem, "the size is a number above 0, such as 0.5");
      return;
    }
    this.asking = true;
    this.asked = now;
    const generation = this.generation;
    try {
      const quote = await ask("/v1/quote", this.parameters(size), 2000);
      if (generation === this.generation) this.show(quote);
    } catch (error) {
      if (generation === this.generation) setText(this.problem, `no quote: ${error.message}`);
    } finally {
      this.asking = false;
    }
  }

  parameters(size) {
    const { market, venues, side } = this.choices.values;
    return { market, side, size, venues };
  }

  show(quote) {
    this.answered = performance.now();
    setText(this.problem, quote.filled ? "" : quote.reason);
    setClass(this.result, quote.filled ? "fresh" : "fresh unfilled");
    const digits = Math.max(2, (quote.mid ?? "").replace(/0+$/, "").split(".")[1]?.length ?? 0);
    setText(byId("quote-effective"), cut(quote.effective_price, digits) || "none");
    setText(byId("quote-average"), cut(quote.average_price, digits) || "none");
    setText(byId("quote-worst"), cut(quote.worst_price, digits) || "none");
    setText(byId("quote-notional"), cut(quote.notional, 2));
    setText(byId("quote-fees"), cut(quote.fees, 2));
    setText(byId("quote-slippage"), quote.slippage_basis_points === null ? "none" : `${shown(quote.slippage_basis_points)} bp`);
    this.showSlices(quote);
  }

  showSlices(quote) {
    const holder = byId("quote-slices");
    const rows = [...holder.children];
    const total = Number(quote.size) || 1;
    quote.slices.forEach((slice, place) => {
      const row = rows[place] ?? holder.appendChild(sliceRow());
      const [name, bar, size, price] = row.children;
      setText(name, slice.venue);
      setClass(name, `venue ${venueClass(this.known, slice.venue)}`);
      bar.firstChild.style.transform = `scaleX(${Math.min(1, Number(slice.size) / total)})`;
      setText(size, shown(slice.size));
      setText(price, shown(slice.worst_price));
      row.hidden = false;
    });
    for (const row of rows.slice(quote.slices.length)) row.hidden = true;
  }
}

function sliceRow() {
  const row = element("div", "slice");
  const bar = element("span", "slice-bar");
  bar.append(element("span"));
  row.append(element("span", "venue"), bar, element("span", "size"), element("span", "price"));
  return row;
}
