"""The channels that the process of HTTP reads: each has one subscriber here, however many streams read it there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from ....codes import Code
from ....publish.channel import Channel, ConflatedChannel, Overflow
from ....publish.event_buffer import EventBuffer
from ....publish.in_turns import InTurns
from .link_frames import FORGET, MESSAGE, TOPIC, frame, parted

Say = Callable[[bytes], None]


class Reader(Protocol):
    """A stream of the process."""

    def end(self, code: Code, reason: str) -> None:
        """Ends it."""


class LinkTopic:
    """A subscriber that stands for all streams of a channel."""

    def __init__(self, key: int, channel: Channel, say: Say, ended: Callable[[LinkTopic], None]) -> None:
        """`ended` is called when the channel has ended this subscriber."""
        self.cursor = 0
        self.overflow = Overflow.DROP_OLDEST
        """The process keeps the events of each stream, and does to each what it has asked for."""
        self.in_flight_since = 0.0
        self.key = key
        self.channel = channel
        self.readers: set[Reader] = set()
        self.window = window_of(channel)
        self._say = say
        self._ended = ended
        self._lock = threading.Lock()
        self._under_way = 0
        """Messages that the process has not taken yet."""
        self.said = 0
        """Messages that the process has been sent."""
        self._lost = 0
        self._handed = self._shared = 0
        """The cursor at the last message, and the streams that had it."""
        # The channel may call deliver() in there, for as many messages as we are behind.
        self._next = InTurns(partial(channel.next, self))

    def deliver(self, payload: bytes) -> None:
        """Sends the message, and takes the next one if the process may have more."""
        with self._lock:
            self._under_way += 1
            self.said += 1
            busy = 0 < self.window <= self._under_way
            if busy:
                self.in_flight_since = time.monotonic()
        self._count(self._passed())
        self._say(frame(MESSAGE, self.key, self.channel.handed(self), 0, payload))
        if not busy:
            self._next()

    def taken(self, messages: int) -> None:
        """The process has taken so many, and would take more."""
        with self._lock:
            self._under_way = max(0, self._under_way - messages)
            goes_on = self.in_flight_since > 0 and self._under_way < self.window
            if goes_on:
                self.in_flight_since = 0.0
        if goes_on:
            self._next()

    def refresh(self) -> None:
        """A new stream is shown the newest state, whatever the others have not taken."""
        if self.window == 1:
            self.taken(self._under_way)

    def lost(self, total: int) -> None:
        """Streams have skipped or lost so many messages since the beginning: they become the channel's."""
        more, self._lost = max(0, total - self._lost), max(self._lost, total)
        self._count(more)

    def _count(self, lost: int) -> None:
        channel = self.channel
        if lost and isinstance(channel, ConflatedChannel):
            channel.also_conflated(lost)
        elif lost and isinstance(channel, EventBuffer):
            channel.also_dropped(lost)

    def _passed(self) -> int:
        """States that came and went while the process took none, for each stream beside the first: that one the channel
        counts. Whoever joins begins with the newest state, and skips none."""
        before, self._handed = self._handed, self.cursor
        others, self._shared = min(self._shared, len(self.readers)) - 1, len(self.readers)
        return (self.cursor - before - 1) * max(0, others) if before and self.window == 1 else 0

    def end(self, code: Code, reason: str) -> None:
        """Ends all of its streams."""
        self._ended(self)
        for reader in list(self.readers):
            reader.end(code, reason)


class LinkTopics:
    """The topics of one process. Thread-safe."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._lock = threading.Lock()
        self._keys = 0
        self._of: WeakKeyDictionary[Channel, LinkTopic] = WeakKeyDictionary()
        self._by_key: dict[int, LinkTopic] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def join(self, channel: Channel, reader: Reader, service: str, name: str) -> tuple[LinkTopic, int]:
        """The stream of this call reads the channel from now on: its topic, and the messages that came before."""
        with self._lock:
            topic = self._of.get(channel)
            fresh = topic is None
            if topic is None:
                self._keys += 1
                topic = self._of[channel] = LinkTopic(self._keys, channel, self._say, self._ended)
                self._by_key[topic.key] = topic
                self._say(frame(TOPIC, topic.key, body=parted(shape_of(channel, service, name))))
            topic.readers.add(reader)
            position = topic.said
            if not fresh:
                channel.stand_for(1)
        try:
            if fresh:
                channel.join(topic)
            else:
                topic.refresh()
        except Exception:
            self.leave(topic, reader)
            raise
        return topic, position

    def leave(self, topic: LinkTopic, reader: Reader) -> None:
        """The stream is over."""
        with self._lock:
            topic.readers.discard(reader)
            last = not topic.readers
            if last:
                self._by_key.pop(topic.key, None)
                if self._of.get(topic.channel) is topic:
                    del self._of[topic.channel]
                self._say(frame(FORGET, topic.key))
        if last:
            topic.channel.leave(topic)
        else:
            topic.channel.stand_for(-1)

    def of(self, key: int) -> LinkTopic | None:
        """The topic of this key; None: it has no stream any more."""
        return self._by_key.get(key)

    def _ended(self, topic: LinkTopic) -> None:
        with self._lock:
            if self._of.get(topic.channel) is topic:
                del self._of[topic.channel]  # Whoever comes joins anew.


def window_of(channel: Channel) -> int:
    """Messages that may be on their way to the process: one state, the window of a channel with one, all events."""
    if isinstance(channel, EventBuffer):
        return 0
    return channel.WINDOW or 1


def shape_of(channel: Channel, service: str, name: str) -> dict[str, Any]:
    """What the process must know of a topic: see Mirror. The call says of which message its events are."""
    fields, capacity = {}, 2 * channel.WINDOW
    if isinstance(channel, EventBuffer):
        fields, capacity = channel.dropped_fields(), channel.capacity
    return {
        "window": window_of(channel),
        "capacity": capacity,
        "fields": {str(outer): inner for outer, inner in fields.items()},
        "service": service,
        "name": name,
    }
