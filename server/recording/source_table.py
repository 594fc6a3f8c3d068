"""The sources of a recording: their numbers, and their definitions as long as a recorder may need them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..neighbours import recording

if TYPE_CHECKING:
    from recording import Record, Ring


class SourceTable:
    """The run and its sources. A definition that does not fit into the ring is put again by deliver()."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._alive: dict[int, Record] = {}
        self._ended: deque[tuple[int, int]] = deque()
        """Ended sources, and the ring's position behind their last records."""
        self._undelivered: deque[Record] = deque()
        self._last = 0

    def begin_run(self, body: bytes) -> None:
        """The first record of all."""
        with self._lock:
            self._define(self._record(recording.Kind.RUN, recording.NO_SOURCE, body))

    def add(
        self, venue: str, connection: int | str, members: Iterable[Mapping[str, Any]] = (), predecessor: int = 0
    ) -> int:
        """The number of a new source, which is defined from now on."""
        with self._lock:
            self._last += 1
            body = recording.bodies.source(self._last, venue, connection, members, predecessor)
            self._define(self._record(recording.Kind.SOURCE, self._last, body))
            return self._last

    def end(self, number: int) -> None:
        """The source has no more records."""
        with self._lock:
            self._put(self._record(recording.Kind.SOURCE, number, recording.bodies.ended_source(number)))
            self._ended.append((number, self._ring.head))

    def deliver(self) -> None:
        """Puts what did not fit before; to be called regularly."""
        with self._lock:
            waiting, self._undelivered = self._undelivered, deque()
            for record in waiting:
                self._put(record)

    @property
    def alive(self) -> list[Record]:
        """The definitions that are alive at the oldest record in the ring."""
        with self._lock:
            while self._ended and self._ended[0][1] <= self._ring.tail:
                self._alive.pop(self._ended.popleft()[0], None)
            return list(self._alive.values())

    def _define(self, record: Record) -> None:
        self._alive[record.source] = record
        self._put(record)

    def _put(self, record: Record) -> None:
        if self._undelivered or not self._ring.put(record.source, record.kind, record.body, *record[3:]):
            self._undelivered.append(record)

    @staticmethod
    def _record(kind: int, source: int, body: bytes) -> Record:
        return recording.Record(kind, source, body, time.time_ns(), time.monotonic_ns())
