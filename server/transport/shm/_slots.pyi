"""Books into the slots of a shared-memory file, whose layout is that of shm/onebook_shm.h."""

from typing import Any, final

STARTING: int
SERVING: int
STOPPED: int
"""What a server can say of itself."""
LONGEST_MARKET: int
"""Bytes of the name of a market, at most."""

def file_size(levels: int, venues: int, slots: int) -> int:
    """Bytes of a file with so many slots, each for so many levels per side and so many venues."""

@final
class SlotWriter:
    """The one writer of a file. Calls for one slot are made by one thread at a time."""

    def __init__(self, memory: Any, *, epoch: int, pid: int, levels: int, venues: int, slots: int) -> None:
        """`memory`: a writable buffer of zeros; it stays in use until close(). ValueError if it is too small."""
    def close(self) -> None:
        """Lets go of the memory; every later call raises ValueError."""
    def set_state(self, state: int) -> None:
        """STARTING at first."""
    def beat(self, monotonic: int) -> None:
        """A sign of life."""
    @property
    def full(self) -> bool:
        """Whether every slot has a market."""
    def next_slot(self) -> tuple[int, int]:
        """Where the next slot will be: offset and bytes."""
    def add(self, market: bytes) -> int:
        """The number of the next slot, for this market from now on. ValueError if it is full, or the name too long."""
    def remove(self, slot: int) -> None:
        """The market is no longer served."""
    def restore(self, slot: int) -> None:
        """The market is served again."""
    def write(self, slot: int, message: bytes, monotonic: int) -> None:
        """Shows the book of an encoded StreamBookResponse, made at this time. ValueError if it is none or too large."""
    def withhold(self, slot: int, publish_time: int, monotonic: int) -> None:
        """Shows a book without levels and venues: none can be made."""
