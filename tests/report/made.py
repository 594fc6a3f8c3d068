"""Reports of recordings that tests make."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recording import Kind, Record, bodies
from server.report.gap_report import GapReport
from server.report.make_report import make_report
from tests.replay.recordings import STREAM_SOURCE, write
from tests.replay.test_player import LONGEST, of

PAIR, VENUE = "S0/Q", "binance"
"""What the recordings are of."""
MOST = 3000
HOSTILE = """</td><script src="http://evil.example/x.js">alert(1)</script>&amp;\x1b[2J\u202e'" onload='x'"""
"""What an exchange may say."""


def records(most: int = MOST) -> list[Record]:
    """A recording of one book, without gaps."""
    return of(LONGEST, most)


def frames_of_books(found: Sequence[Record]) -> list[int]:
    """Where the frames of the book are."""
    return [at for at, each in enumerate(found) if each.kind == Kind.RECEIVED and b"depthUpdate" in each.body]


def report_of(folder: Path, found: Sequence[Record], **options: Any) -> GapReport:
    """The report of these records."""
    made = make_report(write(folder, found), **options)
    assert made is not None
    return made


def with_faults() -> list[Record]:
    """A recording with a lost frame, a disconnect with a hostile reason, and a loss of the recorder."""
    found = records()
    frames = frames_of_books(found)
    del found[frames[len(frames) // 4]]
    at = len(found) // 2
    begin, last = found[at], found[-1]
    closed = Record(Kind.CLOSED, STREAM_SOURCE, HOSTILE.encode(), begin.time, begin.monotonic)
    opened = Record(Kind.OPENED, STREAM_SOURCE, b"/", found[at + 100].time, found[at + 100].monotonic)
    others = [each for each in found[at : at + 100] if each.source != STREAM_SOURCE]
    lost = Record(Kind.LOST, 0, bodies.lost(1234, 5678, last.time), last.time, last.monotonic)
    return [*found[:at], closed, *others, opened, *found[at + 100 :], lost]
