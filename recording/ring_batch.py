"""What a recorder takes out of the ring at once: the records of one block."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .layout import RECORD_HEAD
from .records import DEFINING, Record


class Batch(NamedTuple):
    """Records that lay in the ring one behind the other."""

    body: bytes
    """Raw payload of a block: all heads, then all bodies."""
    records: int
    first_time: int
    """The earliest time of the records, nanoseconds UTC."""
    last_time: int
    """The latest time."""
    end: int
    """Position of the ring behind the last of them."""
    kinds: int
    """One bit per kind of record that is among them."""

    @property
    def definitions(self) -> list[Record]:
        """The records that define runs and sources, in their order."""
        return self.of(DEFINING) if self.kinds & sum(1 << kind for kind in DEFINING) else []

    def of(self, kinds: Iterable[int]) -> list[Record]:
        """The records of these kinds."""
        wanted, found, at = set(kinds), [], self.records * RECORD_HEAD.size
        for length, source, kind, time, monotonic in RECORD_HEAD.iter_unpack(self.body[:at]):
            if kind in wanted:
                found.append(Record(kind, source, self.body[at : at + length], time, monotonic))
            at += length
        return found

    def packed(self) -> bytes:
        """The raw payload."""
        return self.body
