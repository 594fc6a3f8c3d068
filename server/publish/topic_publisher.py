"""Publishes the topics whose market changed, hands events to their topics, and sends heartbeats to quiet streams."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from functools import partial

from .. import clock
from ..market.feed_listener import MarketListener
from ..market.market import Market
from ..model import Trade, TradeGap
from ..units import SECOND
from .defects import Defects
from .due_topics import DueTopics
from .topic_table import AnyEventTopic, TopicTable
from .topic_turns import PASS, TopicTurns
from .topics import StateTopic
from .trade_topic import TRADES

# Seconds after which a message that is still in flight means that its reader does not read.
STALLED_AFTER = 0.05
# Nanoseconds.
FASTEST_SWEEP = 50_000_000
NEVER = 2**62


class TopicPublisher(MarketListener):
    """The dispatcher's last listener. All methods but those of `topics` are called on the dispatcher's thread."""

    def __init__(self, heartbeat: float, stall_limit: float, wake: threading.Event, defects: Defects) -> None:
        """Seconds; `wake` makes the dispatcher's thread come back to publish()."""
        self._heartbeat = int(heartbeat * SECOND)
        self.topics = TopicTable(oldest=2 * self._heartbeat)
        self._stall_limit = stall_limit
        self._wake = wake
        self._defects = defects
        self._due = DueTopics()
        self._sweep = max(FASTEST_SWEEP, min(SECOND, self._heartbeat // 10))
        self._next_sweep = 0
        self._turns = TopicTurns(self._publish)

    # -- what happens --------------------------------------------------------------------------------------------

    def book_changed(self, market: Market) -> None:
        """Marks the topics that have something to publish."""
        self._due.mark(*self.topics.mark(market))

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        """Sends a trade."""
        self.emit(market, TRADES, venue, trade, receive_time)

    def trade_gap(self, market: Market, venue: str, gap: TradeGap, receive_time: int) -> None:
        """Sends a gap."""
        self.emit(market, TRADES, venue, gap, receive_time)

    def emit(self, market: Market, source: Hashable, venue: str, event: object, receive_time: int) -> None:
        """Sends an event to the topics of this source; see EventTopic.sources."""
        for topic in self.topics.listening(market, source):
            self._emit_to(topic, venue, event, receive_time)

    def _emit_to(self, topic: AnyEventTopic, venue: str, event: object, receive_time: int) -> None:
        try:
            topic.publish(venue, event, receive_time)
        except Exception as error:
            # A defect in one event must not cost the others, and must not pass unseen.
            self._defects.say(f"{topic.market.name} on {venue}: an event could not be published", error)
            words = "an event that is missing could not be counted"
            self._defects.spare(words, topic.market, topic.lost, venue, receive_time)

    # -- a pass --------------------------------------------------------------------------------------------------

    def publish(self, now: int) -> int:
        """Publishes what is due (monotonic nanoseconds); returns when something will be due again."""
        # What is left waits for as long as a pass took: feeds and sends need the interpreter, too.
        earliest = NEVER if self._publish_due(now) else clock.monotonic_ns() + PASS
        if now >= self._next_sweep:
            self._next_sweep = now + self._sweep
            if len(self.topics):
                self._defects.spare("streams could not be looked after", None, self._maintain, now)
        later = self._due.next
        return min(earliest, self._next_sweep) if later is None else min(earliest, self._next_sweep, later)

    def _publish_due(self, now: int) -> bool:
        """Publishes what may be published now, in turns; returns whether there was time for all."""
        due = self._due.take(now)
        if not due:
            return True
        ready = [topic for topic in due if topic.channel.waits or not self._stalled(topic)]
        if len(ready) == 1:
            self._publish(ready[0])
            return True
        left = self._turns.publish(ready)
        self._due.mark(*left)
        return not left

    def _stalled(self, topic: StateTopic) -> bool:
        """Whether no subscriber can take a message now. The topic stays dirty; the first free subscriber marks it."""
        before = time.monotonic() - STALLED_AFTER
        if not topic.channel.stalled(before):
            return False
        topic.channel.on_free = partial(self._wanted, topic)
        return topic.channel.stalled(before)

    def _wanted(self, topic: StateTopic) -> None:
        self._due.mark(topic)
        self._wake.set()

    def _publish(self, topic: StateTopic) -> None:
        try:
            topic.publish(not topic.dirty)
            failure = topic.failure
        except Exception as error:
            # Others have their turn; it is logged with the traceback, which names the defect.
            failure = error
        if failure is not None:
            self._defects.say(f"{topic.market.name}: a {type(topic).__name__} could not be published", failure)

    def _maintain(self, now: int) -> None:
        """Once in a while: heartbeats, stalled subscribers, topics without readers."""
        topics = self.topics.states()
        for state in topics:
            quiet = now - state.channel.published_at > self._heartbeat
            may = not state.dirty or state.due(now) <= now
            if quiet and may and not self._stalled(state):
                self._publish(state)
        events = self.topics.events()
        for topic in events:
            if now - topic.buffer.published_at > self._heartbeat:
                words = f"{topic.market.name}: a heartbeat of a {type(topic).__name__} is empty"
                failure = topic.heartbeat()
                if failure is not None:
                    self._defects.say(words, failure)
        oldest = time.monotonic() - self._stall_limit
        for channel in (*(topic.channel for topic in topics), *(topic.buffer for topic in events)):
            channel.end_stalled(oldest)
        self.topics.sweep(now - self._heartbeat)
