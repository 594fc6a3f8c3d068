"""Writes a recording: blocks into segments, and a new segment for each UTC hour, each start, and each GiB."""

from __future__ import annotations

import time as clocks
from collections.abc import Callable
from pathlib import Path

from . import bodies
from .errors import RecordingError
from .folder import new_path
from .layout import BLOCK_BYTES, BLOCK_NS, HOUR_NS, SEGMENT_BYTES
from .payload import Payload
from .records import Kind, Record
from .repair import continued
from .ring_batch import Batch
from .segment_header import NO_ROOT, SegmentHeader
from .segment_writer import SegmentWriter


class RecordingWriter:
    """The writer of one folder. The caller has made sure that nobody else writes there."""

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], int] = clocks.time_ns,
        segment_bytes: int = SEGMENT_BYTES,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        """Seals what a crash has left. `clock` gives nanoseconds UTC. Raises RecordingError."""
        self._folder, self._clock = folder, clock
        self._segment_bytes, self._block_bytes = segment_bytes, block_bytes
        self._segment: SegmentWriter | None = None
        self._hour = 0
        self._payload = Payload()
        self._since = 0
        self._definitions = Definitions()
        self.bytes = 0
        """Bytes on the disk."""
        self.blocks = 0
        """Blocks on the disk."""
        self._found = continued(folder, clock())
        self._number, self._root = (self._found.number, self._found.root) if self._found else (0, NO_ROOT)

    @property
    def path(self) -> Path | None:
        """The open segment."""
        return None if self._segment is None else self._segment.path

    def define(self, record: Record) -> None:
        """Adds a definition that is alive already: it is written at the beginning of each segment."""
        self._definitions.add(record)

    def add(self, record: Record) -> bool:
        """Adds a record; True when the block is full, and flush() is due. Raises ValueError for a body that is too
        large."""
        if not self._payload.records:
            self._since = self._clock()
        self._payload.add(record)
        return self._payload.size >= self._block_bytes

    @property
    def due(self) -> bool:
        """Whether the block is full, or its first record is a second old. A clock that was set back counts as well."""
        if not self._payload.records:
            return False
        return self._payload.size >= self._block_bytes or abs(self._clock() - self._since) >= BLOCK_NS

    def flush(self) -> None:
        """Writes the added records to the disk. Raises RecordingError: the records still wait then."""
        if self._payload.records:
            self.write(self._payload)
            self._payload = Payload()

    def write(self, payload: Payload | Batch, intend: Callable[[int, int], None] | None = None) -> None:
        """Writes records as one block, to the disk. `intend` is told before where the block will be: number of its
        segment, and its number in the segment. Raises RecordingError: nothing is written then."""
        segment = self._writable()
        before = segment.size
        if intend is not None:
            intend(self._number, segment.blocks)
        segment.write(payload)
        self.blocks += 1
        self.bytes += segment.size - before
        for record in payload.definitions:
            self._definitions.add(record)

    def has(self, segment: int, block: int) -> bool:
        """Whether the folder's last segment, as it was when this writer was made, is this one and has this block of
        records."""
        return self._found is not None and self._found.number == segment and block < self._found.blocks

    def close(self) -> None:
        """Writes what waits and seals the segment. Raises RecordingError."""
        self.flush()
        self._seal()

    def _writable(self) -> SegmentWriter:
        """The segment for the next block. Raises RecordingError."""
        now = self._clock()
        segment = self._segment
        if segment is not None and segment.gone:
            # Somebody has removed the file: what follows goes into a new one.
            self._root = segment.root
            segment.close()
            segment = self._segment = None
        if segment is not None and (now // HOUR_NS != self._hour or segment.size >= self._segment_bytes):
            self._seal()
            segment = None
        return segment or self._begun(now)

    def _begun(self, now: int) -> SegmentWriter:
        """A new segment, which begins with the definitions that are alive. Raises RecordingError."""
        header = SegmentHeader(now, self._number + 1, self._root)
        segment = SegmentWriter.begun(new_path(self._folder, now), header)
        alive = Payload()
        for record in self._definitions.alive:
            alive.add(record._replace(time=now))
        try:
            if alive.records:
                segment.write(alive)
        except RecordingError:
            segment.close()
            segment.path.unlink(missing_ok=True)
            raise
        self._segment, self._hour, self._number = segment, now // HOUR_NS, header.number
        self.bytes += segment.size
        return segment

    def _seal(self) -> None:
        if self._segment is not None:
            self._root = self._segment.seal(self._clock())
            self._segment = None


class Definitions:
    """The run and the sources that are alive."""

    def __init__(self) -> None:
        self._run: Record | None = None
        self._sources: dict[int, Record] = {}

    @property
    def alive(self) -> list[Record]:
        """The records that a segment begins with."""
        return [*([self._run] if self._run else []), *self._sources.values()]

    def add(self, record: Record) -> None:
        """Adds a RUN, which ends all sources before it, or a SOURCE, which may say that a source has ended."""
        if record.kind == Kind.RUN:
            self._run = record
            self._sources.clear()
        elif bodies.unpacked(record.body).get("ended"):
            self._sources.pop(record.source, None)
        else:
            self._sources[record.source] = record
