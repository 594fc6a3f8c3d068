// The page: what arrives is kept, and drawn when a book has come: the server sends at most four per second.

import { Alerts } from "./alerts.js";
import { ask } from "./ask.js";
import { CandleChart } from "./candle_chart.js";
import { merged, time } from "./candle_past.js";
import { Choices } from "./choices.js";
import { Commands } from "./commands.js";
import { Controls } from "./controls.js";
import { DepthChart } from "./depth_chart.js";
import { byId } from "./dom.js";
import { Feeds, wanted } from "./feeds.js";
import { Freshness, GONE } from "./freshness.js";
import { HeatMap } from "./heat_map.js";
import { listen } from "./keys.js";
import { Ladder } from "./ladder.js";
import { Login } from "./login.js";
import { PriceLines } from "./price_lines.js";
import { QuoteForm } from "./quote_form.js";
import { Theme } from "./theme.js";
import { TradeList } from "./trade_list.js";
import { VenueTable } from "./venue_table.js";

const DRAW_EVERY = 400; // Milliseconds: the longest time between two pictures. Books come every 250.
const DEPTH_EVERY = 400; // Milliseconds between two pictures of the depth.
const AVERAGES_OLD = 3000;

class Page {
  constructor() {
    this.choices = new Choices();
    this.theme = new Theme(this.choices);
    this.login = new Login(() => this.enter());
    this.ladder = new Ladder();
    this.depth = new DepthChart(this.theme);
    this.heat = new HeatMap(this.theme);
    this.lines = new PriceLines(this.theme);
    this.candles = new CandleChart(this.theme);
    this.trades = new TradeList();
    this.venues = new VenueTable(this.choices);
    this.quote = new QuoteForm(this.choices);
    this.alerts = new Alerts();
    this.markets = [];
    this.known = [];
    this.held = false;
    this.commands = new Commands(this.choices, {
      markets: () => this.markets,
      market: () => this.market,
      venues: () => this.known,
      quote: this.quote,
      theme: this.theme,
      hold: () => (this.held = !this.held),
      help: () => this.controls.help(),
    });
    this.controls = new Controls(this.choices, (name, place) => this.commands.act(name, place));
    this.feeds = new Feeds(this.handlers());
    this.freshness = new Freshness(
      (state) => {
        if (state === GONE) this.averages = null;
        this.picture(); // What is no longer live says so at once.
      },
      () => this.feeds.again(),
    );
    this.forget();
    this.choices.onChange((changed) => this.changed(changed));
    listen((name, place) => this.commands.act(name, place));
    document.addEventListener("visibilitychange", () => this.follow());
    this.controls.show(this);
    this.begin();
    setInterval(() => performance.now() - (this.drawnAt ?? 0) >= DRAW_EVERY && this.picture(), 125);
    this.picture();
  }

  get market() {
    return this.choices.get("market") || this.markets[0] || "";
  }

  /** Streams that were refused for want of a token begin anew. */
  enter() {
    this.feeds.close();
    this.begin();
  }

  /** Asks for the markets until there is an answer, then opens the streams. */
  async begin() {
    clearTimeout(this.beginning);
    try {
      const { markets } = await ask("/v1/markets");
      this.markets = markets.map((market) => market.name);
      this.controls.show(this);
      this.follow();
    } catch (error) {
      if (error.needsToken) return this.login.show();
      this.freshness.lost(words(error));
      this.alerts.retryAt = performance.now() + 1000;
      this.beginning = setTimeout(() => this.begin(), 1000);
    }
  }

  /** Nothing of another choice may stand there as if it were of this one. */
  forget() {
    this.book = this.status = this.averages = null;
    this.bookChanged = false;
    this.epoch = "";
  }

  changed(changed) {
    if (changed.includes("market")) {
      this.known = [];
      this.trades.clear();
      this.venues.clear();
    }
    if (changed.includes("market") || changed.includes("venues")) {
      this.forget();
      this.freshness.restart();
      this.heat.clear();
      this.lines.clear();
      this.trades.clear();
      this.quote.clear();
    }
    if (changed.includes("market") || changed.includes("interval")) this.clearCandles();
    this.controls.show(this);
    this.follow();
    this.bookChanged = Boolean(this.book);
  }

  clearCandles() {
    this.pastFor = "";
    this.candles.clear(this.choices.get("interval"));
  }

  follow() {
    if (!this.markets.length) return;
    const hidden = this.choices.list("hide");
    this.feeds.follow(document.hidden ? {} : wanted(this.choices, this.market, hidden));
    if (document.hidden) this.freshness.restart();
  }

  handlers() {
    const lost = (error) => error?.needsToken && this.login.show();
    return {
      book: {
        message: (book) => this.takeBook(book),
        lost: (error, pause) => {
          lost(error);
          this.alerts.retryAt = performance.now() + pause;
          this.freshness.lost(words(error));
        },
      },
      status: panelFeed("venues", lost, (status) => (this.status = { venues: status.venues, at: performance.now() })),
      trades: panelFeed("trades", lost, (event) => this.trades.add(event)),
      candles: panelFeed("candles", lost, (candle) => this.takeCandle(candle)),
      averages: panelFeed("prices", lost, (averages) => {
        this.averages = averages;
        this.averagesAt = performance.now();
      }),
    };
  }

  takeBook(book) {
    this.freshness.message(book.header.publish_time_nanos);
    if (this.epoch && this.epoch !== book.header.epoch) this.clearCandles(); // Another process counts anew.
    this.epoch = book.header.epoch;
    this.book = book;
    this.bookChanged = true;
    this.picture();
    const names = (this.status ?? book).venues.map((quality) => quality.venue);
    for (const name of names) if (!this.known.includes(name)) this.known.push(name);
  }

  takeCandle(candle) {
    if (candle.open_time_nanos === "0") return; // A heartbeat.
    this.candles.add(candle);
    if (!this.pastFor) this.askPast(candle);
  }

  /** The past before the first candle: of the server, and before that of its venues. */
  async askPast(first) {
    const key = (this.pastFor = `${this.market} ${this.choices.get("interval")}`);
    const page = (venue, end) =>
      ask("/v1/candles", {
        market: this.market,
        interval: this.choices.get("interval"),
        venue,
        end_time_nanos: end,
        page_size: 500,
      }).then(({ candles }) => candles);
    try {
      const own = await page("", first.open_time_nanos);
      const begins = own.length ? own[0].open_time_nanos : first.open_time_nanos;
      const ofVenues = [];
      for (const venue of this.known) ofVenues.push(...(await page(venue, begins)));
      if (this.pastFor !== key) return;
      const before = merged(ofVenues).filter((candle) => time(candle) < Number(begins.slice(0, -9)));
      this.candles.addPast([...before, ...own]);
      if (!before.length && !own.length) setTimeout(() => this.pastFor === key && (this.pastFor = ""), 5000);
    } catch (error) {
      this.candles.problem(`no past candles: ${words(error)}`);
      setTimeout(() => this.pastFor === key && (this.pastFor = ""), 5000);
    }
  }

  /** Draws in the next frame: when a book has come, and without one when DRAW_EVERY is over. Frames that are asked for
      without need cost the browser their work even if nothing changes. */
  picture() {
    if (this.asked) return;
    this.asked = true;
    // The chart asks for its frame itself: asked before ours, both are one.
    if (this.market && !this.held && !this.choices.list("hide").includes("candles")) this.candles.draw();
    requestAnimationFrame((now) => {
      this.asked = false;
      this.drawnAt = now;
      this.draw(now);
    });
  }

  draw(now) {
    this.alerts.draw(this.freshness, this.held, this.market);
    if (!this.freshness.state || this.held) return;
    const live = this.freshness.state === "live";
    const seen = (panel) => !this.choices.list("hide").includes(panel);
    const book = this.book;
    if (book && this.bookChanged) {
      this.bookChanged = false;
      this.ladder.draw(book, Number(this.choices.get("levels")), this.known);
      this.fresh = true;
    }
    if (book) this.drawVenues(now);
    if (book && seen("depth") && this.fresh && now - (this.depthAt ?? 0) > DEPTH_EVERY) {
      this.depthAt = now;
      this.fresh = false;
      this.depth.draw(book);
    }
    if (seen("heat") && (book || this.heat.last)) this.heat.add(live ? book : null);
    if (this.averages && now - this.averagesAt > AVERAGES_OLD) this.averages = null;
    if (seen("prices")) this.lines.add(live ? book : null, live ? this.averages : null);
    if (seen("trades")) this.trades.draw(this.known);
    if (seen("quote") && this.market && !document.hidden) this.quote.refresh(this.known);
  }

  drawVenues(now) {
    const venues = this.status?.venues ?? this.book.venues;
    this.alerts.drawWithdrawn(venues);
    if (now - (this.venuesAt ?? 0) < 500) return;
    this.venuesAt = now;
    const silence = this.status ? now - this.status.at : this.freshness.age();
    this.venues.draw(venues, this.known, silence ?? 0);
    this.controls.showVenues(this);
  }
}

/** The handler of a stream that one panel shows: while the stream is lost, the panel says so and does not look live. */
function panelFeed(panel, lost, message) {
  const { dataset } = byId(`${panel}-title`);
  return {
    opened: () => delete dataset.lost,
    message,
    lost: (error) => {
      lost(error);
      dataset.lost = words(error);
    },
  };
}

/** Why a stream ended, for people. */
function words(error) {
  if (!error) return "the server closed the connection";
  return error.code ? error.message : "the server is gone";
}

new Page();
