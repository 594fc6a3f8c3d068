"""The dispatcher thread: waits for changes, publishes the topics they touch, and keeps quiet streams alive."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from ..codes import Code
from ..logs import about
from ..market.market import Market
from ..model import Trade, TradeCoverage, TradeGap
from ..repeats import Repeats
from ..threads import Supervised
from .due_topics import DueTopics
from .epoch import Epoch
from .pending import PendingEvent, PendingTrades
from .topic_table import AnyEventTopic, TopicTable
from .topic_turns import PASS, TopicTurns
from .topics import StateTopic

log = logging.getLogger(__name__)

SECOND = 1_000_000_000
IDLE_WAIT = 0.5
PENDING_TRADES = 65_536
# Seconds after which a message that is still in flight means that its reader does not read.
STALLED_AFTER = 0.05
# Nanoseconds.
FASTEST_SWEEP = 50_000_000


class Observer(Protocol):
    """Computes something from all that happens, on the dispatcher thread and before the topics see it."""

    def event(self, market: Market, venue: str, event: Trade | TradeGap | TradeCoverage, receive_time: int) -> None:
        """A trade, or trades that are missing, or whether trades are heard at all."""

    def changed(self, market: Market) -> None:
        """A book or a state of the market changed since the last call."""

    def tick(self) -> None:
        """Called at least twice a second."""

    def forget(self, market: Market) -> None:
        """The market was removed. Called on the thread that removes it."""


class Dispatcher:
    """The thread that feeds the topics.

    Feeds call changed(), trade() and trade_gap(), which only leave a mark or the event: merging, encoding and sending
    are not a feed's work.
    """

    def __init__(self, epoch: Epoch, heartbeat: float = 5.0, stall_limit: float = 120.0) -> None:
        self.epoch = epoch
        self._heartbeat = int(heartbeat * SECOND)
        self.topics = TopicTable(oldest=2 * self._heartbeat)
        self._stall_limit = stall_limit
        self._observers: list[Observer] = []
        self._pending = PendingTrades(PENDING_TRADES)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._repeats = Repeats()
        self._dirty: deque[Market] = deque()
        """Markets whose flag of the same name was set, each once."""
        self._due = DueTopics()
        self._sweep = max(FASTEST_SWEEP, min(SECOND, self._heartbeat // 10))
        self._next_sweep = 0
        self._turns = TopicTurns(self._publish)
        self.thread = Supervised("dispatcher", self._run, self._stopping)

    def observe(self, observer: Observer) -> None:
        """Adds somebody who sees everything; before start()."""
        self._observers.append(observer)

    def add(self, market: Market) -> None:
        """Watches a market for changes."""
        self.topics.add(market)
        self.changed(market)

    def remove(self, market: Market) -> int:
        """Forgets a market and ends its streams; returns how many there were."""
        ended = self.topics.remove(market)
        for observer in self._observers:
            self._spare("it could not be forgotten", market, observer.forget, market)
        return ended

    # -- feeds ---------------------------------------------------------------------------------------------------

    def changed(self, market: Market) -> None:
        """A book or a state of this market changed."""
        if not market.dirty:
            market.dirty = True
            self._dirty.append(market)
        if not self._wake.is_set():
            self._wake.set()

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened."""
        self._put(market, venue, trade, receive_time)

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing between those before and those to come."""
        self._put(market, venue, gap, receive_time)

    def coverage(self, market: Market, venue: str, whole: bool, at: int) -> None:
        """All trades of a venue are heard from this time (nanoseconds UTC) on, or no longer."""
        self._put(market, venue, TradeCoverage(whole), at)

    def _put(self, market: Market, venue: str, event: Trade | TradeGap | TradeCoverage, receive_time: int) -> None:
        if not self._observers and not self.topics.listened(market):
            return
        self._pending.put(PendingEvent(market, venue, event, receive_time))
        if not self._wake.is_set():
            self._wake.set()

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
            self._wake.wait(wait)
            self._wake.clear()
            try:
                wait = self._pass(time.monotonic_ns())
            except Exception as error:
                # Steps have guards of their own: this is for the loop itself.
                self._defect("the dispatcher failed", error)
                wait = IDLE_WAIT

    def _spare(self, words: str, of: Market | None, step: Callable[..., object], *arguments: object) -> None:
        """Takes a step whose failure must not cost the others theirs; `words` and `of` are said when it fails."""
        try:
            step(*arguments)
        except Exception as error:
            # Logged with the traceback, which names the defect.
            self._defect(words if of is None else f"{of.name}: {words}", error)

    def _defect(self, words: str, error: Exception) -> None:
        """Says what went wrong, seldom where it goes wrong again and again."""
        left_out = self._repeats.admit(f"{words}: {type(error).__name__}")
        if left_out is not None:
            log.error("%s (%d more lines were left out)", words, left_out, exc_info=error, extra=about("defect"))

    def _pass(self, now: int) -> float:
        """Publishes what is due; returns the seconds until something else will be."""
        self._publish_trades()
        for observer in self._observers:
            self._spare("what is computed could not go on", None, observer.tick)
        for market in self._changed():
            for observer in self._observers:
                self._spare("a change could not be evaluated", market, observer.changed, market)
        earliest = now + int(IDLE_WAIT * SECOND)
        if not self._publish_due(now):
            # What is left waits for as long as a pass took: feeds and sends need the interpreter, too.
            earliest = time.monotonic_ns() + PASS
        if self._due.next is not None:
            earliest = min(earliest, self._due.next)
        if now >= self._next_sweep:
            self._next_sweep = now + self._sweep
            self._spare("streams could not be looked after", None, self._maintain, now, self.topics.states())
        return max(0.0, (min(earliest, self._next_sweep) - time.monotonic_ns()) / SECOND)

    def _publish_due(self, now: int) -> bool:
        """Publishes what may be published now, in turns; returns whether there was time for all."""
        ready = [topic for topic in self._due.take(now) if topic.channel.waits or not self._stalled(topic, now)]
        left = self._turns.publish(ready)
        for topic in left:
            self._due.mark(topic)
        return not left

    def _changed(self) -> list[Market]:
        """The markets that changed since the last pass; their topics are marked."""
        changed = []
        for _ in range(len(self._dirty)):  # Those that are marked meanwhile are of the next pass.
            market = self._dirty.popleft()
            market.dirty = False  # Before reading its books: a change from now on marks it again.
            if market not in self.topics:
                continue
            changed.append(market)
            self._spare("a change could not be taken up", market, market.journal.note, market.entries.values())
            self._spare("a change could not be taken up", market, self._mark, market)
        return changed

    def _mark(self, market: Market) -> None:
        for topic in self.topics.mark(market):
            self._due.mark(topic)

    def _publish_trades(self) -> None:
        events, lost = self._pending.take()
        for event in events:
            self._publish_event(event)
        for event in lost:
            where = _where(event)
            words = "%s on %s: trades were lost, they came faster than they could be published"
            log.error(words, *where, extra=about("trades_lost", *where))
            self._publish_event(event)

    def _publish_event(self, event: PendingEvent) -> None:
        what = event.market, event.venue, event.event, event.receive_time
        for observer in self._observers:
            self._spare("a trade could not be evaluated", event.market, observer.event, *what)
        self.emit(*what)

    def emit(self, market: Market, venue: str, event: object, receive_time: int) -> None:
        """Publishes an event to the market's topics of its kind. Called on the dispatcher thread, or by observers."""
        for topic in self.topics.listening(market):
            self._emit_to(topic, venue, event, receive_time)

    def _emit_to(self, topic: AnyEventTopic, venue: str, event: object, receive_time: int) -> None:
        try:
            topic.publish(venue, event, receive_time)
        except Exception as error:
            # A defect in one event must not cost the others, and must not pass unseen.
            words = f"{topic.market.name} on {venue}: an event could not be published"
            self._defect(words, error)
            self._spare("an event that is missing could not be counted", topic.market, topic.lost, venue, receive_time)

    def _stalled(self, topic: StateTopic, now: int) -> bool:
        """Whether nobody could take a message now. The topic stays dirty, and the first who can marks it again."""
        before = now / SECOND - STALLED_AFTER
        if not topic.channel.stalled(before):
            return False
        topic.channel.on_free = partial(self._wanted, topic)
        return topic.channel.stalled(before)

    def _wanted(self, topic: StateTopic) -> None:
        self._due.mark(topic)
        self._wake.set()

    def _publish(self, topic: StateTopic) -> None:
        failure: Exception | None
        try:
            topic.publish(not topic.dirty)
            failure = topic.failure
        except Exception as error:
            # Others have their turn; it is logged with the traceback, which names the defect.
            failure = error
        if failure is not None:
            self._defect(f"{topic.market.name}: a {type(topic).__name__} could not be published", failure)

    def _maintain(self, now: int, topics: list[StateTopic]) -> None:
        """Once in a while: heartbeats, stalled subscribers, topics without readers."""
        for state in topics:
            quiet = now - state.channel.published_at > self._heartbeat
            may = not state.dirty or state.due(now) <= now
            if quiet and may and not self._stalled(state, now):
                self._publish(state)
        trades = self.topics.events()
        for topic in trades:
            if now - topic.buffer.published_at > self._heartbeat:
                words = f"{topic.market.name}: a heartbeat of a {type(topic).__name__} is empty"
                failure = topic.heartbeat()
                if failure is not None:
                    self._defect(words, failure)
        oldest = now / SECOND - self._stall_limit
        for source in (*(topic.channel for topic in topics), *(topic.buffer for topic in trades)):
            for member in source.members():
                if 0 < member.in_flight_since < oldest:
                    member.end(Code.RESOURCE_EXHAUSTED, "nothing was read for too long")
        self.topics.sweep(now - self._heartbeat)


def _where(event: PendingEvent) -> tuple[str, str]:
    return event.market.name, event.venue
