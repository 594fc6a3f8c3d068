"""Seals segments that a crash has left open: cuts off the torn tail, and writes the index and the end."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from .blocks import Block, DamagedError
from .errors import RecordingError
from .folder import segments
from .index import IndexBuilder
from .layout import FILE_HEADER, RAW, UNNAMED, BlockKind
from .segment_file import SegmentFile
from .segment_header import NO_ROOT
from .segment_writer import End, SegmentWriter


class Sealed(NamedTuple):
    """A segment after its repair."""

    root: bytes
    repaired: bool
    """Whether there was something to do."""
    cut: int
    """Bytes that were no whole block, and were cut off."""


def continued(folder: Path, time: int) -> tuple[int, bytes]:
    """Number and root of the folder's last segment, which is repaired before: 0 and NO_ROOT in an empty folder.

    `time` (nanoseconds UTC) becomes the time of index and end. Raises RecordingError.
    """
    for path in folder.joinpath(RAW).glob(f"*/*{UNNAMED}"):
        path.unlink(missing_ok=True)
    found = segments(folder)
    if not found:
        return 0, NO_ROOT
    return found[-1].header.number, sealed(found[-1].path, time).root


def sealed(path: Path, time: int) -> Sealed:
    """Repairs one segment where that is necessary. Damaged blocks stay as they are, and the index leaves them out.

    Raises RecordingError.
    """
    found = IndexBuilder()
    with SegmentFile(path) as file:
        end, total, root = End(FILE_HEADER.size, 0, file.header.chain), file.size, file.root()
        if root is not None:
            return Sealed(root, False, 0)
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
    return Sealed(root, True, total - end.size)


def _add(found: IndexBuilder, block: Block) -> None:
    """Adds a block to the index, unless it is of a later version or damaged within."""
    if block.holds_records:
        try:
            found.add(block, block.payload)
        except (DamagedError, ValueError):
            return
