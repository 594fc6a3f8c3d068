"""Recordings of a server as lines of a capture, for one venue."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .neighbours import recording

if TYPE_CHECKING:
    from recording import Record

NANOSECONDS = 1e9
MAGIC = b"onebkrec"


def is_recording(path: Path) -> bool:
    """Whether this is the folder of a recording, or one of its segments."""
    if path.is_dir():
        return True
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


class RecordedLines:
    """What one venue's connections have received and its REST service has answered, as dictionaries: t (seconds), k
    (recv or http), u (address), d (text).

    Two connections at a time carry the same streams while one replaces the other: then the older one counts.
    """

    def __init__(self, path: Path, venue: str) -> None:
        self._path, self._venue = path, venue
        self._paths: dict[int, str] = {}
        """Of the venue's open connections: the requested paths."""
        self._predecessors: dict[int, int] = {}
        self._sources: set[int] = set()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The lines, in order. Raises RecordingError."""
        kinds = recording.Kind
        for record in recording.read(self._path):
            if record.kind == kinds.RUN:
                self._paths, self._predecessors, self._sources = {}, {}, set()
            elif record.kind == kinds.SOURCE:
                self._define(record)
            elif record.source not in self._sources:
                continue
            elif record.kind == kinds.OPENED:
                self._paths[record.source] = record.body.decode()
            elif record.kind == kinds.CLOSED:
                self._paths.pop(record.source, None)
            elif record.kind == kinds.RECEIVED and self._counts(record.source):
                yield self._line(record, "recv", self._paths.get(record.source, ""), record.body)
            elif record.kind == kinds.ANSWER:
                answer = recording.bodies.answer_of(record.body)
                if answer.status == 200:
                    yield self._line(record, "http", answer.path, answer.body)

    def _define(self, record: "Record") -> None:
        told = recording.bodies.unpacked(record.body)
        if told.get("venue") == self._venue:
            self._sources.add(record.source)
            self._predecessors[record.source] = told.get("predecessor", 0)
        elif told.get("ended"):
            self._paths.pop(record.source, None)

    def _counts(self, source: int) -> bool:
        return self._predecessors[source] not in self._paths

    @staticmethod
    def _line(record: "Record", kind: str, address: str, body: bytes) -> dict[str, Any]:
        return {"t": record.time / NANOSECONDS, "k": kind, "u": address, "d": body.decode("utf-8", "replace")}
