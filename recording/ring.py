"""The ring between a server and its recorder: memory that both map, and the recorder's counters in it."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

from . import ring_layout as layout
from .errors import RecordingError
from .ring_access import open_ring
from .ring_batch import Batch

SMALLEST, LARGEST = 1 << 16, 1 << 36


class State(IntEnum):
    """What a recorder does."""

    STARTING = 0
    RECORDING = 1
    FAILING = 2
    """Nothing can be written; the recorder tries again."""
    ENDED = 3


class Counters(NamedTuple):
    """What was recorded so far, over all recorders of one ring."""

    records: int
    """Records on the disk."""
    bytes: int
    """Bytes on the disk."""
    blocks: int
    """Blocks on the disk."""
    lost: int
    """Messages that did not fit into the ring."""
    lost_bytes: int
    behind: int
    """Bytes that wait in the ring."""


class Intent(NamedTuple):
    """A block that was about to be written when a recorder ended."""

    segment: int
    """Number of its segment."""
    block: int
    """Its number within the segment."""
    end: int
    """Position of the ring behind its last record."""


class Ring:
    """A ring in memory without a name. Its descriptor is for the recorder, which inherits it."""

    def __init__(self, descriptor: int) -> None:
        """Opens the ring of a descriptor, and owns it from now on. Raises RecordingError if it is none."""
        self.descriptor = descriptor
        try:
            # All pages at once, where the system can: the first round must not be slower than the others.
            flags = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)
            self._memory = mmap.mmap(descriptor, os.fstat(descriptor).st_size, flags)
        except (OSError, ValueError) as error:
            raise RecordingError(f"the ring cannot be opened: {error}") from error
        start = layout.START.unpack_from(self._memory) if len(self._memory) >= layout.HEADER_SIZE else ()
        if start[:3] != (layout.MAGIC, layout.LAYOUT, layout.HEADER_SIZE):
            self._memory.close()
            raise RecordingError("the ring is of another version, or none")
        self._access = open_ring(self._memory)
        self.put: Callable[[int, int, bytes, int, int], bool] = self._access.put
        """Puts a record in: source, kind, body, time, monotonic time. See RingAccess.put."""

    @classmethod
    def made(cls, capacity: int) -> Ring:
        """A new ring of at least so many bytes: the next power of two. Raises RecordingError."""
        size = 1 << (min(LARGEST, max(SMALLEST, capacity)) - 1).bit_length()
        try:
            descriptor = _memory_file()
            os.ftruncate(descriptor, layout.HEADER_SIZE + size)
            os.pwrite(descriptor, layout.START.pack(layout.MAGIC, layout.LAYOUT, layout.HEADER_SIZE, size), 0)
        except OSError as error:
            raise RecordingError(f"there is no memory for a ring of {size:,} bytes: {error.strerror}") from error
        return cls(descriptor)

    def close(self) -> None:
        """Lets go of the memory."""
        self._access.close()
        self._memory.close()
        os.close(self.descriptor)

    def receiver(self, source: int) -> Callable[[bytes, tuple[int, int]], object]:
        """A function that puts a message of a source, with its receipt: see RingAccess.receiver."""
        return self._access.receiver(source)

    # -- the consumer --------------------------------------------------------------------------------------------

    def collect(self, limit: int, start: int | None = None) -> Batch | None:
        """The oldest records, or those from `start` on; see RingAccess.collect."""
        return self._access.collect(limit, start)

    def intend(self, intent: Intent) -> None:
        """Says which block will be written next: a successor looks whether it is on the disk."""
        self._set(layout.INTENT_VALID_AT, 0)
        layout.INTENT.pack_into(self._memory, layout.INTENT_AT, *intent)
        self._set(layout.INTENT_VALID_AT, 1)

    @property
    def intent(self) -> Intent | None:
        """The block that may be on the disk although its records are still in the ring."""
        if not self._get(layout.INTENT_VALID_AT):
            return None
        return Intent(*layout.INTENT.unpack_from(self._memory, layout.INTENT_AT))

    def advance(self, end: int) -> None:
        """The records before this position are on the disk."""
        self._access.advance(end)
        self._set(layout.INTENT_VALID_AT, 0)

    def empty(self) -> None:
        """Throws away what is in the ring."""
        self.advance(self.head)

    def count(self, records: int, size: int, blocks: int) -> None:
        """Adds to the counters."""
        for at, number in ((layout.RECORDS_AT, records), (layout.BYTES_AT, size), (layout.BLOCKS_AT, blocks)):
            self._set(at, self._get(at) + number)

    def say(self, state: State, trouble: str = "") -> None:
        """Shows the recorder's state, and what troubles it, to the server."""
        text = trouble.encode()[: layout.TROUBLE_BYTES - 8]
        self._memory[layout.TROUBLE_AT + 8 : layout.TROUBLE_AT + 8 + len(text)] = text
        self._set(layout.TROUBLE_AT, len(text))
        self._set(layout.STATE_AT, state)

    def forget_loss(self) -> None:
        """The pending loss is on the disk, and the producer is gone."""
        self._set(layout.LOST_MESSAGES_AT, 0)

    @property
    def pending_loss(self) -> tuple[int, int, int] | None:
        """Messages, bytes and since when: lost after the last record of the ring, and in no LOST of it."""
        messages = self._get(layout.LOST_MESSAGES_AT)
        if not messages or self._get(layout.LOST_AT_AT) != self._get(layout.HEAD_AT):
            return None
        since: int = layout.I64.unpack_from(self._memory, layout.LOST_SINCE_AT)[0]
        return messages, self._get(layout.LOST_BYTES_AT), since

    # -- both ----------------------------------------------------------------------------------------------------

    @property
    def state(self) -> tuple[State, str]:
        """The recorder's state, and what troubles it."""
        length = min(layout.TROUBLE_BYTES, self._get(layout.TROUBLE_AT))
        text = self._memory[layout.TROUBLE_AT + 8 : layout.TROUBLE_AT + 8 + length]
        return State(self._get(layout.STATE_AT)), text.decode("utf-8", "replace")

    @property
    def head(self) -> int:
        """Position behind the newest record."""
        return self._get(layout.HEAD_AT)

    @property
    def tail(self) -> int:
        """Position of the oldest record that is not on the disk."""
        return self._get(layout.TAIL_AT)

    @property
    def capacity(self) -> int:
        """Bytes that records may take."""
        return self._get(layout.CAPACITY_AT)

    @property
    def counters(self) -> Counters:
        """What was recorded so far."""
        return Counters(
            records=self._get(layout.RECORDS_AT),
            bytes=self._get(layout.BYTES_AT),
            blocks=self._get(layout.BLOCKS_AT),
            lost=self._get(layout.TOTAL_LOST_MESSAGES_AT),
            lost_bytes=self._get(layout.TOTAL_LOST_BYTES_AT),
            behind=self.head - self.tail,
        )

    def _get(self, at: int) -> int:
        return int(layout.U64.unpack_from(self._memory, at)[0])

    def _set(self, at: int, number: int) -> None:
        layout.U64.pack_into(self._memory, at, number)


def _memory_file() -> int:
    """A file in memory; where the system has none, in its folder for temporary files, without a name."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("onebook-recording", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile(prefix="onebook-recording-") as file:
        return os.dup(file.fileno())
