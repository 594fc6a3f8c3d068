"""Checks a whole recording: checksums, chains, indexes, missing segments, and gaps that the recorder has noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from . import blocks, bodies
from .blocks import Block
from .errors import DamagedError, RecordingError
from .folder import SECOND, Segment, segments
from .folder_lock import is_locked
from .index import IndexBuilder
from .layout import BlockKind
from .reader import line
from .records import Kind
from .segment_file import Damage, SegmentFile


def findings(folder: Path) -> Iterator[str]:
    """One line for each thing that is wrong, or is missing. Raises RecordingError where there is no recording."""
    unreadable: list[str] = []
    found = segments(folder, unreadable.append)
    yield from unreadable
    if not found:
        yield f"{folder} has no recording"
        return
    root, number = b"", 0
    for segment in found:
        yield from _continues(segment, root, number)
        number = segment.header.number
        is_open = segment is found[-1] and is_locked(folder)
        with SegmentFile(segment.path) as file:
            checker = SegmentCheck(file)
            yield from checker.findings(is_open)
        root = checker.chain


def _continues(segment: Segment, root: bytes, number: int) -> Iterator[str]:
    """Whether a segment continues the one before; the first may be any, as older ones may have been removed."""
    if not root:
        return
    header = segment.header
    missing = header.number - number - 1
    if missing > 0:
        yield f"{segment.path}: {missing} segments before are missing"
    elif header.previous_root != root:
        yield f"{segment.path}: the segment before was changed, cut or replaced: its root is another"


class SegmentCheck:
    """The check of one segment."""

    def __init__(self, file: SegmentFile) -> None:
        self._file = file
        self._found = IndexBuilder()
        self._whole = True
        self.chain = file.header.chain
        """Chain of the last whole block: the root of a sealed segment."""

    def findings(self, is_open: bool) -> Iterator[str]:
        """What is wrong with the segment; one that is open now need not be sealed."""
        path, unknown = self._file.path, False
        for found in self._file.blocks():
            if isinstance(found, Damage):
                self._whole = False
                if not (found.tail and is_open):
                    yield line(path, found)
                if not found.tail:
                    unknown = True  # What the next block continues is not there.
                continue
            _begin, chain = blocks.packed(found.header, found.stored, self.chain)
            if chain != found.header.chain and not unknown:
                yield f"{path}: block {found.header.number} does not continue the chain"
            unknown = False
            self.chain = found.header.chain
            if found.header.kind == BlockKind.RECORDS:
                yield from self._records(found)
        if self._file.root() is None:
            if not is_open:
                yield f"{path} is not sealed: its recorder was killed (onebook recording repair)"
        elif self._whole and self._file.index() != self._found.index:
            yield f"{path}: the index does not tell what the segment holds"

    def _records(self, block: Block) -> Iterator[str]:
        path, number = self._file.path, block.header.number
        try:
            self._found.add(block, block.payload)
            lost = [record for record in block.records() if record.kind == Kind.LOST]
        except (DamagedError, ValueError) as error:
            self._whole = False
            yield f"{path}: block {number} is damaged: {error}"
            return
        for record in lost:
            told = bodies.unpacked(record.body)
            words = f"{told.get('messages')} messages of {told.get('bytes')} bytes"
            yield f"{path}: {words} were lost until {moment(record.time)}: the recorder did not keep up"


def moment(time: int) -> str:
    """Nanoseconds UTC for people, to the millisecond."""
    seconds, rest = divmod(time, SECOND)
    try:
        text = datetime.fromtimestamp(seconds, timezone.utc).isoformat()
    except (ValueError, OverflowError, OSError):
        return f"{time} ns"
    return f"{text.removesuffix('+00:00')}.{rest // 1_000_000:03d}Z"


def check(folder: Path) -> list[str]:
    """All findings; a folder that is none is a finding as well."""
    try:
        return list(findings(folder))
    except RecordingError as error:
        return [str(error)]
