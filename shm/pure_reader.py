"""The reads of onebook_shm.h in Python, for an installation without a compiler."""

from __future__ import annotations

import sys
import threading
from time import monotonic_ns
from typing import Any

from . import layout


class PureReader:
    """See readers.Reader; onebook_shm_read() in onebook_shm.h explains why a book that is returned is whole."""

    def __init__(self, memory: Any) -> None:
        self._memory = memoryview(memory)
        self._words = self._memory[: len(self._memory) // 8 * 8].cast("Q")
        head: dict[str, int] = dict(zip(layout.HEADER_FIELDS, layout.HEADER.unpack_from(self._memory), strict=True))
        self._first_slot, self._slot_size = head["first_slot"], head["slot_size"]
        self._first_body, self._body_size = head["first_body"], head["body_size"]
        self._levels, self._venues = head["level_capacity"], head["venue_capacity"]
        self._slots = head["slot_capacity"]
        self._fence = threading.Lock()

    def close(self) -> None:
        self._words.release()
        self._memory.release()

    def alive(self) -> int:
        if self._int32(layout.SERVER_STATE_AT) == layout.STARTING:
            return layout.NOT_SERVING
        heartbeat = self._words[layout.HEARTBEAT_AT // 8]
        self._barrier()
        silent = abs(monotonic_ns() - heartbeat)
        gone = self._int32(layout.SERVER_STATE_AT) != layout.SERVING or silent > layout.SILENCE
        return layout.SERVER_GONE if gone else layout.OK

    def version(self, slot: int) -> int:
        place = self._place(slot)
        return 0 if place is None else self._words[(place + layout.COUNTER_AT) // 8]

    def read(self, slot: int) -> bytes | int:
        found = self.last(slot)
        if isinstance(found, int):
            return found
        return self.alive() or found

    def last(self, slot: int) -> bytes | int:
        place = self._place(slot)
        if place is None:
            return layout.NO_MARKET
        counter_at = (place + layout.COUNTER_AT) // 8
        for _ in range(layout.ATTEMPTS):
            counter = self._words[counter_at]
            if not counter:
                return layout.NO_BOOK
            self._barrier()
            snapshot = self._copied(place + self._first_body + (counter & 1) * self._body_size)
            self._barrier()
            if snapshot is not None and self._words[counter_at] == counter:
                served = self._int32(place + layout.STATE_AT) == layout.SERVED
                return snapshot if served else layout.GONE_MARKET
        return layout.NO_WHOLE_BOOK

    def _copied(self, body: int) -> bytes | None:
        """A copy, packed; None where the counts are of two books."""
        memory, levels_at = self._memory, body + layout.BOOK.size
        start = bytes(memory[body:levels_at])
        bids, asks, venues = layout.COUNTS.unpack_from(start, layout.COUNTS_AT)
        if bids > self._levels or asks > self._levels or venues > self._venues:
            return None
        asks_at = levels_at + self._levels * layout.LEVEL.size
        venues_at = asks_at + self._levels * layout.LEVEL.size
        return b"".join(
            (
                start,
                memory[levels_at : levels_at + bids * layout.LEVEL.size],
                memory[asks_at : asks_at + asks * layout.LEVEL.size],
                memory[venues_at : venues_at + venues * layout.VENUE.size],
            )
        )

    def _barrier(self) -> None:
        """Reads before this come before reads after it, on every processor.

        What comes after the second acquisition of a lock comes after the release before it; what comes before the
        release comes before that.
        """
        with self._fence:
            pass
        with self._fence:
            pass

    def _place(self, slot: int) -> int | None:
        if not 0 <= slot < min(self._int32(layout.SLOT_COUNT_AT), self._slots):
            return None
        return self._first_slot + slot * self._slot_size

    def _int32(self, at: int) -> int:
        return int.from_bytes(self._memory[at : at + 4], _ORDER)


_ORDER = sys.byteorder
