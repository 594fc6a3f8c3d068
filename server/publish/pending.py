"""Trades on their way from the feeds to the dispatcher: bounded, in order, and with what was too much told as a gap."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ..market.market import Market
from ..model import Trade, TradeCoverage, TradeGap


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """A trade, a gap, or whether trades are heard at all, and whose it is."""

    market: Market
    venue: str
    event: Trade | TradeGap | TradeCoverage
    receive_time: int
    """Nanoseconds UTC."""


class PendingTrades:
    """Between many threads that put and one that takes. A loss stands behind everything that was put before it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._events: list[PendingEvent] = []
        self._lost: dict[tuple[Market, str], PendingEvent] = {}

    def put(self, event: PendingEvent) -> None:
        """Adds an event. Where there is no room, neither is there for the next ones: they come after the loss."""
        with self._lock:
            if len(self._events) < self._limit or isinstance(event.event, TradeCoverage):
                self._events.append(event)
            else:
                key = (event.market, event.venue)
                self._lost[key] = _with_loss(self._lost.get(key), event)

    def take(self) -> tuple[list[PendingEvent], list[PendingEvent]]:
        """All that waits, and after that the gaps that what did not fit has left."""
        with self._lock:
            events, self._events = self._events, []
            lost, self._lost = self._lost, {}
        return events, list(lost.values())


def _with_loss(known: PendingEvent | None, event: PendingEvent) -> PendingEvent:
    """The gap that one more event makes; one of unknown width stays one."""
    missing = event.event.missing if isinstance(event.event, TradeGap) else 1
    if known is None:
        return PendingEvent(event.market, event.venue, TradeGap("", "", missing), event.receive_time)
    before = known.event
    assert isinstance(before, TradeGap)
    total = before.missing + missing if before.missing and missing else 0
    return PendingEvent(event.market, event.venue, TradeGap("", "", total), known.receive_time)
