"""The candles of one market: one set per venue, and one set of the trades of all venues."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakSet

from ... import clock
from ...model import Trade, TradeGap
from ..market_analytics import MarketAnalytics, MarketRuntime
from ..market_past import MarketPast
from ..venue_clock import QUICKEST
from .aggregator import CandleAggregator
from .candle import Candle
from .kept_parts import KeptParts


def candle_source(venue: str, interval: str) -> Hashable:
    """The source of the CandleEvents of one venue (empty: all together) and the interval of this name."""
    return "candles", venue, interval


def loaded_source(venue: str, interval: str) -> Hashable:
    """Likewise of the CandleLoaded events."""
    return "loaded candles", venue, interval


@dataclass(frozen=True, slots=True)
class CandleLoaded:
    """A venue's own candle of before the start, of which a candle in progress is made."""

    candle: Candle


@dataclass(frozen=True, slots=True)
class CandleEvent:
    """A candle was closed or corrected, or is still open."""

    candle: Candle


class OpenWatcher(Protocol):
    """A topic that wants candles before they are closed."""

    def watched(self) -> tuple[str, Collection[str]]:
        """Venue, and names of intervals."""
        ...


class CandleRuntime(MarketRuntime):
    """The candles of one market, and the clocks of its venues by which they close."""

    def __init__(self, mine: MarketAnalytics) -> None:
        super().__init__(mine)
        self.candles = CandleAggregator(
            mine.market.venues, mine.settings, clock.time_ns(), lambda *whose: mine.heard(candle_source(*whose))
        )
        self.open_watchers: WeakSet[OpenWatcher] = WeakSet()
        self._stamps: dict[str, int] = {}
        """By venue: when its newest frame that was looked at was received."""

    def resume(self, past: MarketPast) -> None:
        """Continues the candles that were in progress."""
        pasts = KeptParts(past, self.mine.settings).read()
        if pasts:
            self.candles.resume(pasts, past.now)

    def venues_changed(self, gone: Collection[str]) -> None:
        """Starts with added venues, and forgets removed venues."""
        self.candles.follow([venue for venue in self.mine.market.venues if venue not in gone], clock.time_ns())
        for venue in gone:
            self._stamps.pop(venue, None)

    def trade(self, venue: str, trade: Trade, receive_time: int) -> None:  # noqa: ARG002 - candles go by venues' time
        """Adds a trade."""
        self.candles.trade(venue, trade)

    def trade_gap(self, venue: str, gap: TradeGap, receive_time: int) -> None:  # noqa: ARG002 - wherever it is
        """Marks the affected candles."""
        self.candles.gap(venue, receive_time)

    def trade_coverage(self, venue: str, complete: bool, at: int) -> None:
        """Marks candles that close until all trades are received again."""
        if complete:
            self.candles.listening(venue, at)
        else:
            self.candles.away(venue, at)

    def tick(self, now: int, second: bool) -> None:
        """Publishes what was closed and corrected and, once per second, open candles that are watched."""
        self._look_at_clocks(now)
        for venue, candle in self.candles.take_loaded():
            self.mine.emit(loaded_source(venue, candle.interval.name), venue, CandleLoaded(candle), 0)
        for venue, candle in self.candles.advance(now):
            self._emit(venue, candle)
        if second and len(self.open_watchers):
            for venue, candle in self._open_candles():
                self._emit(venue, candle)

    def clock_stepped(self, by: int) -> None:
        """Passes the step on to the clocks by which candles close."""
        self.candles.stepped(by)

    def _emit(self, venue: str, candle: Candle) -> None:
        self.mine.emit(candle_source(venue, candle.interval.name), venue, CandleEvent(candle), 0)

    def _look_at_clocks(self, now: int) -> None:
        """Reads the times of the books' newest frames, and writes each venue's clock offset into its entry."""
        for venue, entry in self.mine.market.entries.items():
            exchange, receive = entry.exchange_time, entry.receive_time
            if exchange > 0 and receive > 0 and self._stamps.get(venue) != receive:
                self._stamps[venue] = receive
                self.candles.seen(venue, receive - exchange, now)
            ahead = self.candles.ahead(venue)
            # What is not known is 0 beside 0.
            entry.clock_offset, entry.clock_uncertainty = (0, 0) if ahead is None else (ahead, QUICKEST)

    def _open_candles(self) -> Iterator[tuple[str, Candle]]:
        """The candles in progress that have subscribers, with their venues."""
        wanted = {
            (venue, name)
            for watcher in list(self.open_watchers)
            for venue, names in [watcher.watched()]
            for name in names
        }
        for interval in self.mine.settings.intervals:
            for venue in sorted(venue for venue, name in wanted if name == interval.name):
                candle = self.candles.latest(venue, interval)
                if candle is not None:
                    yield venue, candle
