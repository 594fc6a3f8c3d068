"""Records and recordings for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from hypothesis import strategies as st

from recording import Kind, Record, RecordingWriter, SegmentFile, bodies

NOON = 1_796_000_400_000_000_000
"""Nanoseconds UTC, at the beginning of an hour."""
SECOND = 1_000_000_000
RUN = Record(Kind.RUN, 0, bodies.packed({"epoch": 1}), NOON, 1)
SOURCE = Record(Kind.SOURCE, 1, bodies.source(1, "sim", 1), NOON, 2)


class Clock:
    """A clock that tests set."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def message(number: int, size: int = 100, source: int = 1) -> Record:
    """A message whose bytes, time and number belong together."""
    body = b"%d " % number
    return Record(Kind.RECEIVED, source, body + b"x" * (size - len(body)), NOON + number * 1000, number)


def record(folder: Path, records: Iterable[Record], blocks: Sequence[int] = (), clock: Clock | None = None) -> Path:
    """Writes a recording with a block behind each of these numbers of records, and returns its last segment."""
    writer = RecordingWriter(folder, clock or Clock())
    for number, each in enumerate(records, 1):
        writer.add(each)
        if number in blocks:
            writer.flush()
    writer.flush()
    path = writer.path
    writer.close()
    assert path is not None
    return path


def root_of(path: Path) -> bytes | None:
    """The root of a segment; None if it is not sealed."""
    with SegmentFile(path) as file:
        return file.root()


INT64 = st.integers(-(2**63), 2**63 - 1)
RECORDS = st.lists(
    st.builds(
        Record,
        kind=st.sampled_from([kind for kind in Kind if kind not in (Kind.SOURCE, Kind.RUN, Kind.STATE)]),
        source=st.integers(0, 2**32 - 1),
        body=st.binary(max_size=300),
        time=INT64,
        monotonic=INT64,
    ),
    min_size=1,
    max_size=40,
)
"""Records that anything may be in, but definitions and states, whose bodies are JSON."""
