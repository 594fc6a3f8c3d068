"""Writes one segment: blocks of records, each on the disk before the next, then index and end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from . import blocks
from .blocks import Block, BlockHeader
from .codecs import Compressor
from .errors import RecordingError
from .index import IndexBuilder
from .layout import END_PAYLOAD, FILE_HEADER, UNNAMED, BlockKind, Codec
from .payload import Payload
from .ring_batch import Batch
from .segment_header import SegmentHeader

MODE = 0o600
"""Recordings are for their owner."""


class End(NamedTuple):
    """The end of what is written of a segment."""

    size: int
    """Bytes of whole blocks, and of the file's header."""
    number: int
    """Number of the next block."""
    chain: bytes
    """Chain of the last block."""


class SegmentWriter:
    """One open segment. A block is written whole or not at all: what is left of a failed write is cut off."""

    def __init__(self, path: Path, file: int, end: End, found: IndexBuilder) -> None:
        """For begun() and continued(): `file` is the open descriptor, `found` what the index tells so far."""
        self.path = path
        self._file = file
        self._end = end
        self._compressor = Compressor()
        self._index = found

    @classmethod
    def begun(cls, path: Path, header: SegmentHeader) -> SegmentWriter:
        """The writer of a new file, whose folder is made as well. Raises RecordingError where that cannot be done."""
        made = path.with_suffix(UNNAMED)
        try:
            _make_folders(path.parent)
            file = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
        except OSError as error:
            raise RecordingError(f"{path} cannot be made: {error.strerror}") from error
        try:
            _append(file, header.packed(), 0)
            # The file has its name only when it is a segment: a crash leaves no file that is none.
            made.rename(path)
            sync_folder(path.parent)
        except OSError as error:
            os.close(file)
            made.unlink(missing_ok=True)
            raise RecordingError(f"{path} cannot be made: {error.strerror}") from error
        return cls(path, file, End(FILE_HEADER.size, 0, header.chain), IndexBuilder())

    @classmethod
    def continued(cls, path: Path, end: End, found: IndexBuilder) -> SegmentWriter:
        """The writer of a segment that a crash has left: what lies behind `end` is cut off. Raises RecordingError."""
        try:
            file = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            raise RecordingError(f"{path} cannot be repaired: {error.strerror}") from error
        os.ftruncate(file, end.size)
        return cls(path, file, end, found)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._end.size

    @property
    def root(self) -> bytes:
        """Chain of the last block: after seal() the root of the segment."""
        return self._end.chain

    @property
    def blocks(self) -> int:
        """Number of blocks so far."""
        return self._end.number

    @property
    def gone(self) -> bool:
        """Whether the file was removed."""
        return os.fstat(self._file).st_nlink == 0

    def write(self, payload: Payload | Batch) -> None:
        """Writes the records as one block, and returns when the block is on the disk. Raises RecordingError."""
        body = payload.packed()
        block = self._put(BlockKind.RECORDS, body, payload.records, payload.first_time, payload.last_time)
        self._index.add(block, body)

    def seal(self, time: int) -> bytes:
        """Writes index and end, closes the file, and returns the segment's root. `time`: nanoseconds UTC. Raises
        RecordingError: the file is still open then, and seal() may be called again."""
        before = self._end
        try:
            self._put(BlockKind.INDEX, self._index.index.packed(), 0, time, time)
            self._put(BlockKind.END, END_PAYLOAD.pack(before.size, self._index.records), 0, time, time)
        except RecordingError:
            os.ftruncate(self._file, before.size)
            self._end = before
            raise
        self.close()
        return self._end.chain

    def close(self) -> None:
        """Closes the file as it is."""
        os.close(self._file)

    def _put(self, kind: BlockKind, payload: bytes, records: int, first: int, last: int) -> Block:
        # The end is found from the end of the file, by its size: it is stored as it is.
        codec = Codec.NONE if kind is BlockKind.END else self._compressor.codec
        stored = self._compressor.stored(payload) if codec else payload
        size, number, chain = self._end
        header = BlockHeader(kind, codec, number, len(stored), len(payload), records, first, last, b"")
        begin, chain = blocks.packed(header, stored, chain)
        try:
            written = _append(self._file, begin + stored, size)
        except OSError as error:
            os.ftruncate(self._file, size)
            raise RecordingError(f"{self.path} cannot be written: {error.strerror}") from error
        self._end = End(written, number + 1, chain)
        return Block(size, header._replace(chain=chain), stored)


def _append(file: int, data: bytes, at: int) -> int:
    """Writes behind the first `at` bytes, to the disk; returns the new size. Raises OSError."""
    view = memoryview(data)
    while view:
        done = os.pwrite(file, view, at)
        view, at = view[done:], at + done
    # Where the system has no fdatasync (macOS), times of the file are written as well.
    getattr(os, "fdatasync", os.fsync)(file)
    return at


def _make_folders(day: Path) -> None:
    """Makes the folder of a day, but never the folder of the recording: where that is gone, a disk may be missing."""
    day.parent.mkdir(exist_ok=True, mode=0o700)
    day.mkdir(exist_ok=True, mode=0o700)


def sync_folder(folder: Path) -> None:
    """Writes the names in a folder to the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
