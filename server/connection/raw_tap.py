"""What comes and goes on a venue's websockets, byte for byte, for those who record it."""

from __future__ import annotations

import threading
from enum import IntEnum
from typing import NamedTuple

from ..model import Receipt

MEBIBYTE = 2**20
OVERHEAD = 200
"""Bytes that a message takes in memory beside its own, about."""


class RawKind(IntEnum):
    """What happened on a connection."""

    OPENED = 1
    """`data` is the path that was asked for."""
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
    """When it was received, or else when it happened: nanoseconds UTC."""
    monotonic: int
    """The same by the monotonic clock, nanoseconds."""


class RawTap:
    """Messages between the connections of one venue, which put, and one that takes. Bounded by memory.

    Putting never waits for the one that takes: a message that finds no room is lost and counted, and so are all behind
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
        """The messages since the last call in the order in which they were put, and how many were lost behind them."""
        with self._lock:
            messages, self._messages = self._messages, []
            lost, self._lost = self._lost, 0
            self._size = 0
        return messages, lost


class RawTaps:
    """The taps of one venue's connections; while there is none a message costs one look."""

    def __init__(self) -> None:
        self.now: tuple[RawTap, ...] = ()
        """Replaced, never changed."""
        self._lock = threading.Lock()
        self._connections = 0

    def open(self, limit: int = 64 * MEBIBYTE) -> RawTap:
        """A tap that everything is put into from now on, on connections that are open and on those to come."""
        tap = RawTap(limit)
        with self._lock:
            self.now = (*self.now, tap)
        return tap

    def close(self, tap: RawTap) -> None:
        """Nothing more is put into it; what waits there can still be taken."""
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
