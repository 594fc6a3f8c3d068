"""A stream of the process of HTTP, as the server knows it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ....codes import Code
from ....publish.channel import Channel, Overflow
from .link_frames import END, OPENED, frame
from .link_topics import LinkTopic, LinkTopics, Say


class LinkStream:
    """One stream. Its messages do not pass through here: the topic of its channel sends them for all."""

    def __init__(
        self, number: int, call: tuple[str, str], channel: Channel, overflow: Overflow, topics: LinkTopics, say: Say
    ) -> None:
        """`call`: its service and its name."""
        self.number = number
        self.cursor = 0
        self.overflow = overflow
        self.in_flight_since = 0.0
        self._topic: LinkTopic | None = None
        self._position = 0
        self._call = call
        self._channel = channel
        self._topics = topics
        self._say = say
        self._lock = threading.Lock()
        self._opened = self._over = False
        self._ended: tuple[Code, str] | None = None
        self._on_end: Callable[[], None] = lambda: None

    def start(self, on_end: Callable[[], None]) -> None:
        """Joins the channel; `on_end` is called once at the end of the stream, from whichever side it comes."""
        self._on_end = on_end
        self._topic, self._position = self._topics.join(self._channel, self, *self._call)

    def opened(self) -> None:
        """The process may begin the stream."""
        assert self._topic is not None
        with self._lock:
            self._opened = True
            place = self._position << 1 | (self.overflow is Overflow.DISCONNECT)
            self._say(frame(OPENED, self.number, self._topic.key, place))
            if self._ended is not None:
                self._say_end(*self._ended)

    def deliver(self, payload: bytes) -> None:  # noqa: ARG002
        """Streams are served by the process."""
        raise AssertionError("the topic delivers")

    def end(self, code: Code, reason: str) -> None:
        """Ends the stream; the first end counts. The process says when nothing is left of it."""
        with self._lock:
            if self._ended is not None:
                return
            self._ended = code, reason
            if self._opened:
                self._say_end(code, reason)

    def over(self) -> None:
        """Nothing is left of the stream on the other side. Once; more often does nothing."""
        with self._lock:
            over, self._over = self._over, True
        if over or self._topic is None:
            return
        self._topics.leave(self._topic, self)
        self._on_end()

    def _say_end(self, code: Code, reason: str) -> None:
        self._say(frame(END, self.number, code.value, body=reason.encode()))
