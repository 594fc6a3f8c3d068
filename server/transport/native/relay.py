"""One channel on its way to all of its native streams: each message is handed to the engine once."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ...codes import Code
from ...publish.channel import Channel, ConflatedChannel, Overflow
from ...publish.event_buffer import EventBuffer
from ...publish.in_turns import InTurns
from ._engine import Engine, Topic
from .native_stream import NativeStream

if TYPE_CHECKING:
    from .processes.remote_engine import RemoteEngine
    from .processes.remote_topic import RemoteTopic


class Relay:
    """A subscriber of a channel that stands for all of its streams.

    It is busy while no stream can take a message: the channel then encodes nothing in vain.
    """

    def __init__(self, engine: Engine | RemoteEngine, channel: Channel) -> None:
        self.cursor = 0
        self.overflow = Overflow.DROP_OLDEST
        """The engine keeps the events of each stream, and does to each what it has asked for."""
        self.in_flight_since = 0.0
        self.streams: set[NativeStream] = set()
        self._lost = 0
        self._handed = 0
        """The cursor of the message that was handed on last; 0: none was."""
        self._under_way = 0
        """Messages that were handed on since the stream had all, of a channel with a window."""
        self._channel = channel
        # The channel may call deliver() in there, for as many messages as we are behind.
        self._next = InTurns(partial(channel.next, self))
        self.topic = _topic_of(engine, channel)

    def deliver(self, payload: bytes) -> None:
        """Hands the message to the engine, and takes the next one if there is one."""
        self.topic.publish(payload)
        self._count()
        self._go_on()

    def freed(self) -> None:
        """A stream can take a message again."""
        if not self.in_flight_since:
            return
        if self._channel.WINDOW and self.topic.behind():
            return  # It had all of what the engine knew, and there is more: it is told again.
        self.in_flight_since, self._under_way = 0.0, 0
        self._next()

    def end(self, code: Code, reason: str) -> None:
        """Ends all of its streams."""
        for stream in list(self.streams):
            stream.end(code, reason)

    def _count(self) -> None:
        """What the streams have lost since the last message becomes the channel's."""
        topic, channel = self.topic, self._channel
        seen = topic.conflated + topic.dropped
        lost, self._lost = seen - self._lost, seen
        if isinstance(channel, ConflatedChannel):
            lost += self._passed() * max(0, len(self.streams) - 1)
            if lost:
                channel.also_conflated(lost)
        elif isinstance(channel, EventBuffer) and lost:
            channel.also_dropped(lost)

    def _passed(self) -> int:
        """States that came and went while all streams were busy.

        The engine never had them, and the channel counts each for one stream."""
        before, self._handed = self._handed, self.cursor
        return self.cursor - before - 1 if before else 0

    def _go_on(self) -> None:
        if isinstance(self._channel, ConflatedChannel):
            self.in_flight_since = time.monotonic()
            if self.topic.busy():
                return
            self.in_flight_since = 0.0
        elif self._channel.WINDOW:
            self._under_way += 1
            if self._under_way >= self._channel.WINDOW:
                self.in_flight_since = time.monotonic()
                if self.topic.behind():
                    return
                self.in_flight_since, self._under_way = 0.0, 0
        self._next()


class Relays:
    """The relays of one server: a channel has one while it has streams. Thread-safe."""

    def __init__(self, engine: Engine | RemoteEngine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._of: WeakKeyDictionary[Channel, Relay] = WeakKeyDictionary()
        self._by_topic: dict[int, Relay] = {}

    def __len__(self) -> int:
        return len(self._by_topic)

    def join(self, channel: Channel, stream: NativeStream) -> Relay:
        """The stream reads the channel from now on."""
        with self._lock:
            relay = self._of.get(channel)
            fresh = relay is None
            if relay is None:
                relay = self._of[channel] = Relay(self._engine, channel)
                self._by_topic[relay.topic.key] = relay
            relay.streams.add(stream)
            if channel.WINDOW:
                # No message may come before the stream.
                relay.topic.attach(stream.call, stream.overflow is Overflow.DISCONNECT)
            if fresh:
                channel.join(relay)
            else:
                channel.stand_for(1)
            if not channel.WINDOW:
                relay.topic.attach(stream.call, stream.overflow is Overflow.DISCONNECT)
        return relay

    def leave(self, channel: Channel, relay: Relay, stream: NativeStream) -> None:
        """The stream is over."""
        with self._lock:
            relay.streams.discard(stream)
            last = not relay.streams
            if last:
                self._by_topic.pop(relay.topic.key, None)
                if self._of.get(channel) is relay:
                    del self._of[channel]
        if last:
            channel.leave(relay)
        else:
            channel.stand_for(-1)

    def freed(self, topic: int) -> None:
        """A stream of the topic can take a message again."""
        relay = self._by_topic.get(topic)
        if relay is not None:
            relay.freed()


def _topic_of(engine: Engine | RemoteEngine, channel: Channel) -> Topic | RemoteTopic:
    if channel.WINDOW:
        return engine.topic(True, 2 * channel.WINDOW, {})
    if not isinstance(channel, EventBuffer):
        return engine.topic(False)
    return engine.topic(True, channel.capacity, channel.dropped_fields())
