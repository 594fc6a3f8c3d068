"""Trade VWAPs of one market: its newest trades, and a sliding window per requested choice."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from ...model import Trade, TradeGap
from ..market_analytics import MarketAnalytics, MarketRuntime
from ..venue_clock import CLOCK_SKEW
from .compute import TradeVwap, TradeWindow

TAPE = 20_000
"""Number of trades to keep per market, so that a window is full at its first request."""


@dataclass(frozen=True, slots=True)
class WindowChoice:
    """Choice of trades: of one venue (empty: of all venues); a number of the newest trades, or a length of time in
    nanoseconds."""

    venue: str
    trades: int | None
    nanos: int | None = None


@dataclass(frozen=True, slots=True)
class VwapEvent:
    """A window's value after one more trade."""

    choice: WindowChoice
    value: TradeVwap
    exchange_time: int


class SharedWindow:
    """One window, shared by all its holders and forgotten with the last of them."""

    __slots__ = ("__weakref__", "choice", "window")

    def __init__(self, choice: WindowChoice) -> None:
        self.choice = choice
        self.window = TradeWindow(choice.trades, nanos=choice.nanos)


class VwapRuntime(MarketRuntime):
    """The windows of one market, each trade in them once."""

    def __init__(self, mine: MarketAnalytics) -> None:
        super().__init__(mine)
        self.windows = TradeWindows()

    def venues_changed(self, gone: Collection[str]) -> None:
        """Forgets the trades of removed venues."""
        for venue in gone:
            self.windows.forget(venue)

    def trade(self, venue: str, trade: Trade, receive_time: int) -> None:
        """Publishes the new values."""
        # One trade from a clock that is fast would keep all others out of a window of time.
        if trade.exchange_time > receive_time + CLOCK_SKEW:
            trade = replace(trade, exchange_time=receive_time)
        for event in self.windows.trade(venue, trade):
            self.mine.emit(event.choice, venue, event, receive_time)

    def trade_gap(self, venue: str, gap: TradeGap, receive_time: int) -> None:  # noqa: ARG002 - wherever it is
        """Marks the windows."""
        self.windows.gap(venue)


class TradeWindows:
    """Written by the dispatcher thread, read by request threads."""

    def __init__(self, tape: int = TAPE) -> None:
        self._lock = threading.Lock()
        self.tape: deque[tuple[str, Trade | None]] = deque(maxlen=tape)
        """The newest trades of all venues; None marks a gap. Guarded by the lock."""
        self._windows: WeakValueDictionary[WindowChoice, SharedWindow] = WeakValueDictionary()

    def trade(self, venue: str, trade: Trade) -> list[VwapEvent]:
        """Adds a trade; returns the new values of the windows that contain it."""
        with self._lock:
            self.tape.append((venue, trade))
            if not self._windows:
                return []
            touched = self._of(venue)
            for shared in touched:
                shared.window.add(trade)
            return [VwapEvent(shared.choice, shared.window.value(), trade.exchange_time) for shared in touched]

    def gap(self, venue: str) -> None:
        """Trades of this venue are missing here."""
        with self._lock:
            self.tape.append((venue, None))
            for shared in self._of(venue):
                shared.window.gap()

    def forget(self, venue: str) -> None:
        """The venue is no longer read: its trades are no longer kept, and the windows stay as they are."""
        with self._lock:
            self.tape = deque((each for each in self.tape if each[0] != venue), maxlen=self.tape.maxlen)

    def shared(self, choice: WindowChoice) -> SharedWindow:
        """The window of this choice, filled with the kept trades; it lives while a topic holds it."""
        with self._lock:
            known = self._windows.get(choice)
            if known is None:
                known = self._windows[choice] = self._filled(choice)
            return known

    def value(self, choice: WindowChoice) -> TradeVwap:
        """The value now."""
        with self._lock:
            known = self._windows.get(choice)
            return (known or self._filled(choice)).window.value()

    def _filled(self, choice: WindowChoice) -> SharedWindow:
        made = SharedWindow(choice)
        for venue, trade in self.tape:
            if choice.venue and venue != choice.venue:
                continue
            if trade is None:
                made.window.gap()
            else:
                made.window.add(trade)
        return made

    def _of(self, venue: str) -> list[SharedWindow]:
        return list(self._each(venue))

    def _each(self, venue: str) -> Iterator[SharedWindow]:
        for shared in list(self._windows.values()):
            if not shared.choice.venue or shared.choice.venue == venue:
                yield shared
