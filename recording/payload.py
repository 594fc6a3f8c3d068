"""The records of one block, collected until the block is full or old."""

from __future__ import annotations

from .layout import LARGEST_BODY, RECORD_HEAD
from .records import DEFINING, Record


class Payload:
    """Records that become one block."""

    def __init__(self) -> None:
        self.records = 0
        self.size = 0
        """Raw bytes so far."""
        self.first_time = 0
        """The earliest time of the records, nanoseconds UTC."""
        self.last_time = 0
        """The latest time."""
        self._heads: list[bytes] = []
        self._bodies: list[bytes] = []
        self._definitions: list[Record] = []

    def add(self, record: Record) -> None:
        """Adds a record. Raises ValueError for a body that is too large for the format."""
        kind, source, body, time, monotonic = record
        if len(body) > LARGEST_BODY:
            raise ValueError(f"a record of {len(body)} bytes is larger than {LARGEST_BODY} bytes")
        self._heads.append(RECORD_HEAD.pack(len(body), source, kind, time, monotonic))
        self._bodies.append(body)
        self.first_time = min(self.first_time, time) if self.records else time
        self.last_time = max(self.last_time, time) if self.records else time
        if kind in DEFINING:
            self._definitions.append(record)
        self.records += 1
        self.size += RECORD_HEAD.size + len(body)

    @property
    def definitions(self) -> list[Record]:
        """The records that define runs and sources, in their order."""
        return self._definitions

    def packed(self) -> bytes:
        """The raw payload: all heads, then all bodies."""
        return b"".join(self._heads) + b"".join(self._bodies)
