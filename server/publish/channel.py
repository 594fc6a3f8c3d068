"""What subscribers read from: a channel of the newest state, or a buffer of events. Both send the same bytes to all.

A subscriber is idle (it has every message) or busy (one of its messages is in flight). Publishing hands the new message
to idle subscribers. A busy subscriber takes the newest message when its own has gone out. Nothing is queued per
subscriber.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from ..codes import Code
from ..logs import about
from ..repeats import Repeats

log = logging.getLogger(__name__)


class Overflow(Enum):
    """What happens to a subscriber of events that does not keep up."""

    DROP_OLDEST = "drop oldest"
    DISCONNECT = "disconnect"


class Subscriber(Protocol):
    """One stream, as its source sees it."""

    cursor: int
    """Version of the newest message that was handed to it."""
    overflow: Overflow
    in_flight_since: float
    """Monotonic seconds when the message now in flight was started; 0 while none is, or where that is not known."""

    def deliver(self, payload: bytes) -> None:
        """Starts sending; calls Channel.next() when the message has gone out. Never blocks."""

    def end(self, code: Code, reason: str) -> None:
        """Ends the stream with this code; `reason` is for people. Never blocks, and may be called on any thread."""


class Channel(ABC):
    """A topic's messages and its subscribers; `watch` is called with the change of their number. Thread-safe."""

    WINDOW = 0
    """Of a channel of one subscriber: messages that may be on their way to it, wherever they wait; 0: any number of
    them, as what it loses is counted."""
    conflates = False
    """Whether it has the newest state only."""

    def __init__(self, watch: Callable[[int], None] = lambda _more: None) -> None:
        self.version = 0
        """Number of messages published."""
        self.published_at = 0
        """Monotonic nanoseconds of the newest one."""
        self.handed_at = 0
        """The same of the moment when its bytes were there for its readers, by the clock of this machine."""
        self._lock = threading.Lock()
        self._idle: dict[Subscriber, None] = {}
        self._members: set[Subscriber] = set()
        self._closed = ""
        self.on_free: Callable[[], None] | None = None
        """Called once, when a subscriber has everything and would take more."""
        self._watch = watch
        self._repeats = Repeats()

    def __len__(self) -> int:
        return len(self._members)

    def members(self) -> list[Subscriber]:
        """The subscribers now."""
        with self._lock:
            return list(self._members)

    def handed(self, subscriber: Subscriber) -> int:
        """When the message that the subscriber has just been given was there for it (monotonic nanoseconds); 0: not
        known, as there is a newer one."""
        return self.handed_at if subscriber.cursor == self.version else 0

    @property
    def waits(self) -> bool:
        """Whether a subscriber is idle and would take a message at once. Takes no lock."""
        return bool(self._idle)

    def stalled(self, before: float) -> bool:
        """Whether there are subscribers, and all wait for a message that went out before this time (monotonic seconds).

        What is published now would be replaced before any of them can take it.
        """
        with self._lock:
            return (
                bool(self._members)
                and not self._idle
                and all(0 < each.in_flight_since < before for each in self._members)
            )

    def join(self, subscriber: Subscriber) -> None:
        """Adds a subscriber and sends it the first message of a new subscriber."""
        self._join(subscriber, None)

    def _join(self, subscriber: Subscriber, cursor: int | None) -> None:
        """As join(); `cursor`: where it starts, if not as a new subscriber."""
        with self._lock:
            closed = self._closed
            if not closed:
                self._members.add(subscriber)
                subscriber.cursor = self._first_cursor() if cursor is None else cursor
                self._tell_watch(1)
        if closed:
            subscriber.end(Code.NOT_FOUND, closed)
        else:
            self.next(subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """Removes a subscriber; a second time does nothing."""
        with self._lock:
            if subscriber not in self._members:
                return
            self._members.remove(subscriber)
            self._idle.pop(subscriber, None)
            self._tell_watch(-1)

    def stand_for(self, more: int) -> None:
        """A subscriber stands for so many more streams than one."""
        with self._lock:
            self._tell_watch(more)

    def _tell_watch(self, more: int) -> None:
        try:
            self._watch(more)
        except Exception:
            # Who only counts must not decide whether a stream lives.
            log.exception("a watch of streams failed", extra=about("defect"))

    def close(self, reason: str) -> int:
        """Ends the streams of all present and future subscribers; returns the number of present subscribers."""
        with self._lock:
            self._closed = reason
            members, self._members = self._members, set()
            self._idle.clear()
            self._tell_watch(-len(members))
        for subscriber in members:
            self._end(subscriber, Code.NOT_FOUND, reason)
        return len(members)

    def fail(self, reason: str) -> None:
        """Ends the streams of all present subscribers; new subscribers may join."""
        for subscriber in self.members():
            self.leave(subscriber)
            self._end(subscriber, Code.UNAVAILABLE, reason)

    def end_stalled(self, before: float) -> None:
        """Ends the streams whose message went out before this time (monotonic seconds) and was not read."""
        for member in self.members():
            if 0 < member.in_flight_since < before:
                member.end(Code.RESOURCE_EXHAUSTED, "nothing was read for too long")

    def publish(self, payload: bytes, monotonic: int, handed_at: int | None = None) -> None:
        """Makes this the newest message and starts sending it to every idle subscriber. `handed_at`: when its bytes
        were there; None: now."""
        with self._lock:
            self.version += 1
            self.published_at = monotonic
            self.handed_at = time.monotonic_ns() if handed_at is None else handed_at
            self._store(payload)
            idle, self._idle = self._idle, {}
            for subscriber in idle:
                subscriber.cursor = self.version
        for subscriber in idle:
            try:
                subscriber.deliver(payload)
            except Exception as error:  # noqa: PERF203
                # One stream that cannot be sent to must not cost the others their message.
                self._lost(subscriber, error)

    def _lost(self, subscriber: Subscriber, error: Exception) -> None:
        """A stream that cannot be sent to ends: silence would look like a quiet market."""
        left_out = self._repeats.admit(type(error).__name__)
        if left_out is not None:
            text = "a stream failed and is ended (%d more lines were left out)"
            log.error(text, left_out, exc_info=error, extra=about("defect"))
        self.leave(subscriber)
        self._end(subscriber, Code.UNAVAILABLE, "a message could not be sent, see the server's log")

    @staticmethod
    def _end(subscriber: Subscriber, code: Code, reason: str) -> None:
        try:
            subscriber.end(code, reason)
        except Exception:
            # Its transport is broken in more than one way; the others have their own.
            log.debug("a stream could not be ended", exc_info=True, extra=about("defect"))

    def next(self, subscriber: Subscriber) -> None:
        """The subscriber is free: sends the messages that it misses, or marks it idle."""
        try:
            self._send_next(subscriber)
        except Exception as error:
            self._lost(subscriber, error)

    def _send_next(self, subscriber: Subscriber) -> None:
        with self._lock:
            if subscriber not in self._members:
                return
            behind = subscriber.cursor < self.version
            payload = self._take(subscriber) if behind else None
            if not behind:
                self._idle[subscriber] = None
        if not behind:
            on_free, self.on_free = self.on_free, None
            if on_free is not None:
                on_free()
        elif payload is None:
            subscriber.end(Code.RESOURCE_EXHAUSTED, "the subscriber did not keep up with the events")
        else:
            subscriber.deliver(payload)

    @abstractmethod
    def _first_cursor(self) -> int:
        """Where a new subscriber starts."""

    @abstractmethod
    def _store(self, payload: bytes) -> None:
        """Keeps a message that has just become self.version."""

    @abstractmethod
    def _take(self, subscriber: Subscriber) -> bytes | None:
        """The message for a subscriber that is behind, moving its cursor; None if it must go. Lock held."""


class ConflatedChannel(Channel):
    """Holds the newest state only: a subscriber that is behind skips to it."""

    conflates = True

    def __init__(self, watch: Callable[[int], None] = lambda _more: None) -> None:
        super().__init__(watch)
        self._payload = b""
        self.conflated = 0
        """States that subscribers, and the streams that they stand for, skipped: each counts its own."""

    def also_conflated(self, states: int) -> None:
        """Counts states that streams of a subscriber skipped, beside those that the subscriber itself skipped here."""
        with self._lock:
            self.conflated += states

    def _first_cursor(self) -> int:
        return self.version - 1 if self.version else 0

    def _store(self, payload: bytes) -> None:
        self._payload = payload

    def _take(self, subscriber: Subscriber) -> bytes:
        self.conflated += self.version - subscriber.cursor - 1
        subscriber.cursor = self.version
        return self._payload
