"""One stream of the server on its way into a topic: how much of it may be under way, and what follows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

from ..analytics.calls import Opened
from ..codes import Code
from ..publish.channel import Channel, Overflow
from .contract import TopicKind
from .record import Record

STATE_WINDOW, EVENT_WINDOW = 1, 256
"""Records of one stream that the brokers have not acknowledged. Of states there is one: the next record is the newest
state, however long the brokers were away."""


class Route(NamedTuple):
    """What goes where."""

    kind: TopicKind
    topic: str
    """Name in the cluster."""
    pair: str
    """Chooses the partition."""
    window: int
    open: Callable[[bytes], Opened]
    """The channel; the argument is the last message of the stream before it, empty for the first. Raises
    RequestError."""
    record: Callable[[bytes], Record | None]
    """The record of a message; None for a message that is none, such as a heartbeat of trades."""


class Sink(Protocol):
    """Where messages go. Never blocks; called on any thread."""

    def put(self, stream: KafkaStream, payload: bytes) -> None: ...

    def ended(self, stream: KafkaStream, code: Code, reason: str) -> None: ...


class KafkaStream:
    """A subscriber of a channel. deliver() and end() are called on any thread, the rest on the pump's."""

    def __init__(self, route: Route, sink: Sink) -> None:
        self.cursor = 0
        self.overflow = Overflow.DROP_OLDEST
        self.in_flight_since = 0.0
        """Not known: a stream is not ended because the brokers are away."""
        self.route = route
        self.closed = False
        self.waiting = 0
        """Records that are not acknowledged."""
        self.unsent: deque[Record] = deque()
        """Records that the client has not taken, or that are to be sent again, in their order."""
        self.paused = False
        """Whether they wait for their time."""
        self.last = b""
        """The newest message that became a record."""
        self._sink = sink
        self._source: Channel | None = None
        self._owed = False
        """The channel waits for next()."""

    def open(self) -> None:
        """Joins the channel, or joins it again after its end. Raises RequestError."""
        self._source, self.overflow = self.route.open(self.last)
        self._owed = False
        self._source.join(self)

    def deliver(self, payload: bytes) -> None:
        """Hands a message on."""
        self._sink.put(self, payload)

    def end(self, code: Code, reason: str) -> None:
        """The channel has ended."""
        self._sink.ended(self, code, reason)

    def close(self) -> None:
        """Nothing more is wanted."""
        self.closed = True
        if self._source is not None:
            self._source.leave(self)

    def began(self, payload: bytes) -> None:
        """The record of this message is under way."""
        self.last = payload
        self.waiting += 1

    def taken(self) -> None:
        """The message needs nothing more: the next one may follow, if the window is open."""
        self._owed = True
        self._go_on()

    def done(self) -> None:
        """A record has arrived, or was given up."""
        self.waiting -= 1
        self._go_on()

    @property
    def behind(self) -> bool:
        """Whether the channel has a newer message than the last one that was handed on."""
        return self._source is not None and self._source.version > self.cursor

    def _go_on(self) -> None:
        if self._owed and self.waiting < self.route.window and not self.closed and self._source is not None:
            self._owed = False
            self._source.next(self)
