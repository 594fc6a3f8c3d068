"""The records of one block where they lie in its payload: for programs that take many of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from .errors import DamagedError
from .layout import KIND_AT, RECORD_HEAD
from .records import Record

_LENGTH = Struct("<I28x")
"""A head, of which only the length of the body is read."""


class RecordTable:
    """A block's records, of which those before `next` were taken."""

    __slots__ = ("at", "count", "kinds", "next", "payload")

    def __init__(self, payload: bytes, count: int) -> None:
        """`count` heads, and the bodies behind them. Raises DamagedError."""
        table = count * RECORD_HEAD.size
        if table > len(payload):
            raise DamagedError("its records are cut short")
        if table + sum([length for (length,) in _LENGTH.iter_unpack(payload[:table])]) != len(payload):
            raise DamagedError("its records have other lengths than the block")
        self.payload = payload
        self.count = count
        self.kinds = payload[KIND_AT : table : RECORD_HEAD.size]
        """One byte per record."""
        self.next = 0
        """Number of the first record that was not taken."""
        self.at = table
        """Where in the payload its body begins."""

    def take(self) -> Record:
        """Takes the next record; there is one."""
        length, source, kind, time, monotonic = RECORD_HEAD.unpack_from(self.payload, self.next * RECORD_HEAD.size)
        begin, end = self.at, self.at + length
        self.next, self.at = self.next + 1, end
        return Record(kind, source, self.payload[begin:end], time, monotonic)

    def left(self) -> Iterator[Record]:
        """Takes all records that are left."""
        while self.next < self.count:
            yield self.take()
