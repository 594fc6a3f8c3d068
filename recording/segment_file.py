"""One segment as a file of blocks: whole blocks, damage between them, the index, and the tail of a crash."""

from __future__ import annotations

import os
import struct
from collections.abc import Container, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

from . import blocks, index, segment_header
from .blocks import Block
from .errors import DamagedError, RecordingError
from .layout import BLOCK_HEADER, BLOCK_MAGIC, END_PAYLOAD, FILE_HEADER, BlockKind

_STEP = 1 << 20


class Damage(NamedTuple):
    """Bytes that are no whole block."""

    offset: int
    length: int
    number: int
    """Number of the first block that is missing."""
    reason: str
    """For people: `block 3 is damaged: its checksum is wrong`."""
    tail: bool
    """Nothing follows: this is what a crash leaves of the last block, or the last block is damaged."""


class SegmentFile:
    """An open segment. A segment that is still being written is read as far as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        """Raises RecordingError for a file that cannot be read, or is none."""
        self.path = path
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise RecordingError(f"{path} cannot be read: {error.strerror}") from error
        try:
            self.size = os.fstat(self._file.fileno()).st_size
            self.header = segment_header.unpacked(self._file.read(FILE_HEADER.size), path)
        except OSError as error:
            self.close()
            raise RecordingError(f"{path} cannot be read: {error.strerror}") from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> SegmentFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the file; fewer at its end. Raises RecordingError."""
        try:
            self._file.seek(offset)
            return self._file.read(length)
        except OSError as error:
            raise RecordingError(f"{self.path} cannot be read: {error.strerror}") from error

    def block(self, offset: int) -> Block:
        """The block at an offset, whose checksum is right. Raises DamagedError, RecordingError."""
        begin = self.read(offset, BLOCK_HEADER.size)
        header = blocks.unpacked(begin)
        if offset + BLOCK_HEADER.size + header.stored_length > self.size:
            raise DamagedError("it is cut short")
        stored = self.read(offset + BLOCK_HEADER.size, header.stored_length)
        blocks.check(begin, stored)
        return Block(offset, header, stored)

    def blocks(self, unwanted: Container[int] = ()) -> Iterator[Block | Damage]:
        """All blocks, index and end included, and the damage between them, in their order.

        Blocks at the `unwanted` offsets are left out, and not checked.
        """
        offset, number = FILE_HEADER.size, 0
        while offset < self.size:
            try:
                if offset in unwanted:
                    offset, number = self._behind(offset), number + 1
                    continue
                block = self.block(offset)
            except DamagedError as error:
                after = self._next_block(offset + 1, number)
                end = self.size if after is None else after
                yield Damage(offset, end - offset, number, f"block {number} is damaged: {error}", after is None)
                if after is None:
                    return
                offset = after
                number = self.block(offset).header.number  # What lies between was reported.
                continue
            if block.header.number != number:
                reason = f"block {number} is missing: block {block.header.number} follows"
                yield Damage(offset, 0, number, reason, False)
                if block.header.number < number:  # An old block in the place of a new one.
                    offset = block.end
                    continue
                number = block.header.number
            yield block
            offset, number = block.end, number + 1

    def root(self) -> bytes | None:
        """The segment's root; None in a segment that is not sealed."""
        end = self.last()
        return None if end is None else end.header.chain

    def index(self) -> index.Index | None:
        """The index; None in a segment that is not sealed, or whose index is damaged."""
        end = self.last()
        if end is None:
            return None
        try:
            offset, _records = END_PAYLOAD.unpack(end.payload)
            block = self.block(offset)
            return index.unpacked(block.payload) if block.header.kind == BlockKind.INDEX else None
        except (DamagedError, ValueError, KeyError, TypeError, OverflowError, struct.error):
            return None

    def last(self) -> Block | None:
        """The end block; None in a segment that is not sealed."""
        try:
            end = self.block(max(0, self.size - BLOCK_HEADER.size - END_PAYLOAD.size))
        except DamagedError:
            return None
        return end if end.header.kind == BlockKind.END else None

    def _behind(self, offset: int) -> int:
        """Where the block at an offset ends, as its header says."""
        return offset + BLOCK_HEADER.size + blocks.unpacked(self.read(offset, BLOCK_HEADER.size)).stored_length

    def _next_block(self, offset: int, number: int) -> int | None:
        """Where the next whole block of at least this number begins."""
        while offset < self.size:
            chunk = self.read(offset, _STEP + len(BLOCK_MAGIC) - 1)
            at = chunk.find(BLOCK_MAGIC)
            if at < 0:
                offset += _STEP
                continue
            try:
                if self.block(offset + at).header.number >= number:
                    return offset + at
            except DamagedError:
                pass  # These bytes only look like a block: the search goes on behind them.
            offset += at + 1
        return None
