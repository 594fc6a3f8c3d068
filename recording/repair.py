"""Seals segments that a crash has left open: cuts off the torn tail, and writes the index and the end."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from .blocks import Block
from .errors import DamagedError, RecordingError
from .folder import segments
from .index import IndexBuilder
from .layout import FILE_HEADER, RAW, UNNAMED, BlockKind
from .segment_file import SegmentFile
from .segment_writer import End, SegmentWriter


class Sealed(NamedTuple):
    """A segment after its repair."""

    root: bytes
    blocks: int
    """Number of its blocks of records, damaged ones included."""
    repaired: bool
    """Whether there was something to do."""
    cut: int
    """Bytes that were no whole block, and were cut off."""


class Last(NamedTuple):
    """The last segment of a folder."""

    number: int
    root: bytes
    blocks: int
    """Number of its blocks of records, damaged ones included."""


def continued(folder: Path, time: int) -> Last | None:
    """The folder's last segment, which is repaired before; None in an empty folder.

    `time` (nanoseconds UTC) becomes the time of index and end. Raises RecordingError.
    """
    for path in folder.joinpath(RAW).glob(f"*/*{UNNAMED}"):
        path.unlink(missing_ok=True)
    found = segments(folder)
    if not found:
        return None
    result = sealed(found[-1].path, time)
    return Last(found[-1].header.number, result.root, result.blocks)


def sealed(path: Path, time: int) -> Sealed:
    """Repairs one segment where that is necessary. Damaged blocks stay as they are, and the index leaves them out.

    Raises RecordingError.
    """
    found = IndexBuilder()
    with SegmentFile(path) as file:
        end, total, last = End(FILE_HEADER.size, 0, file.header.chain), file.size, file.last()
        if last is not None:
            return Sealed(last.header.chain, last.header.number - 1, False, 0)
        for block in file.blocks():
            if not isinstance(block, Block) or block.header.kind in (BlockKind.INDEX, BlockKind.END):
                continue  # Index and end are written anew.
            end = End(block.end, block.header.number + 1, block.header.chain)
            _add(found, block)
    writer = SegmentWriter.continued(path, end, found)
    try:
        root = writer.seal(time)
    except RecordingError:
        writer.close()
        raise
    return Sealed(root, end.number, True, total - end.size)


def _add(found: IndexBuilder, block: Block) -> None:
    """Adds a block to the index, unless it is of a later version or damaged within."""
    if block.holds_records:
        try:
            found.add(block, block.payload)
        except (DamagedError, ValueError):
            return
