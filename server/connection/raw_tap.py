"""All messages of a venue's websockets, byte for byte, for recorders."""

from __future__ import annotations

import threading
from enum import IntEnum
from typing import NamedTuple

from ..model import Receipt

MEBIBYTE = 2**20
OVERHEAD = 200
"""Approximate memory of a message, in addition to its own bytes."""


class RawKind(IntEnum):
    """What happened on a connection."""

    OPENED = 1
    """`data` is the requested path."""
    RECEIVED = 2
    SENT = 3
    CLOSED = 4
    """`data` is the reason, for people."""


class RawMessage(NamedTuple):
    """One event of one connection."""

    connection: int
    """Numbers the connections of the venue's feed: one that is opened again keeps its own."""
    kind: RawKind
    data: bytes
    time: int
    """Time of receipt, or of the event: nanoseconds UTC."""
    monotonic: int
    """The same by the monotonic clock, nanoseconds."""


class RawTap:
    """A queue of messages from the connections of one venue to one recorder, bounded by memory.

    put() never waits for the recorder: a message that does not fit is lost and counted, and so are all messages after
    it until the next take().
    """

    def __init__(self, limit: int = 64 * MEBIBYTE) -> None:
        """`limit`: bytes that may wait, with OVERHEAD for each message."""
        self._limit = limit
        self._lock = threading.Lock()
        self._messages: list[RawMessage] = []
        self._size = 0
        self._lost = 0

    def put(self, message: RawMessage) -> None:
        """Called by connections."""
        size = len(message.data) + OVERHEAD
        with self._lock:
            if self._lost or self._size + size > self._limit:
                self._lost += 1
                return
            self._messages.append(message)
            self._size += size

    def take(self) -> tuple[list[RawMessage], int]:
        """The messages since the last call, in order, and the number of messages lost after them."""
        with self._lock:
            messages, self._messages = self._messages, []
            lost, self._lost = self._lost, 0
            self._size = 0
        return messages, lost


class RawTaps:
    """The taps of one venue's connections; without taps a message costs one check."""

    def __init__(self) -> None:
        self.now: tuple[RawTap, ...] = ()
        """Replaced, never changed."""
        self._lock = threading.Lock()
        self._connections = 0

    def open(self, limit: int = 64 * MEBIBYTE) -> RawTap:
        """Adds a tap that receives all messages from now on, of open and of future connections."""
        tap = RawTap(limit)
        with self._lock:
            self.now = (*self.now, tap)
        return tap

    def close(self, tap: RawTap) -> None:
        """Ends a tap; waiting messages can still be taken."""
        with self._lock:
            self.now = tuple(each for each in self.now if each is not tap)

    def number(self) -> int:
        """The number of one more connection."""
        with self._lock:
            self._connections += 1
            return self._connections

    def put(self, connection: int, kind: RawKind, data: bytes, at: Receipt) -> None:
        """Puts a message into all taps."""
        message = RawMessage(connection, kind, data, at.time, at.monotonic)
        for tap in self.now:
            tap.put(message)
