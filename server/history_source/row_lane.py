"""One way of rows out of the server: a ring in memory, and the process that empties it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..neighbours import recording
from ..ring_child import RingChild, Words
from .row_drain import FLUSH, ROWS

if TYPE_CHECKING:
    from recording import Counters, Ring

RING_BYTES = 32 << 20
STOP_PATIENCE = 15.0
SETTLE_POLL = 0.01


class RowLane:
    """Thread-safe. What does not fit is counted, and nobody waits."""

    def __init__(
        self,
        words: Words,
        command: Callable[[Ring], Sequence[str]],
        descriptors: Sequence[int] = (),
        first_input: bytes = b"",
    ) -> None:
        """`command`: of the process that empties the ring; it inherits `descriptors`, and reads `first_input` first.
        Raises RecordingError: there is no memory."""
        self._ring = recording.Ring.made(RING_BYTES)
        inherited = self._ring.descriptor, *descriptors
        self.child = RingChild(words, command(self._ring), self._ring, inherited, lambda: first_input)

    @property
    def counters(self) -> Counters:
        """What went through the ring so far; `lost`: rows that did not fit."""
        return self._ring.counters

    def start(self) -> None:
        """Starts the process."""
        self.child.start()

    def put(self, body: bytes, now: int, monotonic: int) -> None:
        """Hands on a row, at this time of both clocks (nanoseconds)."""
        self._ring.put(0, ROWS, body, now, monotonic)

    def settle(self, seconds: float) -> bool:
        """Waits until all rows that were put before are on the disk, at most so many seconds. False: they are not."""
        deadline = time.monotonic() + seconds
        if not self._ring.put(0, FLUSH, b"", time.time_ns(), time.monotonic_ns()):
            return False
        position = self._ring.head
        while self._ring.tail < position:
            if time.monotonic() > deadline:
                return False
            time.sleep(SETTLE_POLL)
        return True

    def stop(self) -> None:
        """Lets the process write all rows, and waits for its end."""
        self.child.stop(STOP_PATIENCE)
