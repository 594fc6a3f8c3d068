"""The dispatcher thread: one queue in, all listeners out, and the topics behind them."""

from __future__ import annotations

import logging
import threading
from collections import deque

from .. import clock
from ..logs import about
from ..market.feed_listener import FeedListener, MarketListener
from ..market.market import Market
from ..model import Trade, TradeGap
from ..protocol.candle_source import OpenInterest
from ..repeats import Repeats
from ..threads import Supervised
from ..units import SECOND
from .book_updates import BookUpdateReader
from .defects import Defects
from .epoch import Epoch
from .event_queue import EventQueue, FeedEvent
from .topic_publisher import TopicPublisher

log = logging.getLogger(__name__)

IDLE_WAIT = 0.5
_TRADE = FeedListener.trade
_CHANGE = "a change could not be evaluated"
EVENTS = 65_536
"""Trades and gaps that may wait for the thread."""


class Dispatcher(FeedListener):
    """The listener of all feeds: it leaves a mark or an event in its queue, and its thread does the work.

    Listeners are called one after the other, in the order in which they were added; a listener that fails does not
    affect the others. A listener that may take long has a thread of its own: see listener_thread.py. The topics come
    last, so that computed values can be published in the same pass.
    """

    def __init__(self, epoch: Epoch, heartbeat: float = 5.0, stall_limit: float = 120.0) -> None:
        self.epoch = epoch
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._defects = Defects()
        self._repeats = Repeats()
        self.publisher = TopicPublisher(heartbeat, stall_limit, self._wake, self._defects)
        self.topics = self.publisher.topics
        self._listeners: list[MarketListener] = [self.publisher]
        self._of_changes: list[MarketListener] = [self.publisher]
        self._of_time: list[MarketListener] = []
        """Those that have their own methods for changes of books, and for time."""
        self._queue = EventQueue(EVENTS)
        self._dirty: deque[Market] = deque()
        """Markets whose flag of the same name was set, each once."""
        self._following = threading.Lock()
        self.readers: dict[Market, dict[MarketListener, BookUpdateReader]] = {}
        """By market: who follows every update of its books. Replaced, never changed, under the lock."""
        self._markets: set[Market] = set()
        """Those that the listeners know."""
        self.thread = Supervised("dispatcher", self._run, self._stopping)

    def listen(self, listener: MarketListener) -> None:
        """Adds a listener, before start(). It receives every event before the topics do."""
        self._listeners.insert(-1, listener)
        kind = type(listener)
        if kind.book_changed is not FeedListener.book_changed:
            self._of_changes.insert(-1, listener)
        if kind.tick is not MarketListener.tick:
            self._of_time.append(listener)

    # -- markets and venues that come and go ---------------------------------------------------------------------

    def add_market(self, market: Market) -> None:
        """The market is served from now on: it may have topics at once."""
        self.topics.add(market)
        self._put(MarketListener.market_added, market)
        self.book_changed(market)

    def remove_market(self, market: Market) -> int:
        """The market is no longer served: ends its streams at once and returns their number."""
        ended = self.topics.remove(market)
        self._put(MarketListener.market_removed, market)
        return ended

    def add_venue(self, market: Market, venue: str) -> None:
        """The market has one more venue."""
        self._put(MarketListener.venue_added, market, venue)

    def remove_venue(self, market: Market, venue: str) -> int:
        """The market has lost this venue: ends streams that name no other venue and returns their number."""
        self._put(MarketListener.venue_removed, market, venue)
        return self.topics.prune(market, venue)

    def follow_updates(self, listener: MarketListener, market: Market, levels: int) -> None:
        """Hands every update of the market's books to the listener from now on: the best `levels` of each side.

        This costs the feeds a copy of these levels per frame, until a call with 0 levels or the end of the market.
        Without a listener the cost is one comparison per frame. Each call replaces the call before.
        """
        if not levels:
            self._unfollow(listener, market)
            return
        reader = BookUpdateReader(market, levels)
        with self._following:
            replaced = self.readers.get(market, {}).get(listener)
            readers = {**self.readers.get(market, {}), listener: reader}
            self.readers = {**self.readers, market: readers}
        if replaced is not None:
            replaced.close()

    def _unfollow(self, listener: MarketListener, market: Market) -> None:
        with self._following:
            readers = dict(self.readers.get(market, {}))
            ended = readers.pop(listener, None)
            self.readers = {**self.readers, market: readers}
            if not readers:
                del self.readers[market]
        if ended is not None:
            ended.close()

    # -- feeds ---------------------------------------------------------------------------------------------------

    def book_changed(self, market: Market) -> None:
        """A book or a state of this market changed."""
        mark = market.changed
        if not mark.marked:
            mark.marked = True
            self._dirty.append(market)
        if not self._wake.is_set():
            self._wake.set()

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened."""
        if len(self._listeners) > 1 or self.topics.listened(market):  # _heard() and _put(), for each trade
            self._queue.put(FeedEvent(_TRADE, market, (venue, trade, receive_time)))
            if not self._wake.is_set():
                self._wake.set()

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing between the trades before this call and the trades after it."""
        if self._heard(market):
            self._put(FeedListener.trade_gap, market, venue, gap, receive_time)

    def trade_coverage(self, market: Market, venue: str, complete: bool, at: int) -> None:
        """All trades of the venue are received from this time (nanoseconds UTC) on, or no longer."""
        self._put(FeedListener.trade_coverage, market, venue, complete, at)

    def open_interest(self, market: Market, venue: str, update: OpenInterest, at: int = 0) -> None:
        """The venue has sent its open interest."""
        self._put(FeedListener.open_interest, market, venue, update, at)

    def _heard(self, market: Market) -> bool:
        """Whether anybody listens to trades of this market. Takes no lock: feeds ask for every trade."""
        return len(self._listeners) > 1 or self.topics.listened(market)

    def _put(self, method: object, market: Market, *arguments: object) -> None:
        self._queue.put(FeedEvent(method, market, arguments))  # type: ignore[arg-type]
        if not self._wake.is_set():
            self._wake.set()

    @property
    def waiting(self) -> int:
        """Events of feeds that wait for the thread. Takes no lock."""
        return len(self._queue)

    # -- the thread ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts the thread."""
        self.thread.start()

    def stop(self, timeout: float) -> None:
        """Ends the thread."""
        self._stopping.set()
        self._wake.set()
        if self.thread.is_alive():
            self.thread.join(timeout)

    def _run(self) -> None:
        wait = IDLE_WAIT
        while not self._stopping.is_set():
            wait = self.turn(wait)

    def turn(self, wait: float) -> float:
        """Waits at most this number of seconds for an event or a change, and hands on all that waits. Returns the
        seconds until something will be due. For the thread, or for whoever calls it in the thread's place."""
        if wait > 0:
            self._wake.wait(wait)
        self._wake.clear()
        try:
            return self.run_pass(clock.monotonic_ns())
        except Exception as error:
            # Steps have guards of their own: this is for the loop itself.
            self._defects.say("the dispatcher failed", error)
            return IDLE_WAIT

    def run_pass(self, now: int) -> float:
        """Hands on all that waits; returns the seconds until something will be due."""
        if self._queue:
            self.deliver_events()
        for listener in self._of_time:
            self._defects.spare("what is computed could not go on", None, listener.tick)
        self._deliver_changes()
        wait = self.publisher.publish(now) - clock.monotonic_ns()
        return 0.0 if wait <= 0 else min(IDLE_WAIT, wait / SECOND)

    def deliver_events(self) -> None:
        """Hands on the events of the queue, and then the most important of those that were lost."""
        events, lost = self._queue.take()
        for event in events:
            self._deliver(event)
        for event in lost:
            if event.method is FeedListener.trade_gap:
                where = event.market.name, str(event.arguments[0])
                words = "%s on %s: trades were lost, they came faster than they could be published"
                log.error(words, *where, extra=about("trades_lost", *where))
            self._deliver(event)

    def _deliver(self, event: FeedEvent) -> None:
        market = event.market
        if event.method is MarketListener.market_added:
            self._markets.add(market)
        elif market not in self._markets or not _is_current(event):
            return  # It was under way when the market or the venue was removed.
        name, arguments = event.method.__name__, event.arguments
        for listener in self._listeners:
            try:
                getattr(listener, name)(market, *arguments)
            except Exception as error:  # noqa: PERF203
                self._defects.say(f"{market.name}: an event could not be evaluated", error)
        if event.method is MarketListener.market_removed:
            self._markets.discard(market)
            for listener in list(self.readers.get(market, ())):
                self._unfollow(listener, market)

    def _deliver_changes(self) -> None:
        """The markets that changed since the last pass."""
        for _ in range(len(self._dirty)):  # Those that are marked meanwhile are of the next pass.
            market = self._dirty.popleft()
            market.changed.marked = False  # Before reading its books: a change from now on marks it again.
            if market not in self._markets:
                continue
            if market in self.readers:
                self._defects.spare(_CHANGE, market, self._deliver_updates, market)
            try:
                market.journal.note(market.entries.values())
            except Exception as error:
                self._defects.say(f"{market.name}: {_CHANGE}", error)
            for listener in self._of_changes:
                try:
                    listener.book_changed(market)
                except Exception as error:  # noqa: PERF203
                    self._defects.say(f"{market.name}: {_CHANGE}", error)

    def _deliver_updates(self, market: Market) -> None:
        words = "an update of a book could not be evaluated"
        for listener, reader in self.readers.get(market, {}).items():
            for venue, updates, lost in reader.drain():
                self._defects.spare(words, market, listener.book_updates, market, venue, updates, lost)
                if lost and self._repeats.admit(f"{market.name} {venue}") is not None:
                    text = "%s on %s: %d updates of the book were lost, they came faster than they could be evaluated"
                    log.error(text, market.name, venue, lost, extra=about("updates_lost", market.name, venue))


def _is_current(event: FeedEvent) -> bool:
    """Whether the market still has the venue that a feed's event is of."""
    return event.method in _COMING_AND_GOING or event.arguments[0] in event.market.entries


_COMING_AND_GOING = (MarketListener.market_removed, MarketListener.venue_added, MarketListener.venue_removed)
