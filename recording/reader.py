"""Records of a segment, or of a whole recording, in their order."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from . import bodies
from .beginning import FromTime, find_beginning
from .blocks import Block, BlockHeader
from .errors import DamagedError
from .folder import Segment, ignore, segments
from .index import Entry
from .record_table import RecordTable
from .records import DEFINING, NO_SOURCE, Kind, Record
from .segment_file import Damage, SegmentFile

Report = Callable[[str], None]
Found = TypeVar("Found", bound="Record | RecordTable")
Records = TypeVar("Records")


def read_blocks(path: str | Path, report: Report = ignore) -> Iterator[Block]:
    """The blocks of records of one segment: for programs that need payloads, not single records.

    Damage is reported, one line each, and left out. Raises RecordingError for a file that is no segment.
    """
    with SegmentFile(Path(path)) as file:
        for found in file.blocks():
            if isinstance(found, Damage):
                report(line(file.path, found))
            elif found.holds_records:
                yield found


def read_segment(path: str | Path, report: Report = ignore) -> Iterator[Record]:
    """All records of one segment, in their order.

    Where a block is damaged, a record of kind LOST stands in its place, and reading goes on with the next block. What
    a crash has left of a last block was never acknowledged: it is reported, and no record. Raises RecordingError for a
    file that is no segment.
    """
    with SegmentFile(Path(path)) as file:
        yield from _Window(None, None, None).records(file, report)


def read(
    path: str | Path,
    start: int | None = None,
    end: int | None = None,
    sources: Container[int] | None = None,
    report: Report = ignore,
) -> Iterator[Record]:
    """The records of a recording's folder, or of one segment, in their order.

    `start` (included) and `end` (excluded) are nanoseconds UTC. `sources` names the sources to read; a number stands
    for another source after the next RUN. RUN and SOURCE records come in any case, those before `start` included, and
    once: their repetitions at the beginnings of segments are left out. Where segments are missing or cut, a record of
    kind LOST stands in their place. Raises RecordingError where there is no recording.
    """
    window = _Window(start, end, sources)
    yield from _of_files(_files(Path(path), report), window, window.records, report)


def read_from(path: str | Path, time: int, end: int | None = None, report: Report = ignore) -> Iterator[Record]:
    """The records from `time` (nanoseconds UTC) on, up to `end` (excluded), behind those that they need.

    Needed is, of each connection that is there at that time, everything since it was opened: of that its books are
    made. RUN, SOURCE and COMMAND records come in any case. Blocks without anything wanted are left out as far as the
    indexes tell. Raises RecordingError where there is no recording.
    """
    files = _files(Path(path), report)
    if files:
        beginning = find_beginning(files, time)
        window = _LateWindow(FromTime(beginning, time, end), beginning.segment)
        yield from _of_files(files[beginning.segment :], window, window.records, report)


def read_tables(
    path: str | Path, begin: int = 0, end: int | None = None, report: Report = ignore
) -> Iterator[Record | RecordTable]:
    """The same records as read_from() with a `begin`, else as read(). Blocks of which everything is wanted come as
    tables, unless they define something: a program takes their records itself, many at once."""
    found = _files(Path(path), report)
    if not begin or not found:
        window = _Window(None, end, None)
        yield from _of_files(found, window, window.tables, report)
        return
    beginning = find_beginning(found, begin)
    late = _LateWindow(FromTime(beginning, begin, end), beginning.segment)
    yield from _of_files(found[beginning.segment :], late, late.tables, report)


def _files(path: Path, report: Report) -> list[Segment]:
    if not path.is_file():
        return segments(path, report)
    with SegmentFile(path) as file:
        return [Segment(path, file.header)]


def _of_files(
    files: Sequence[Segment],
    window: _Window,
    wanted: Callable[[SegmentFile, Report], Iterator[Found]],
    report: Report,
) -> Iterator[Found | Record]:
    """`wanted` reads what the window shows of a segment."""
    root = b""
    for segment in files:
        with SegmentFile(segment.path) as file:
            if root and file.header.previous_root != root:
                reason = f"{file.path} does not continue the segment before: records are missing"
                report(reason)
                yield lost(reason, file.header.start)
            yield from wanted(file, report)
        root = window.root


def lost(reason: str, time: int) -> Record:
    """The record that stands for damage."""
    return Record(Kind.LOST, NO_SOURCE, bodies.damage(reason), time, 0)


class _Window:
    """What a caller wants of a recording, and what was defined so far."""

    def __init__(self, start: int | None, end: int | None, sources: Container[int] | None) -> None:
        self.root = b""
        """Chain of the last whole block that was read."""
        self._start, self._end, self._sources = start, end, sources
        self._all = start is None and end is None and sources is None
        self._run = b""
        self._defined: dict[int, bytes] = {}

    def records(self, file: SegmentFile, report: Report) -> Iterator[Record]:
        """The wanted records of one segment."""
        for found in self._usable(file, report, Block.records):
            if isinstance(found, Record):
                yield found
            else:
                yield from self._wanted(found[1])

    def tables(self, file: SegmentFile, report: Report) -> Iterator[Record | RecordTable]:
        """The wanted records of one segment: whole blocks where that is all the same."""
        for found in self._usable(file, report, Block.table):
            if isinstance(found, Record):
                yield found
                continue
            header, table = found
            if self._wants_whole(header) and DEFINING.isdisjoint(table.kinds):
                yield table
            else:
                yield from self._wanted(table.left())

    def _usable(
        self, file: SegmentFile, report: Report, records_of: Callable[[Block], Records]
    ) -> Iterator[Record | tuple[BlockHeader, Records]]:  # fmt: skip
        """The wanted blocks of one segment with their records, and a record for each that is damaged."""
        self.root, time = file.header.chain, file.header.start
        for found in file.blocks(self._unwanted(file)):
            if isinstance(found, Damage):
                report(line(file.path, found))
                if not found.tail:
                    yield lost(line(file.path, found), time)
                continue
            self.root, time = found.header.chain, found.header.last_time
            if not found.holds_records:
                continue
            try:
                records = records_of(found)
            except DamagedError as error:
                reason = f"{file.path}: block {found.header.number} is damaged: {error}"
                report(reason)
                yield lost(reason, time)
            else:
                yield found.header, records

    def _wanted(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            if record[0] in DEFINING:
                if self._is_new(record):
                    yield record
            elif self._all or self._wants(record):
                yield record

    def _wants_whole(self, header: BlockHeader) -> bool:
        """Whether all records of a block are wanted that define nothing."""
        return (
            self._sources is None
            and (self._start is None or header.first_time >= self._start)
            and (self._end is None or header.last_time < self._end)
        )

    def _is_new(self, record: Record) -> bool:
        """Whether a definition says what the definitions before did not say."""
        if record.kind == Kind.RUN:
            if record.body == self._run:
                return False
            self._run = record.body
            self._defined.clear()
            return True
        if self._defined.get(record.source) == record.body:
            return False
        self._defined[record.source] = record.body
        return True

    def _wants(self, record: Record) -> bool:
        return (
            (self._start is None or record.time >= self._start)
            and (self._end is None or record.time < self._end)
            and (self._sources is None or record.source == NO_SOURCE or record.source in self._sources)
        )

    def _unwanted(self, file: SegmentFile) -> set[int]:
        """Offsets of the blocks that hold nothing wanted, as far as the segment's index tells."""
        found = None if self._all else file.index()
        return set() if found is None else {entry.offset for entry in found.entries if not self._wants_of(entry)}

    def _wants_of(self, entry: Entry) -> bool:
        if entry.defining:
            return True
        in_time = (self._start is None or entry.last_time >= self._start) and (
            self._end is None or entry.first_time < self._end
        )
        return in_time and (
            self._sources is None
            or NO_SOURCE in entry.sources
            or any(number in self._sources for number in entry.sources)
        )


class _LateWindow(_Window):
    """What read_from() wants."""

    def __init__(self, wanted: FromTime, segment: int) -> None:
        super().__init__(None, None, None)
        self._all = False
        self._late, self._segment = wanted, segment

    def _wants(self, record: Record) -> bool:
        return self._late.wants(record, self._run)

    def _wants_whole(self, header: BlockHeader) -> bool:
        return self._late.wants_whole(header.last_time)

    def _unwanted(self, file: SegmentFile) -> set[int]:
        self._segment += 1
        return self._late.unwanted(file, self._segment - 1)


def line(path: Path, damage: Damage) -> str:
    """A finding, for people."""
    if damage.tail:
        return f"{path}: {damage.length} bytes at its end are no whole block ({damage.reason})"
    return f"{path}: {damage.reason}"
