"""Events on their way to the thread that handles them: bounded, in order, and with losses reported in place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from ..market.feed_listener import FeedListener, MarketListener
from ..market.market import Market
from ..model import TradeGap


class FeedEvent(NamedTuple):
    """One call of a MarketListener."""

    method: Callable[..., None]
    """Of the class MarketListener or FeedListener."""
    market: Market
    arguments: tuple[Any, ...] = ()
    """Those behind the market."""

    def deliver(self, listener: MarketListener) -> None:
        """Makes the call."""
        getattr(listener, self.method.__name__)(self.market, *self.arguments)


class EventQueue:
    """A queue that many threads fill and one thread empties.

    Trades and gaps are bounded: events that do not fit become one TradeGap per venue, after all events that were put
    before. Open interest that does not fit replaces the waiting value of the same venue. Updates of books that do not
    fit are counted, call by call. Other events are few, and always fit.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._events: list[FeedEvent] = []
        self._lost: dict[tuple[Callable[..., None], Market, str], FeedEvent] = {}

    def put(self, event: FeedEvent) -> None:
        """Adds an event. When the queue is full, the following events wait behind the loss, too."""
        with self._lock:
            if len(self._events) < self._limit or event.method not in _BOUNDED:
                self._events.append(event)
            else:
                self._lose(event)

    def _lose(self, event: FeedEvent) -> None:
        """Lock held."""
        venue = event.arguments[0]
        kept, merge = _BOUNDED[event.method]
        key = kept, event.market, venue
        self._lost[key] = merge(self._lost.get(key), event)

    def __len__(self) -> int:
        """Events that wait, without those that did not fit. Takes no lock."""
        return len(self._events)

    def __bool__(self) -> bool:
        """Whether anything waits. Takes no lock."""
        return bool(self._events or self._lost)

    def take(self) -> tuple[list[FeedEvent], list[FeedEvent]]:
        """All waiting events, and after them the summary of the events that did not fit."""
        with self._lock:
            events, self._events = self._events, []
            lost, self._lost = self._lost, {}
        return events, list(lost.values())


def _with_loss(known: FeedEvent | None, event: FeedEvent) -> FeedEvent:
    """The gap that one more trade or gap makes; one of unknown width stays one."""
    venue, what, receive_time = event.arguments
    missing = what.missing if isinstance(what, TradeGap) else 1
    if known is not None:
        _, before, receive_time = known.arguments
        missing = before.missing + missing if before.missing and missing else 0
    return FeedEvent(FeedListener.trade_gap, event.market, (venue, TradeGap("", "", missing), receive_time))


def _all_lost(known: FeedEvent | None, event: FeedEvent) -> FeedEvent:
    """No updates, and how many are missing."""
    venue, updates, lost = event.arguments
    before = known.arguments[2] if known is not None else 0
    return FeedEvent(MarketListener.book_updates, event.market, (venue, (), before + len(updates) + lost))


def _newest(_known: FeedEvent | None, event: FeedEvent) -> FeedEvent:
    return event


_BOUNDED: dict[Callable[..., None], tuple[Callable[..., None], Callable[[FeedEvent | None, FeedEvent], FeedEvent]]] = {
    FeedListener.trade: (FeedListener.trade_gap, _with_loss),
    FeedListener.trade_gap: (FeedListener.trade_gap, _with_loss),
    FeedListener.open_interest: (FeedListener.open_interest, _newest),
    MarketListener.book_updates: (MarketListener.book_updates, _all_lost),
}
"""Of each method that is bounded: the event that stands for what did not fit, and how one more is added to it."""
