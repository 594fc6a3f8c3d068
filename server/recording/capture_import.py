"""Writes a capture as a recording: the same records that a server would have made of these messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..connection.connection_thread import TICK
from ..neighbours import recording
from ..units import SECOND
from .capture_files import ANSWERED, CONNECTED, SENT, Line
from .capture_plan import CapturePlan
from .descriptions import members_of, run_body

if TYPE_CHECKING:
    from recording import Record

REST_SOURCE, FIRST_CONNECTION = 1, 2


def import_capture(lines: Callable[[], Iterable[Line]], plan: CapturePlan, folder: Path) -> int:
    """Writes the lines into the folder of a recording, and returns the number of their messages and answers.

    Raises CaptureError, RecordingError.
    """
    lock = recording.FolderLock(recording.made_folder(folder))
    try:
        writer = recording.RecordingWriter(folder)
        count = 0
        for record in Conversion(plan).records(lines()):
            count += record.kind in (recording.Kind.RECEIVED, recording.Kind.SENT, recording.Kind.ANSWER)
            if writer.add(record):
                writer.flush()
        writer.close()
    finally:
        lock.close()
    return count


class Conversion:
    """Makes records of the lines of one capture. Its monotonic clock is that of receipt, without steps back."""

    def __init__(self, plan: CapturePlan) -> None:
        self._plan = plan
        self._sources: dict[str, int] = {}
        """Of each websocket's address."""
        self._monotonic = plan.first_time
        self._next_tick = 0

    def records(self, lines: Iterable[Line]) -> Iterator[Record]:
        """All records, the run and the sources first."""
        plan, kinds = self._plan, recording.Kind
        pairs = [instrument.pair for instrument in plan.instruments]
        run = run_body(plan.first_time, pairs, 10, {plan.name: plan.options})
        yield self._record(kinds.RUN, recording.NO_SOURCE, run, plan.first_time)
        rest = recording.bodies.source(REST_SOURCE, plan.name, recording.bodies.REST)
        yield self._record(kinds.SOURCE, REST_SOURCE, rest, plan.first_time)
        time = plan.first_time
        for line in lines:
            time = line.time or time
            if line.kind == ANSWERED:
                path = _path(line.address)
                body = recording.bodies.answer("GET", path, 200, {}, line.body)
                yield self._record(kinds.ANSWER, REST_SOURCE, body, time)
                continue
            if line.address not in self._sources:
                yield from self._opened(line.address, time)
            if line.kind != CONNECTED:
                kind = kinds.SENT if line.kind == SENT else kinds.RECEIVED
                yield self._record(kind, self._sources[line.address], line.body, time)
            yield from self._ticks(time)
        for source in self._sources.values():
            yield self._record(kinds.CLOSED, source, b"the capture ends here", time)
        yield self._record(kinds.END, recording.NO_SOURCE, b"", time)

    def _opened(self, address: str, time: int) -> Iterator[Record]:
        """Defines a connection, and opens it."""
        source = self._sources[address] = FIRST_CONNECTION + len(self._sources)
        members = members_of(self._plan.sockets) if address == self._plan.websocket else []
        body = recording.bodies.source(source, self._plan.name, len(self._sources), members)
        yield self._record(recording.Kind.SOURCE, source, body, time)
        yield self._record(recording.Kind.OPENED, source, _path(address).encode(), time)

    def _ticks(self, time: int) -> Iterator[Record]:
        """A connection looks at the clock a few times per second, where there are messages."""
        if self._monotonic >= self._next_tick:
            self._next_tick = self._monotonic + int(TICK * SECOND)
            for source in self._sources.values():
                yield self._record(recording.Kind.TICK, source, b"", time)

    def _record(self, kind: int, source: int, body: bytes, time: int) -> Record:
        self._monotonic = max(self._monotonic, time)
        return recording.Record(kind, source, body, time, self._monotonic)


def _path(address: str) -> str:
    """Path and query of an address."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
