"""The ring of ring.h in Python, for machines without a compiler, and as the model of its tests.

The order of its stores is that of the interpreter: on processors that show stores of one thread to another in any
order (ARM), the ring of C is the one to use.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from . import bodies
from .layout import LARGEST_BODY, RECORD_HEAD
from .records import NO_SOURCE, Kind
from .ring_batch import Batch
from .ring_layout import (
    CAPACITY_AT,
    HEAD_AT,
    HEADER_SIZE,
    I64,
    LOST_AT_AT,
    LOST_BODY,
    LOST_BYTES_AT,
    LOST_MESSAGES_AT,
    LOST_SINCE_AT,
    TAIL_AT,
    TOTAL_LOST_BYTES_AT,
    TOTAL_LOST_MESSAGES_AT,
    U64,
)


def space(length: int) -> int:
    """Bytes that a record with a body of this length takes."""
    return RECORD_HEAD.size + (length + 7) // 8 * 8


class PureRingAccess:
    """See ring_access.RingAccess."""

    def __init__(self, memory: Any) -> None:
        self._memory = memoryview(memory)
        self._capacity = len(self._memory) - HEADER_SIZE
        self._putting = threading.Lock()
        """Held while a record is put in: many connections put, each on a thread of its own."""
        if self._capacity < HEADER_SIZE or self._get(CAPACITY_AT) != self._capacity:
            self._memory.release()
            raise ValueError("the memory is not a ring")

    def close(self) -> None:
        self._memory.release()

    def put(self, source: int, kind: int, data: bytes, time: int, monotonic: int) -> bool:
        with self._putting:
            return self._put(source, kind, data, time, monotonic)

    def _put(self, source: int, kind: int, data: bytes, time: int, monotonic: int) -> bool:
        at, lost = self._get(HEAD_AT), self._get(LOST_MESSAGES_AT)
        room = self._capacity - (at - self._get(TAIL_AT))
        if len(data) > LARGEST_BODY or space(len(data)) + (space(LOST_BODY) if lost else 0) > room:
            self._count_lost(at, len(data), time)
            return False
        if lost:
            since = I64.unpack_from(self._memory, LOST_SINCE_AT)[0]
            body = bodies.lost(lost, self._get(LOST_BYTES_AT), since)
            at = self._write(at, NO_SOURCE, Kind.LOST, body, time, monotonic)
        at = self._write(at, source, kind, data, time, monotonic)
        U64.pack_into(self._memory, HEAD_AT, at)
        if lost:
            U64.pack_into(self._memory, LOST_MESSAGES_AT, 0)
        return True

    def receiver(self, source: int) -> Callable[[bytes, tuple[int, int]], object]:
        def put(data: bytes, at: tuple[int, int], /) -> None:
            self.put(source, Kind.RECEIVED, data, *at)

        return put

    def collect(self, limit: int, start: int | None = None) -> Batch | None:
        at, head = self._get(TAIL_AT) if start is None else start, self._get(HEAD_AT)
        heads, parts, size = [], [], 0
        if head - at > self._capacity:
            raise ValueError("the ring is damaged")
        while at != head and size < limit:
            begin = self._read(at, RECORD_HEAD.size)
            length = RECORD_HEAD.unpack(begin)[0]
            if space(length) > head - at:
                raise ValueError("the ring is damaged")
            heads.append(begin)
            parts.append(self._read(at + RECORD_HEAD.size, length))
            size += RECORD_HEAD.size + length
            at += space(length)
        if not heads:
            return None
        fields = [RECORD_HEAD.unpack(begin) for begin in heads]
        times = [time for *_, time, _monotonic in fields]
        kinds = 0
        for _length, _source, kind, *_ in fields:
            kinds |= 1 << kind if kind < 32 else 0
        return Batch(b"".join(heads) + b"".join(parts), len(heads), min(times), max(times), at, kinds)

    def advance(self, end: int) -> None:
        U64.pack_into(self._memory, TAIL_AT, end)

    def _get(self, at: int) -> int:
        return int(U64.unpack_from(self._memory, at)[0])

    def _add(self, at: int, number: int) -> None:
        U64.pack_into(self._memory, at, self._get(at) + number)

    def _count_lost(self, head: int, length: int, time: int) -> None:
        if self._get(LOST_MESSAGES_AT) == 0:
            I64.pack_into(self._memory, LOST_SINCE_AT, time)
            U64.pack_into(self._memory, LOST_AT_AT, head)
            U64.pack_into(self._memory, LOST_BYTES_AT, 0)
        self._add(LOST_BYTES_AT, length)
        self._add(TOTAL_LOST_MESSAGES_AT, 1)
        self._add(TOTAL_LOST_BYTES_AT, length)
        self._add(LOST_MESSAGES_AT, 1)

    def _write(self, at: int, source: int, kind: int, body: bytes, time: int, monotonic: int) -> int:
        self._copy_in(at, RECORD_HEAD.pack(len(body), source, kind, time, monotonic) + body)
        return at + space(len(body))

    def _copy_in(self, position: int, data: bytes) -> None:
        at = HEADER_SIZE + position % self._capacity
        room = len(self._memory) - at
        self._memory[at : at + len(data[:room])] = data[:room]
        self._memory[HEADER_SIZE : HEADER_SIZE + len(data[room:])] = data[room:]

    def _read(self, position: int, length: int) -> bytes:
        at = HEADER_SIZE + position % self._capacity
        found = bytes(self._memory[at : at + length])
        rest = length - len(found)
        return found + bytes(self._memory[HEADER_SIZE : HEADER_SIZE + rest]) if rest else found
