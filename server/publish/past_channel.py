"""One stream that begins in the past: first what the history has, then what its topic sends, without a seam.

The topic is joined before the last rows of the history are read, and what it sends meanwhile waits. A message that the
history had already is left out of what waits: so none is missing, and none comes twice.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable
from enum import Enum, auto
from functools import partial
from typing import NamedTuple, Protocol

from .. import clock
from ..codes import Code
from ..logs import about
from ..units import SECOND
from .channel import Channel, Overflow, Subscriber
from .event_buffer import EventBuffer
from .in_turns import InTurns

log = logging.getLogger(__name__)

PART = 256
"""Messages that are read at once."""
HIGH, LOW = 512, 128
"""Messages that may wait for the subscriber while the past is read, and with how many reading goes on."""
CAPACITY = 4096
"""Messages that may wait once the stream is live."""
FORGET = 60 * SECOND
"""Nanoseconds after which no live message can be one that the history had before the stream was live."""


class PastMessage(NamedTuple):
    """A message that was made of the history."""

    key: Hashable
    """What it is about: equal for the message that the topic has sent at that time."""
    at: int
    """When it happened, nanoseconds UTC."""
    payload: bytes


class PastError(Exception):
    """The past cannot be read now. The message is for the subscriber."""


class Past(Protocol):
    """What a stream is sent before it is live. All methods may wait, and are called by one thread at a time."""

    LATE: int
    """Nanoseconds: so much older than the newest message that was read may a message be that is read after settle()."""
    conflates: bool
    """The messages are states: of those that the subscriber cannot take, only the newest counts."""

    def begin(self) -> list[bytes]:
        """Messages to send before all others."""
        ...

    def read(self, limit: int) -> list[PastMessage]:
        """About so many messages that follow, oldest first; empty if there are none now. Raises PastError."""
        ...

    def settle(self) -> bool:
        """Waits until what happened before this call can be read; False if that takes too long. Then the next read()
        begins a little earlier than the last one ended, for what came late."""
        ...

    def unsettled(self) -> list[bytes]:
        """Messages that say that something may be missing here."""
        ...

    def key_of(self, payload: bytes) -> Hashable | None:
        """The key of a message of the topic; None for one that the history never has."""
        ...


class _Phase(Enum):
    PAST = auto()
    """What the topic sends is dropped: the history will have it."""
    CROSSING = auto()
    """What the topic sends waits."""
    LIVE = auto()
    ENDED = auto()


class PastChannel(Channel):
    """What one stream reads from. Nothing is read faster than the subscriber takes it."""

    WINDOW = 256

    def __init__(
        self, live: Channel, past: Past, overflow: Overflow, submit: Callable[[Callable[[], None]], object]
    ) -> None:
        """`submit` runs work on a thread that may wait."""
        super().__init__()
        self._live, self._past, self._overflow, self._submit = live, past, overflow, submit
        self._waiting: deque[bytes] = deque()
        self._dropped = 0
        """Messages that were dropped before the first of those that wait."""
        self._state_waits = False
        """Whether the last message that waits is a live one."""
        self._paused = False
        self._phase = _Phase.PAST
        self._phases = threading.RLock()
        self._held: deque[bytes] = deque()
        self._overrun = False
        """More came while crossing than may wait."""
        self._seen: deque[tuple[int, int]] = deque()
        """Messages of the past that may come again: when they happened, and hashes of their keys."""
        self._known: set[int] = set()
        """The hashes."""
        self._forget_at = 0
        """Monotonic nanoseconds from which on none of them can come any more."""
        self._follower = _Follower(self, live)

    # -- the subscriber --------------------------------------------------------------------------------------------

    def join(self, subscriber: Subscriber) -> None:
        """Begins to read, for the one subscriber."""
        super().join(subscriber)
        # A topic with a subscriber is not forgotten, however long the past is.
        self._live.join(self._follower)
        self._work(self._begin)

    def leave(self, subscriber: Subscriber) -> None:
        """The stream is over, and so is everything here."""
        super().leave(subscriber)
        self._end_phases()
        self._live.leave(self._follower)

    def _first_cursor(self) -> int:
        return 0

    def _store(self, payload: bytes) -> None:
        if self._idle:
            return  # It is handed on at once.
        live = self._phase is _Phase.LIVE
        if live and self._past.conflates and self._waiting and self._state_waits:
            self._waiting[-1] = payload
            self.version -= 1
            return
        self._waiting.append(payload)
        self._state_waits = live
        if live and len(self._waiting) > CAPACITY:
            self._waiting.popleft()
            self._dropped += 1

    def _take(self, subscriber: Subscriber) -> bytes | None:
        if self._dropped and self._overflow is Overflow.DISCONNECT:
            return None
        payload = self._waiting.popleft()
        subscriber.cursor = self.version - len(self._waiting)
        if self._dropped and isinstance(self._live, EventBuffer):
            payload, self._dropped = self._live.marked(payload, self._dropped), 0
        if self._paused and len(self._waiting) <= LOW:
            self._paused = False
            self._work(self._read)
        return payload

    # -- the past --------------------------------------------------------------------------------------------------

    def _work(self, step: Callable[[], None]) -> None:
        self._submit(partial(self._guarded, step))

    def _guarded(self, step: Callable[[], None]) -> None:
        if self._phase is _Phase.ENDED:
            return
        try:
            step()
        except PastError as error:
            self.end(Code.UNAVAILABLE, str(error))
        except Exception:
            log.exception("a stream that began in the past failed and is ended", extra=about("defect"))
            self.end(Code.INTERNAL, "the past could not be sent, see the server's log")

    def _begin(self) -> None:
        for payload in self._past.begin():
            self._send(payload)
        self._read()

    def _read(self) -> None:
        """Sends a part of the past, and goes on later: streams take turns."""
        messages = self._past.read(PART)
        self._send_past(messages)
        with self._lock:
            self._paused = len(self._waiting) > HIGH
            paused = self._paused
        if not messages:
            self._cross()
        elif not paused:
            self._work(self._read)

    def _cross(self) -> None:
        """From the past to live: nothing that the topic sends from here on is missed."""
        with self._phases:
            if self._phase is not _Phase.ENDED:
                self._phase, self._overrun = _Phase.CROSSING, False
        settled = True
        if isinstance(self._live, EventBuffer):
            settled = self._past.settle()
            while messages := self._past.read(PART):
                self._send_past(messages)
        else:
            self._live.leave(self._follower)
            self._live.join(self._follower)  # A state topic sends the newest state to who joins.
        if not self._overrun:
            for payload in () if settled else self._past.unsettled():
                self._send(payload)
        self._arrive()

    def _arrive(self) -> None:
        """Sends what has waited, or goes back to the history, which has what was too much to wait."""
        with self._phases:
            if self._phase is _Phase.ENDED:
                return
            if self._overrun:
                self._held.clear()
                self._phase = _Phase.PAST
                self._work(self._read)
                return
            self._phase = _Phase.LIVE
            self._forget_at = clock.monotonic_ns() + FORGET
            held, self._held = self._held, deque()
            for payload in held:
                self._forward(payload)

    def _send_past(self, messages: list[PastMessage]) -> None:
        newest = 0
        for key, at, payload in messages:
            number = hash(key)
            if number not in self._known:
                self._known.add(number)
                self._seen.append((at, number))
                self._send(payload)
            newest = max(newest, at)
        while self._seen and self._seen[0][0] < newest - 2 * self._past.LATE:
            self._known.discard(self._seen.popleft()[1])

    # -- live ------------------------------------------------------------------------------------------------------

    def heard(self, payload: bytes) -> None:
        """The topic has sent a message."""
        with self._phases:
            if self._phase is _Phase.LIVE:
                self._forward(payload)
            elif self._phase is _Phase.CROSSING:
                self._held.append(payload)
                if len(self._held) > CAPACITY:
                    self._overrun = True
                    self._held.clear()

    def end(self, code: Code, reason: str) -> None:
        """Ends the stream."""
        self._end_phases()
        for subscriber in self.members():
            super().leave(subscriber)
            self._end(subscriber, code, reason)
        self._live.leave(self._follower)

    def _forward(self, payload: bytes) -> None:
        if self._known:
            if clock.monotonic_ns() > self._forget_at:
                self._forget()
            elif (key := self._past.key_of(payload)) is not None and hash(key) in self._known:
                return
        self._send(payload)

    def _send(self, payload: bytes) -> None:
        self.publish(payload, clock.monotonic_ns())

    def _end_phases(self) -> None:
        with self._phases:
            self._phase = _Phase.ENDED
            self._held.clear()
            self._forget()

    def _forget(self) -> None:
        self._seen.clear()
        self._known.clear()


class _Follower:
    """The subscriber of the topic that stands for the stream: it takes every message at once."""

    def __init__(self, channel: PastChannel, live: Channel) -> None:
        self.cursor = 0
        self.overflow = Overflow.DROP_OLDEST
        self.in_flight_since = 0.0
        self._channel = channel
        self._next = InTurns(partial(live.next, self))

    def deliver(self, payload: bytes) -> None:
        """Hands a message on."""
        self._channel.heard(payload)
        self._next()

    def end(self, code: Code, reason: str) -> None:
        """The topic is closed."""
        self._channel.end(code, reason)
