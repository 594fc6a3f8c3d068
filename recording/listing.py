"""What a recording holds, segment by segment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .blocks import Block
from .folder import segments
from .segment_file import SegmentFile


class Row(NamedTuple):
    """One segment."""

    path: Path
    number: int
    first_time: int
    """The earliest time of its records, nanoseconds UTC; of a segment without records, when it was begun."""
    last_time: int
    records: int
    bytes: int
    sealed: bool


def rows(folder: Path) -> Iterator[Row]:
    """The segments of a folder, in order. Raises RecordingError."""
    for segment in segments(folder):
        with SegmentFile(segment.path) as file:
            start, found = file.header.start, file.index()
            if found is not None:
                spans = [(entry.first_time, entry.last_time, entry.records) for entry in found.entries]
            else:
                blocks = [block.header for block in file.blocks() if isinstance(block, Block) and block.holds_records]
                spans = [(header.first_time, header.last_time, header.records) for header in blocks]
            first = min((span[0] for span in spans), default=start)
            last = max((span[1] for span in spans), default=start)
            total = sum(span[2] for span in spans)
            yield Row(segment.path, segment.header.number, first, last, total, file.size, found is not None)
