"""Where to begin to read a recording, so that all is known that later records need.

A book is made of the snapshot at the begin of its connection and of all messages since. So of each connection that is
there at a time everything is needed since it was opened; and commands, and what defines runs and sources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from . import bodies
from .errors import DamagedError
from .folder import Segment
from .index import Entry, IndexBuilder
from .records import Kind, Record
from .segment_file import Damage, SegmentFile

_NEVER = 2**63
Place = tuple[int, int]
"""A segment, and a block of records in there, from 0."""


@dataclass
class Beginning:
    """What is to be read before a time."""

    segment: int = 0
    """The first segment that is to be read: it has the run that lasts at that time."""
    run: bytes = b""
    """Body of the RUN record of that run; empty: there is none before."""
    place: Place = (0, 0)
    """What lies before only defines runs and sources, or is a command."""
    opened: dict[int, int] = field(default_factory=dict)
    """By source: monotonic time of the first record that is needed."""


class _Source(NamedTuple):
    number: int
    rest: bool


def find_beginning(files: Sequence[Segment], time: int) -> Beginning:
    """What later records need from before `time`, nanoseconds UTC. Raises RecordingError."""
    current = max((place for place, each in enumerate(files) if each.header.start <= time), default=0)
    with SegmentFile(files[current].path) as file:
        run, sources = _defined(file, time)
    found = Beginning(current, run)
    missing = {source.number for source in sources if not source.rest}
    place = current
    while place >= 0 and run:
        with SegmentFile(files[place].path) as file:
            if place < current and _defined(file)[0] != run:
                break
            found.segment = place
            for number, monotonic, block in _openings(file, missing, time if place == current else None):
                found.opened[number] = monotonic
                found.place = place, block
        if not missing:
            break
        place -= 1
    if missing or not found.opened:  # Some were never opened: their records are few.
        found.place = (found.segment, 0) if found.opened else (current, 0)
    begin = min(found.opened.values(), default=_NEVER)
    found.opened |= dict.fromkeys(missing | {source.number for source in sources if source.rest}, begin)
    return found


def entries_of(file: SegmentFile) -> list[Entry]:
    """The blocks of records of a segment, also of one that has no index."""
    index = file.index()
    if index is not None:
        return index.entries
    builder = IndexBuilder()
    for found in file.blocks():
        if not isinstance(found, Damage) and found.holds_records:
            try:
                builder.add(found, found.payload)
            except DamagedError:
                continue  # Whoever reads the records reports it.
    return builder.index.entries


def _defined(file: SegmentFile, time: int | None = None) -> tuple[bytes, set[_Source]]:
    """The run, and the sources that are there, at the end of a segment, or at a time in it."""
    run, sources = b"", set[_Source]()
    for entry in entries_of(file):
        if not entry.defining:
            continue
        if time is not None and entry.first_time >= time and run:
            break
        for record in _records(file, entry):
            if time is not None and record.time >= time and run:
                break
            if record.kind == Kind.RUN and record.body != run:
                run = record.body
                sources.clear()
            elif record.kind == Kind.SOURCE:
                _define(record.body, sources)
    return run, sources


def _define(body: bytes, sources: set[_Source]) -> None:
    try:
        read = bodies.unpacked(body)
        number, rest = int(read["source"]), read.get("connection") == bodies.REST
    except (KeyError, TypeError, ValueError, AttributeError):
        return  # Whoever plays the records reports it.
    sources.difference_update({_Source(number, True), _Source(number, False)})
    if not read.get("ended"):
        sources.add(_Source(number, rest))


def _openings(file: SegmentFile, missing: set[int], time: int | None) -> Iterator[tuple[int, int, int]]:
    """The last openings of these sources, from the end (or a time) back: source, monotonic time, block. A source that
    was found is missing no longer."""
    entries = entries_of(file)
    for block in range(len(entries) - 1, -1, -1):
        entry = entries[block]
        if not missing:
            return
        if missing.isdisjoint(entry.sources) or (time is not None and entry.first_time >= time):
            continue
        last: Mapping[int, int] = {
            record.source: record.monotonic
            for record in _records(file, entry)
            if record.kind == Kind.OPENED and record.source in missing and (time is None or record.time < time)
        }
        for source, monotonic in last.items():
            missing.discard(source)
            yield source, monotonic, block


def _records(file: SegmentFile, entry: Entry) -> Iterator[Record]:
    try:
        yield from file.block(entry.offset).records()
    except DamagedError:
        return  # Whoever reads the records reports it.


class FromTime:
    """Which records of a recording are wanted by who begins at a time."""

    def __init__(self, beginning: Beginning, time: int, end: int | None) -> None:
        self._beginning, self._time, self._end = beginning, time, end
        self._started = not beginning.run
        self._reached = False

    def wants(self, record: Record, run: bytes) -> bool:
        """Whether a record is wanted that defines nothing; `run` is the run that it belongs to."""
        self._started = self._started or run == self._beginning.run
        if not self._reached:
            self._reached = self._started and record.time >= self._time
        if self._reached:
            return self._end is None or record.time < self._end
        if record.kind == Kind.COMMAND:
            return self._started
        opened = self._beginning.opened.get(record.source)
        return self._started and opened is not None and record.monotonic >= opened

    def wants_whole(self, last_time: int) -> bool:
        """Whether everything is wanted of a block of records whose latest time this is."""
        return self._reached and (self._end is None or last_time < self._end)

    def unwanted(self, file: SegmentFile, segment: int) -> set[int]:
        """Offsets of the blocks of a segment that hold nothing wanted."""
        if segment > self._beginning.place[0]:
            return set()
        found = file.index()
        entries = [] if found is None else found.entries
        place = self._beginning.place
        return {each.offset for block, each in enumerate(entries) if (segment, block) < place and not each.defining}
