"""The topics that have subscribers, by request and by market."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from .. import clock
from ..market.market import Market
from .channel import Channel
from .event_topic import EventTopic
from .topics import StateTopic

AnyEventTopic = EventTopic[Any]
T = TypeVar("T", "StateTopic", "EventTopic[Any]")


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
        self._by_market: dict[Market, tuple[StateTopic, ...]] = {}
        """Topics of states by each market that they follow. Tuples are replaced, never changed."""
        self._events: dict[Market, dict[Hashable, AnyEventTopic]] = {}
        self._by_source: dict[tuple[Market, Hashable], tuple[AnyEventTopic, ...]] = {}
        """Of each source of events its topics. Tuples are replaced, never changed: they are read without the lock."""
        self._making: dict[Hashable, threading.Event] = {}
        """Topics that are being made, by key: no constructor is waited for under the lock."""
        self._forgotten_conflated = self._forgotten_dropped = 0
        """What was counted in topics that are forgotten."""

    def __len__(self) -> int:
        """Topics kept now."""
        with self._lock:
            return len(self._states) + sum(map(len, self._events.values()))

    @property
    def conflated(self) -> int:
        """States that subscribers skipped since the start."""
        with self._lock:
            return self._forgotten_conflated + sum(topic.channel.conflated for topic in self._states.values())

    @property
    def dropped(self) -> int:
        """Events that subscribers lost since the start."""
        with self._lock:
            kept = (topic.buffer.dropped for topics in self._events.values() for topic in topics.values())
            return self._forgotten_dropped + sum(kept)

    def of(self, market: Market) -> tuple[StateTopic, ...]:
        """The topics of states that follow this market. Takes no lock."""
        return self._by_market.get(market, ())

    # -- subscribers ---------------------------------------------------------------------------------------------

    def state(self, key: Hashable, make: Callable[[], StateTopic]) -> StateTopic:
        """The topic of this key, after it has published a recent state. Raises NoTopicError."""
        topic = self._found(key, lambda: self._states.get(key), make, lambda made: self._add_state(key, made))
        if not topic.current(topic.asked_at - self._oldest):
            topic.publish()
        return topic

    def event(self, market: Market, key: Hashable, make: Callable[[], AnyEventTopic]) -> AnyEventTopic:
        """The topic of this key. Raises NoTopicError."""
        return self._found(
            (market, key),
            lambda: self._events.get(market, {}).get(key),
            make,
            lambda made: self._add_event(market, key, made),
        )

    def _found(self, key: Hashable, find: Callable[[], T | None], make: Callable[[], T], add: Callable[[T], None]) -> T:
        """The topic, made by one of those who ask for it while the others of the same key wait. `find` and `add` are
        called under the lock."""
        while True:
            with self._lock:
                made_elsewhere = self._making.get(key)
                if made_elsewhere is None:
                    topic = find()
                    if topic is not None:
                        topic.asked_at = clock.monotonic_ns()
                        return topic
                    self._making[key] = threading.Event()
            if made_elsewhere is None:
                return self._made(key, make, add)
            made_elsewhere.wait()

    def _made(self, key: Hashable, make: Callable[[], T], add: Callable[[T], None]) -> T:
        try:
            topic = make()
            topic.asked_at = clock.monotonic_ns()
            with self._lock:
                self._admit(topic)
                add(topic)
            topic.begin()
            return topic
        finally:
            with self._lock:
                self._making.pop(key).set()

    def _add_state(self, key: Hashable, topic: StateTopic) -> None:
        self._states[key] = topic
        for followed in topic.follows:
            self._by_market[followed] = (*self._by_market.get(followed, ()), topic)

    def _add_event(self, market: Market, key: Hashable, topic: AnyEventTopic) -> None:
        self._events.setdefault(market, {})[key] = topic
        for source in topic.sources:
            self._by_source[market, source] = (*self._by_source.get((market, source), ()), topic)

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

    def listening(self, market: Market, source: Hashable) -> tuple[AnyEventTopic, ...]:
        """The topics of this source of the market's events. Takes no lock."""
        return self._by_source.get((market, source), ())

    def listened(self, market: Market) -> bool:
        """Whether this source has topics. Takes no lock: feeds call it for every trade."""
        return bool(self._events.get(market))

    def mark(self, market: Market) -> list[StateTopic]:
        """The market changed: returns the topics that have something to publish and had nothing before.

        Takes no lock. A topic that is added meanwhile publishes its first state after that.
        """
        marked = []
        for topic in self.of(market):
            if not topic.dirty and (not topic.SELECTIVE or topic.changed()):
                topic.dirty = True
                marked.append(topic)
        return marked

    def sweep(self, before: int) -> None:
        """Forgets topics without subscribers and without requests since this time (monotonic nanoseconds)."""
        with self._lock:
            for key, topic in list(self._states.items()):
                if not len(topic.channel) and topic.asked_at < before:
                    self._drop_state(key, topic)
            for topics in self._events.values():
                for key, events in list(topics.items()):
                    if not len(events.buffer) and events.asked_at < before:
                        self._drop_event(topics, key)

    # -- markets come and go -------------------------------------------------------------------------------------

    def add(self, market: Market) -> None:
        """Topics of this market are allowed from now on."""
        with self._lock:
            self._markets[market] = None

    def remove(self, market: Market) -> int:
        """Forgets a market and ends its streams; returns their number."""
        with self._lock:
            del self._markets[market]
            closed = self._forget(lambda topic: market in topic.follows)
            self._by_market.pop(market, None)
            self._events.pop(market, None)
        return sum(source.close(_removed(market)) for source in closed)

    def prune(self, market: Market, venue: str) -> int:
        """After the removal of this venue: ends streams whose named venues are all removed; returns their number."""
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
            for key, events in list(topics.items()):
                if which(events):
                    self._drop_event(topics, key)
                    closed.append(events.buffer)
        return closed

    def _drop_event(self, topics: dict[Hashable, AnyEventTopic], key: Hashable) -> None:
        """Lock held."""
        topic = topics.pop(key)
        for source in topic.sources:
            place = topic.market, source
            rest = tuple(each for each in self._by_source[place] if each is not topic)
            if rest:
                self._by_source[place] = rest
            else:
                del self._by_source[place]
        self._forgotten_dropped += topic.buffer.dropped
        topic.on_drop()

    def _drop_state(self, key: Hashable, topic: StateTopic) -> None:
        """Lock held."""
        del self._states[key]
        topic.dropped = True
        self._forgotten_conflated += topic.channel.conflated
        topic.on_drop()
        for market in topic.follows:
            self._by_market[market] = tuple(each for each in self._by_market[market] if each is not topic)


def _removed(market: Market) -> str:
    return f"{market.name} was removed from this server"
