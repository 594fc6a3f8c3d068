"""Puts records into a ring's memory and takes them out: in C where the extension was built, else in Python."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from .pure_ring import PureRingAccess
from .ring_batch import Batch

IMPLEMENTATION = "python"
"""What moves records: "c" or "python"; ONEBOOK_PURE=1 selects Python."""


class RingAccess(Protocol):
    """The memory is a ring that Ring has made. Both implementations may use one ring at the same time."""

    def close(self) -> None:
        """Lets go of the memory; every later call raises ValueError."""

    def put(self, source: int, kind: int, data: bytes, time: int, monotonic: int) -> bool:
        """Puts a record in, and never waits. False: it did not fit; it was counted, and a record of kind LOST will
        stand in its place."""
        ...

    def receiver(self, source: int) -> Callable[[bytes, tuple[int, int]], object]:
        """A function that puts a message of a source with its receipt: time and monotonic time."""
        ...

    def collect(self, limit: int, start: int | None = None) -> Batch | None:
        """The oldest records, until they have `limit` bytes as a block, and at least one; None where there is none.
        They stay in the ring: `start`, the end of a batch, is where the next ones begin. Raises ValueError for a ring
        that is damaged."""
        ...

    def advance(self, end: int) -> None:
        """Gives the space before this position back to the producer."""


if TYPE_CHECKING:

    def open_ring(memory: Any) -> RingAccess: ...

else:
    open_ring = PureRingAccess
    if os.environ.get("ONEBOOK_PURE") != "1":
        try:
            from ._ring import RingAccess as CRingAccess
        except ModuleNotFoundError as error:  # There was no compiler.
            if not error.name.endswith("._ring"):
                raise
        else:
            open_ring, IMPLEMENTATION = CRingAccess, "c"
