"""Everything that is computed from books and trades, market by market, on the dispatcher thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Protocol
from weakref import WeakSet, WeakValueDictionary

from ..logs import about
from ..market.feed_listener import MarketListener
from ..market.live_view import LiveView
from ..market.market import Market
from ..model import Trade, TradeGap
from ..protocol.candle_source import OpenInterest
from .attempt import all_in_turn
from .averages.runtime import CLOCK_SKEW, PriceChoice, PriceSampler
from .candles.candle import Candle
from .candles.runtime import CandleAggregator, CandleEvent, candle_source
from .open_interest.runtime import LatestOpenInterest
from .settings import AnalyticsSettings
from .venue_clock import QUICKEST
from .vwap.runtime import TradeWindows

SECOND = 1_000_000_000
TICK = SECOND // 4
STEP = SECOND // 5
"""What the clock may be set by between two ticks without a word: time services slew it by less."""

log = logging.getLogger(__name__)


class Emit(Protocol):
    """Publishes an event of a market."""

    def __call__(self, market: Market, source: Hashable, venue: str, event: object, receive_time: int, /) -> None: ...


class OpenWatcher(Protocol):
    """Somebody who wants candles before they are closed."""

    def watched(self) -> tuple[str, Collection[str]]:
        """Venue, and names of intervals."""
        ...


class MarketAnalytics:
    """What is computed for one market."""

    def __init__(self, market: Market, settings: AnalyticsSettings) -> None:
        self.market = market
        self.windows = TradeWindows()
        self.candles = CandleAggregator(market.venues, settings, time.time_ns())
        self.interest = LatestOpenInterest()
        self.settings = settings
        self.open_watchers: WeakSet[OpenWatcher] = WeakSet()
        self._lock = threading.Lock()
        self._samplers: WeakValueDictionary[PriceChoice, PriceSampler] = WeakValueDictionary()
        self._view = LiveView(market)
        self._entries = market.entries
        self._stamps: dict[str, int] = {}
        """By venue: when its newest frame that was looked at was received."""
        self.default_prices = self.prices(PriceChoice())
        """Kept all the time; other choices for as long as somebody asks for them."""

    def prices(self, choice: PriceChoice) -> PriceSampler:
        """The averages of this choice, which go on for as long as somebody holds them. Raises BookError."""
        with self._lock:
            known = self._samplers.get(choice)
            if known is None:
                known = self._samplers[choice] = PriceSampler(self.market, choice, self.settings.windows)
            return known

    def changed(self) -> None:
        """A book or a state has changed."""
        with self._lock:
            samplers = list(self._samplers.values())
        all_in_turn(PriceSampler.note, samplers)

    def look_at_clocks(self, now: int) -> None:
        """Takes the times of the books' newest frames, and tells how far our clock is ahead of each venue's."""
        for venue, entry in self.market.entries.items():
            exchange, receive = entry.exchange_time, entry.receive_time
            if exchange > 0 and receive > 0 and self._stamps.get(venue) != receive:
                self._stamps[venue] = receive
                self.candles.seen(venue, receive - exchange, now)
            ahead = self.candles.ahead(venue)
            # What is not known is 0 beside 0.
            entry.clock_offset, entry.clock_uncertainty = (0, 0) if ahead is None else (ahead, QUICKEST)

    def follow(self) -> None:
        """Venues have come or gone."""
        if self._entries is self.market.entries:
            return
        gone = self._entries.keys() - self.market.entries.keys()
        self._entries = self.market.entries
        self.candles.follow(self.market.venues, time.time_ns())
        for venue in gone:
            self._stamps.pop(venue, None)
            self.windows.forget(venue)
            self.interest.forget(venue)

    def open_candles(self) -> Iterator[tuple[str, Candle]]:
        """The candles in progress that somebody watches, and whose they are."""
        wanted = {
            (venue, name)
            for watcher in list(self.open_watchers)
            for venue, names in [watcher.watched()]
            for name in names
        }
        for interval in self.settings.intervals:
            for venue in sorted(venue for venue, name in wanted if name == interval.name):
                candle = self.candles.latest(venue, interval)
                if candle is not None:
                    yield venue, candle

    def mid(self) -> Decimal | None:
        """Mid of the live venues."""
        with self.market.gate:
            view = self._view.refreshed()
            return None if view.mid is None else Decimal(view.mid).scaleb(-view.price_decimals - 1)


class AnalyticsEngine(MarketListener):
    """Runs what is computed for every market."""

    def __init__(self, settings: AnalyticsSettings, emit: Emit, changed: Callable[[Market], None]) -> None:
        """`emit` publishes an event; `changed` has the topics of a market look at it anew."""
        self.settings = settings
        self._emit = emit
        self._mark_changed = changed
        self._lock = threading.Lock()
        self._markets: dict[Market, MarketAnalytics] = {}
        self._gone: WeakSet[Market] = WeakSet()
        """Removed: a request that was read before must not bring them back."""
        self._ticked = 0
        self._difference = 0
        """Our clock less the monotonic one, at the last tick."""

    def of(self, market: Market) -> MarketAnalytics:
        """What is computed for this market."""
        known = self._markets.get(market)
        if known is not None:
            return known
        made = MarketAnalytics(market, self.settings)
        with self._lock:
            return made if market in self._gone else self._markets.setdefault(market, made)

    # -- the dispatcher thread -----------------------------------------------------------------------------------

    def market_added(self, market: Market) -> None:
        """Begins."""
        self.of(market)

    def market_removed(self, market: Market) -> None:
        """Forgets it."""
        with self._lock:
            self._gone.add(market)
            self._markets.pop(market, None)

    def venue_added(self, market: Market, venue: str) -> None:  # noqa: ARG002 - the market knows
        """Begins with a venue."""
        self.of(market).follow()

    def venue_removed(self, market: Market, venue: str) -> None:  # noqa: ARG002 - the market knows
        """Forgets a venue."""
        self.of(market).follow()

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened."""
        mine = self.of(market)
        mine.candles.trade(venue, trade)
        # One trade from a clock that is fast would keep all others out of a window of time.
        late = min(trade.exchange_time, receive_time + CLOCK_SKEW)
        dated = trade if late == trade.exchange_time else replace(trade, exchange_time=receive_time)
        for value in mine.windows.trade(venue, dated):
            self._emit(market, value.choice, venue, value, receive_time)

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:  # noqa: ARG002
        """Trades are missing."""
        mine = self.of(market)
        mine.windows.gap(venue)
        mine.candles.gap(venue, receive_time)

    def trade_coverage(self, market: Market, venue: str, complete: bool, at: int) -> None:
        """All trades of a venue are received from this time on, or no longer."""
        candles = self.of(market).candles
        if complete:
            candles.listening(venue, at)
        else:
            candles.away(venue, at)

    def open_interest(self, market: Market, venue: str, update: OpenInterest, at: int) -> None:
        """A venue has said its open interest."""
        mine, now = self.of(market), time.time_ns()
        taken = mine.interest.take(venue, update, mine.mid() if update.in_quote else None, now)
        if taken is not None:
            mine.candles.interest(venue, taken.value, at or taken.exchange_time or now)
            self._mark_changed(market)

    def book_changed(self, market: Market) -> None:
        """A book or a state of the market changed."""
        self.of(market).changed()

    def tick(self) -> None:
        """Closes the candles whose time is over."""
        now = time.time_ns()
        if 0 <= now - self._ticked < TICK:  # Before it: the clock was set back.
            return
        opens = now // SECOND != self._ticked // SECOND
        self._note_step(now)
        self._ticked = now
        all_in_turn(lambda mine: self._close(mine, now, opens), list(self._markets.values()))

    def _note_step(self, now: int) -> None:
        """Our clock against one that is never set: by what it was put forward."""
        difference = now - time.monotonic_ns()
        step = difference - self._difference if self._difference else 0
        self._difference = difference
        if abs(step) > STEP:
            log.warning("the clock of this machine was set by %+.3f s", step / SECOND, extra=about("clock_set"))
            for mine in list(self._markets.values()):
                mine.candles.stepped(step)

    def _close(self, mine: MarketAnalytics, now: int, opens: bool) -> None:
        mine.look_at_clocks(now)
        for venue, candle in mine.candles.advance(now):
            self._emit_candle(mine.market, venue, candle)
        for venue, candle in mine.open_candles() if opens else ():
            self._emit_candle(mine.market, venue, candle)

    def _emit_candle(self, market: Market, venue: str, candle: Candle) -> None:
        self._emit(market, candle_source(venue, candle.interval.name), venue, CandleEvent(candle), 0)
