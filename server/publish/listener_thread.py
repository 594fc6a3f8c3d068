"""A listener on a thread of its own: its delays and failures do not affect other listeners."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Any

from orderbook_ext import BookUpdate

from ..logs import about
from ..market.feed_listener import FeedListener, MarketListener
from ..market.market import Market
from ..model import Trade, TradeGap
from ..protocol.candle_source import OpenInterest
from ..threads import Supervised
from .defects import Defects
from .event_queue import EventQueue, FeedEvent

log = logging.getLogger(__name__)

TICK = 0.5
"""Seconds between two calls of tick()."""
EVENTS = 65_536


class ListenerThread(MarketListener):
    """A thread between the dispatcher, which only queues here, and a listener that may be slow: a sink, a recorder.

    The queue is bounded: trades that do not fit become one TradeGap per venue in their place, and are logged. To
    receive every update of books, pass this object to Dispatcher.follow_updates(thread, ...). Changes of books are
    conflated by market, after the events that came before them.
    """

    def __init__(self, name: str, listener: MarketListener, limit: int = EVENTS) -> None:
        """`name` is for the log; `limit`: events that may wait."""
        self._name = name
        self._listener = listener
        self._takes_changes = type(listener).book_changed is not FeedListener.book_changed
        """Else a change, the most frequent event of all, need not wake the thread."""
        self._queue = EventQueue(limit)
        self._lock = threading.Lock()
        self._changed: dict[Market, None] = {}
        """Guarded by the lock."""
        self._markets: set[Market] = set()
        """Those that the listener knows."""
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._defects = Defects()
        self.thread = Supervised(f"listener-{name}", self._run, self._stopping)

    def start(self) -> None:
        """Starts the thread."""
        self.thread.start()

    def stop(self, timeout: float) -> None:
        """Hands on the waiting events and ends the thread; waits for the thread at most this number of seconds."""
        self._stopping.set()
        self._wake.set()
        if self.thread.is_alive():
            self.thread.join(timeout)

    # -- the dispatcher's thread ---------------------------------------------------------------------------------

    def market_added(self, market: Market) -> None:
        """Queued."""
        self._put(MarketListener.market_added, market)

    def market_removed(self, market: Market) -> None:
        """Queued."""
        self._put(MarketListener.market_removed, market)

    def venue_added(self, market: Market, venue: str) -> None:
        """Queued."""
        self._put(MarketListener.venue_added, market, venue)

    def venue_removed(self, market: Market, venue: str) -> None:
        """Queued."""
        self._put(MarketListener.venue_removed, market, venue)

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """Queued."""
        self._put(FeedListener.trade, market, venue, trade, receive_time)

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Queued."""
        self._put(FeedListener.trade_gap, market, venue, gap, receive_time)

    def trade_coverage(self, market: Market, venue: str, complete: bool, at: int) -> None:
        """Queued."""
        self._put(FeedListener.trade_coverage, market, venue, complete, at)

    def open_interest(self, market: Market, venue: str, update: OpenInterest, at: int) -> None:
        """Queued."""
        self._put(FeedListener.open_interest, market, venue, update, at)

    def book_updates(self, market: Market, venue: str, updates: Sequence[BookUpdate], lost: int) -> None:
        """Queued."""
        self._put(MarketListener.book_updates, market, venue, updates, lost)

    def book_changed(self, market: Market) -> None:
        """Marked, if the listener has a use for changes."""
        if not self._takes_changes:
            return
        with self._lock:
            self._changed[market] = None
        self._wake.set()

    def _put(self, method: Any, market: Market, *arguments: object) -> None:
        self._queue.put(FeedEvent(method, market, arguments))
        self._wake.set()

    # -- the listener's thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(TICK)
            self._hand_on()
        self._hand_on()

    def _hand_on(self) -> None:
        """All that waits."""
        self._wake.clear()
        with self._lock:
            changed, self._changed = self._changed, {}
        events, lost = self._queue.take()
        for event in events:
            self._spare(event)
        for event in lost:
            if event.method is FeedListener.trade_gap:
                where = event.market.name, str(event.arguments[0])
                words = "%s on %s: trades were lost, %s is too slow for them"
                log.error(words, *where, self._name, extra=about("trades_lost", *where))
            self._spare(event)
        for market in changed:
            if market in self._markets:
                self._spare(FeedEvent(FeedListener.book_changed, market))
        self._defects.spare(f"{self._name} failed", None, self._listener.tick)

    def _spare(self, event: FeedEvent) -> None:
        if event.method is MarketListener.market_added:
            self._markets.add(event.market)
        elif event.method is MarketListener.market_removed:
            self._markets.discard(event.market)
        words = f"{self._name} failed ({event.method.__name__})"
        self._defects.spare(words, event.market, event.deliver, self._listener)
