"""The topics that the process of HTTP reads, as channels of its own: each message crosses the link once.

States are taken one at a time: the server sends the next one when a reader here would take it. Events come as they
happen, and wait here for their readers. A stream that begins in the past is sent a window of messages at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ....codes import Code
from ....publish.channel import Channel, ConflatedChannel, Overflow, Subscriber
from ....publish.event_buffer import EventBuffer
from ..rpc_messages import RpcMessages
from .link_frames import CLOSE, LOST, TAKEN, Frame, frame, parts

Say = Callable[[bytes], None]


class Mirror:
    """One topic of the server."""

    def __init__(self, key: int, shape: Mapping[str, Any], say: Say) -> None:
        """`shape`: see shape_of() of link_topics.py."""
        self.key = key
        self.window: int = shape["window"]
        self.channel: ConflatedChannel | EventBuffer = _channel(shape)
        self._say = say
        self._lock = threading.Lock()
        self._untold = 0
        """Messages that the server has not been told of yet."""
        self._lost = 0
        # States: each one; windows: in two parts, so that the next messages are on their way while the reader reads.
        self._tell_from = 0 if not self.window else max(1, self.window // 2)

    def heard(self, message: Frame) -> None:
        """The server has published this."""
        with self._lock:
            self._untold += 1
        self.channel.publish(message.body, time.monotonic_ns(), message.first)
        self._tell()

    def join(self, reader: Subscriber, position: int) -> None:
        """The reader joins: of events, it gets those that follow so many."""
        if isinstance(self.channel, EventBuffer):
            self.channel.join_after(reader, position)
        else:
            self.channel.join(reader)

    def _tell(self) -> None:
        """Tells the server that more is wanted, now or when a reader is free."""
        if not self._tell_from or self._untold < self._tell_from:
            return
        if not self.channel.waits:
            self.channel.on_free = self._tell
            if not self.channel.waits:
                return
        with self._lock:
            told, self._untold = self._untold, 0
        if told:
            self._say(frame(TAKEN, self.key, told))

    def tell_lost(self) -> None:
        """Tells the server how much its readers have skipped or lost since the beginning."""
        channel = self.channel
        lost = channel.conflated if isinstance(channel, ConflatedChannel) else channel.dropped
        if lost != self._lost:
            self._lost = lost
            self._say(frame(LOST, self.key, lost))


class ReaderChannel(Channel):
    """What one stream reads from: a topic that it shares with others, and an end of its own."""

    def __init__(self, number: int, mirror: Mirror, position: int, forget: Callable[[ReaderChannel], None]) -> None:
        """`number`: of the stream on the link; `position`: messages of the topic that came before the stream; `forget`
        is called once, when the stream is over."""
        super().__init__()
        self.number = number
        self.mirror = mirror
        self.conflates = mirror.channel.conflates
        self._position = position
        self._forget = forget
        self._reader: Subscriber | None = None
        self._ended: tuple[Code, str] | None = None
        self._over = False

    def join(self, subscriber: Subscriber) -> None:
        with self._lock:
            self._reader, ended = subscriber, self._ended
        if ended is not None:
            subscriber.end(*ended)
            return
        self.mirror.join(subscriber, self._position)

    def leave(self, subscriber: Subscriber) -> None:
        self.mirror.channel.leave(subscriber)
        with self._lock:
            over, self._over = self._over, True
        if not over:
            self._forget(self)

    def next(self, subscriber: Subscriber) -> None:
        self.mirror.channel.next(subscriber)

    def handed(self, subscriber: Subscriber) -> int:
        return self.mirror.channel.handed(subscriber)

    def end(self, code: Code, reason: str) -> None:
        """The server has ended the stream."""
        with self._lock:
            self._ended, reader = (code, reason), self._reader
        if reader is not None:
            reader.end(code, reason)

    def _first_cursor(self) -> int:
        raise AssertionError("the mirror has the messages")

    def _store(self, payload: bytes) -> None:  # noqa: ARG002
        raise AssertionError("the mirror has the messages")

    def _take(self, subscriber: Subscriber) -> bytes | None:  # noqa: ARG002
        raise AssertionError("the mirror has the messages")


class Mirrors:
    """All topics and streams of the process. The server's frames are one thread's; the rest is thread-safe."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._topics: dict[int, Mirror] = {}
        self._readers: dict[int, ReaderChannel] = {}

    def topic(self, told: Frame) -> None:
        """There is a new topic."""
        self._topics[told.number] = Mirror(told.number, parts(told.body)[0], self._say)

    def message(self, told: Frame) -> None:
        """A topic has a message. One that was forgotten just now may have a last one."""
        mirror = self._topics.get(told.number)
        if mirror is not None:
            mirror.heard(told)

    def forget(self, told: Frame) -> None:
        """Nobody here reads the topic any more."""
        del self._topics[told.number]

    def opened(self, told: Frame) -> ReaderChannel:
        """A stream may begin."""
        reader = ReaderChannel(told.number, self._topics[told.first], told.second >> 1, self._left)
        self._readers[told.number] = reader
        return reader

    def end(self, told: Frame) -> None:
        """A stream has ended on the server's side."""
        reader = self._readers.get(told.number)
        if reader is not None:
            reader.end(Code(told.first), told.body.decode())

    def look(self, stall_limit: float) -> None:
        """Ends streams that have read nothing for so many seconds, and tells what readers have lost."""
        for mirror in list(self._topics.values()):
            if mirror.window <= 1:
                mirror.channel.end_stalled(time.monotonic() - stall_limit)
            mirror.tell_lost()

    def _left(self, reader: ReaderChannel) -> None:
        if self._readers.pop(reader.number, None) is not None:
            reader.mirror.tell_lost()
            self._say(frame(CLOSE, reader.number))


def overflow_of(told: Frame) -> Overflow:
    """What happens to a stream that may begin, when it does not keep up."""
    return Overflow.DISCONNECT if told.second & 1 else Overflow.DROP_OLDEST


def _channel(shape: Mapping[str, Any]) -> ConflatedChannel | EventBuffer:
    if shape["window"] == 1:
        return ConflatedChannel()
    return EventBuffer(shape["capacity"], _Marks(shape["fields"], RpcMessages(shape["service"], shape["name"])))


class _Marks:
    """Adds to an encoded event how many events were lost before it."""

    def __init__(self, fields: Mapping[str, int], messages: RpcMessages) -> None:
        """`fields`: see EventBuffer.dropped_fields."""
        self._fields = fields
        self._response = messages.response

    def __call__(self, payload: bytes, dropped: int) -> bytes:
        message: Any = self._response.FromString(payload)
        numbers = message.DESCRIPTOR.fields_by_number
        for outer, inner in self._fields.items():
            if not message.HasField(numbers[int(outer)].name):
                continue
            body = getattr(message, numbers[int(outer)].name)
            name = body.DESCRIPTOR.fields_by_number[inner].name
            setattr(body, name, getattr(body, name) + dropped)
        return bytes(message.SerializeToString())
