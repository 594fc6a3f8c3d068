"""The topics that somebody reads, by what was asked for and by market."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any

from ..market.market import Market
from .channel import Channel
from .event_topic import EventTopic
from .topics import StateTopic

AnyEventTopic = EventTopic[Any]


class NoTopicError(Exception):
    """The market or the venues of a topic were removed. The message is for the subscriber."""


class TopicTable:
    """Equal requests share one topic. Only markets that were added have topics. Thread-safe."""

    def __init__(self, oldest: int = 2**62) -> None:
        """`oldest`: nanoseconds; a newer subscriber does not get a message that is older as the state of now."""
        self._oldest = oldest
        self._lock = threading.Lock()
        self._markets: dict[Market, None] = {}
        self._states: dict[Hashable, StateTopic] = {}
        self._by_market: dict[Market, list[StateTopic]] = {}
        self._events: dict[Market, dict[Hashable, AnyEventTopic]] = {}

    def __len__(self) -> int:
        """Topics kept now."""
        with self._lock:
            return len(self._states) + sum(map(len, self._events.values()))

    # -- subscribers ---------------------------------------------------------------------------------------------

    def state(self, key: Hashable, make: Callable[[], StateTopic]) -> StateTopic:
        """The topic of this key, with a state published that is not old. Raises NoTopicError."""
        with self._lock:
            topic = self._states.get(key)
            if topic is None:
                topic = make()
                self._admit(topic)
                self._states[key] = topic
                for followed in topic.follows:
                    self._by_market.setdefault(followed, []).append(topic)
            topic.asked_at = time.monotonic_ns()
        if not topic.current(topic.asked_at - self._oldest):
            topic.publish()
        return topic

    def event(self, market: Market, key: Hashable, make: Callable[[], AnyEventTopic]) -> AnyEventTopic:
        """The topic of this key. Raises NoTopicError."""
        with self._lock:
            topic = self._events.get(market, {}).get(key)
            if topic is None:
                topic = make()
                self._admit(topic)
                self._events.setdefault(market, {})[key] = topic
            topic.asked_at = time.monotonic_ns()
            return topic

    def _admit(self, topic: StateTopic | AnyEventTopic) -> None:
        """The request was read before a market or venue was removed, and comes after it."""
        gone = [_removed(followed) for followed in topic.follows if followed not in self._markets]
        if topic.orphaned:
            gone.append("this server no longer reads the venues asked for")
        if gone:
            topic.on_drop()
            raise NoTopicError(gone[0])

    # -- the dispatcher -------------------------------------------------------------------------------------------

    def markets(self) -> list[Market]:
        """All markets."""
        with self._lock:
            return list(self._markets)

    def __contains__(self, market: Market) -> bool:
        """Whether there may be topics of this market."""
        return market in self._markets

    def states(self) -> list[StateTopic]:
        """All topics of states."""
        with self._lock:
            return list(self._states.values())

    def events(self) -> list[AnyEventTopic]:
        """All topics of events."""
        with self._lock:
            return [topic for topics in self._events.values() for topic in topics.values()]

    def listening(self, market: Market) -> list[AnyEventTopic]:
        """The topics of this market's events."""
        with self._lock:
            return list(self._events.get(market, {}).values())

    def listened(self, market: Market) -> bool:
        """Whether there are such topics. Takes no lock: feeds ask for every trade."""
        return bool(self._events.get(market))

    def mark(self, market: Market) -> list[StateTopic]:
        """The market changed: returns the topics that have something to publish and had nothing before."""
        with self._lock:
            marked = [topic for topic in self._by_market.get(market, ()) if not topic.dirty and topic.changed()]
            for topic in marked:
                topic.dirty = True
        return marked

    def sweep(self, before: int) -> None:
        """Forgets topics that nobody reads and nobody has asked for since then (monotonic nanoseconds)."""
        with self._lock:
            for key, topic in list(self._states.items()):
                if not len(topic.channel) and topic.asked_at < before:
                    self._drop_state(key, topic)
            for topics in self._events.values():
                for key, trades in list(topics.items()):
                    if not len(trades.buffer) and trades.asked_at < before:
                        del topics[key]
                        trades.on_drop()

    # -- markets come and go -------------------------------------------------------------------------------------

    def add(self, market: Market) -> None:
        """From now on there may be topics of this market."""
        with self._lock:
            self._markets[market] = None

    def remove(self, market: Market) -> int:
        """Forgets a market and ends its streams; returns how many there were."""
        with self._lock:
            del self._markets[market]
            closed = self._forget(lambda topic: market in topic.follows)
            self._by_market.pop(market, None)
            self._events.pop(market, None)
        return sum(source.close(_removed(market)) for source in closed)

    def prune(self, market: Market, venue: str) -> int:
        """After this venue has gone: ends the streams that name no venue which is still there; returns how many."""
        with self._lock:
            closed = self._forget(lambda topic: topic.market is market and topic.orphaned)
        return sum(source.close(f"this server no longer reads {venue}") for source in closed)

    def _forget(self, which: Callable[[StateTopic | AnyEventTopic], bool]) -> list[Channel]:
        """Takes topics out of the tables; returns what their subscribers read from. Lock held."""
        closed: list[Channel] = []
        for key, topic in list(self._states.items()):
            if which(topic):
                self._drop_state(key, topic)
                closed.append(topic.channel)
        for topics in self._events.values():
            for key, trades in list(topics.items()):
                if which(trades):
                    del topics[key]
                    trades.on_drop()
                    closed.append(trades.buffer)
        return closed

    def _drop_state(self, key: Hashable, topic: StateTopic) -> None:
        """Lock held."""
        del self._states[key]
        topic.dropped = True
        topic.on_drop()
        for market in topic.follows:
            self._by_market[market].remove(topic)


def _removed(market: Market) -> str:
    return f"{market.name} was removed from this server"
