"""The publisher thread: waits for changes, publishes the topics they touch, and keeps quiet streams alive."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

import grpc

from ..logs import about
from ..market.market import Market
from ..model import Hearing, Trade, TradeGap
from ..repeats import Repeats
from ..threads import Supervised
from .epoch import Epoch
from .pending import PendingEvent, PendingTrades
from .push import PushStream
from .topic_table import AnyEventTopic, TopicTable
from .topic_turns import PASS, TopicTurns
from .topics import StateTopic

log = logging.getLogger(__name__)

SECOND = 1_000_000_000
IDLE_WAIT = 0.5
PENDING_TRADES = 65_536
# Seconds after which a message that is still in flight means that its reader does not read.
STALLED_AFTER = 0.05


class Observer(Protocol):
    """Computes something from all that happens, on the publisher thread and before the topics see it."""

    def event(self, market: Market, venue: str, event: Trade | TradeGap | Hearing, receive_time: int) -> None:
        """A trade, or trades that are missing, or whether trades are heard at all."""

    def changed(self, market: Market) -> None:
        """A book or a state of the market changed since the last call."""

    def tick(self) -> None:
        """Called at least twice a second."""

    def forget(self, market: Market) -> None:
        """The market was removed. Called on the thread that removes it."""


class Publisher:
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
        self._next_sweep = 0
        self._turns = TopicTurns(self._publish)
        self.thread = Supervised("publisher", self._run, self._stopping)

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
            self._spare(f"{market.name} could not be forgotten", observer.forget, market)
        return ended

    # -- feeds ---------------------------------------------------------------------------------------------------

    def changed(self, market: Market) -> None:
        """A book or a state of this market changed."""
        market.dirty = True
        if not self._wake.is_set():
            self._wake.set()

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """A trade happened."""
        self._put(market, venue, trade, receive_time)

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Trades are missing between those before and those to come."""
        self._put(market, venue, gap, receive_time)

    def hearing(self, market: Market, venue: str, whole: bool, at: int) -> None:
        """All trades of a venue are heard from this time (nanoseconds UTC) on, or no longer."""
        self._put(market, venue, Hearing(whole), at)

    def _put(self, market: Market, venue: str, event: Trade | TradeGap | Hearing, receive_time: int) -> None:
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
                self._defect("the publisher failed", error)
                wait = IDLE_WAIT

    def _spare(self, words: str, step: Callable[..., object], *arguments: object) -> None:
        """Takes a step whose failure must not cost the others theirs."""
        try:
            step(*arguments)
        except Exception as error:
            # Logged with the traceback, which names the defect.
            self._defect(words, error)

    def _defect(self, words: str, error: Exception) -> None:
        """Says what went wrong, seldom where it goes wrong again and again."""
        left_out = self._repeats.admit(f"{words}: {type(error).__name__}")
        if left_out is not None:
            log.error("%s (%d more lines were left out)", words, left_out, exc_info=error, extra=about("defect"))

    def _pass(self, now: int) -> float:
        """Publishes what is due; returns the seconds until something else will be."""
        self._publish_trades()
        for observer in self._observers:
            self._spare("what is computed could not go on", observer.tick)
        for market in self._changed():
            for observer in self._observers:
                words = f"{market.name}: a change could not be evaluated"
                self._spare(words, observer.changed, market)
        topics = self.topics.states()
        earliest = now + int(IDLE_WAIT * SECOND)
        ready: list[StateTopic] = []
        for topic in topics:
            if topic.dirty:
                due = topic.due(now)
                if due > now:
                    earliest = min(earliest, due)
                elif not self._stalled(topic, now):
                    ready.append(topic)
            elif now - topic.slot.published_at > self._heartbeat and not self._stalled(topic, now):
                ready.append(topic)
        if not self._turns.publish(ready):
            # What is left waits for as long as a pass took: feeds and sends need the interpreter, too.
            earliest = time.monotonic_ns() + PASS
        if now >= self._next_sweep:
            self._next_sweep = now + SECOND
            self._spare("streams could not be looked after", self._maintain, now, topics)
        return max(0.0, (earliest - time.monotonic_ns()) / SECOND)

    def _changed(self) -> list[Market]:
        """The markets that changed since the last pass; their topics are marked."""
        changed = [market for market in self.topics.markets() if market.dirty]
        for market in changed:
            market.dirty = False  # Before reading its books: a change from now on marks it again.
            words = f"{market.name}: a change could not be taken up"
            self._spare(words, market.journal.note, market.entries.values())
            self._spare(words, self.topics.mark, market)
        return changed

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
        words = f"{event.market.name} on {event.venue}: a trade could not be evaluated"
        what = event.market, event.venue, event.event, event.receive_time
        for observer in self._observers:
            self._spare(words, observer.event, *what)
        self.emit(event.market, event.venue, event.event, event.receive_time)

    def emit(self, market: Market, venue: str, event: object, receive_time: int) -> None:
        """Publishes an event to the market's topics of its kind. Called on the publisher thread, or by observers."""
        for topic in self.topics.listening(market):
            self._emit_to(topic, venue, event, receive_time)

    def _emit_to(self, topic: AnyEventTopic, venue: str, event: object, receive_time: int) -> None:
        try:
            topic.publish(venue, event, receive_time)
        except Exception as error:
            # A defect in one event must not cost the others, and must not pass unseen.
            words = f"{topic.market.name} on {venue}: an event could not be published"
            self._defect(words, error)
            self._spare(words, topic.lost, venue, receive_time)

    def _stalled(self, topic: StateTopic, now: int) -> bool:
        """Whether nobody could take a message now. The topic stays dirty, and the first who can wakes us."""
        before = now / SECOND - STALLED_AFTER
        if not topic.slot.stalled(before):
            return False
        topic.slot.on_free = self._wake.set
        return topic.slot.stalled(before)

    def _publish(self, topic: StateTopic) -> None:
        words = f"{topic.market.name}: a {type(topic).__name__} could not be published"
        self._spare(words, topic.publish, not topic.dirty)
        if topic.failure is not None:
            self._defect(words, topic.failure)

    def _maintain(self, now: int, topics: list[StateTopic]) -> None:
        """Once a second: heartbeats of trade streams, stalled subscribers, topics without readers."""
        trades = self.topics.events()
        for topic in trades:
            if now - topic.ring.published_at > self._heartbeat:
                words = f"{topic.market.name}: a heartbeat of a {type(topic).__name__} is empty"
                failure = topic.heartbeat()
                if failure is not None:
                    self._defect(words, failure)
        oldest = now / SECOND - self._stall_limit
        for source in (*(topic.slot for topic in topics), *(topic.ring for topic in trades)):
            for member in source.members():
                since = getattr(member, "in_flight_since", 0.0)
                if since and since < oldest and isinstance(member, PushStream):
                    member.end(grpc.StatusCode.RESOURCE_EXHAUSTED, "nothing was read for too long")
        self.topics.sweep(now - self._heartbeat)


def _where(event: PendingEvent) -> tuple[str, str]:
    return event.market.name, event.venue
