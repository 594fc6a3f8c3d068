"""Trade VWAPs of one market: its newest trades, and a sliding window for each question that is asked of them."""

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
"""Trades of one market that are remembered, so that a window is filled when it is first asked for."""


@dataclass(frozen=True, slots=True)
class WindowChoice:
    """Which trades: of one venue or, if it is empty, of all; the newest so many, or those of the last nanoseconds."""

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
    """One window, shared by all who hold it; it is forgotten with the last of them."""

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
        """Forgets the trades of venues that have gone."""
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
    """Written by the dispatcher thread, asked by those of requests."""

    def __init__(self, tape: int = TAPE) -> None:
        self._lock = threading.Lock()
        self._tape: deque[tuple[str, Trade | None]] = deque(maxlen=tape)
        self._windows: WeakValueDictionary[WindowChoice, SharedWindow] = WeakValueDictionary()

    def trade(self, venue: str, trade: Trade) -> list[VwapEvent]:
        """One more trade; the new values of the windows that it is in."""
        with self._lock:
            self._tape.append((venue, trade))
            touched = self._of(venue)
            for shared in touched:
                shared.window.add(trade)
            return [VwapEvent(shared.choice, shared.window.value(), trade.exchange_time) for shared in touched]

    def gap(self, venue: str) -> None:
        """Trades of this venue are missing here."""
        with self._lock:
            self._tape.append((venue, None))
            for shared in self._of(venue):
                shared.window.gap()

    def forget(self, venue: str) -> None:
        """The venue is read no longer: its trades leave the tape, and the windows stay as they are."""
        with self._lock:
            self._tape = deque((each for each in self._tape if each[0] != venue), maxlen=self._tape.maxlen)

    def shared(self, choice: WindowChoice) -> SharedWindow:
        """The window of this choice, filled with what is remembered; it lives for as long as a topic holds it."""
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
        for venue, trade in self._tape:
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
