"""The folder of a recording: its segments in their order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from .errors import RecordingError
from .layout import RAW, SUFFIX
from .segment_file import SegmentFile
from .segment_header import SegmentHeader

MILLISECOND = 1_000_000
SECOND = 1_000_000_000


class Segment(NamedTuple):
    """One file of a folder."""

    path: Path
    header: SegmentHeader


def ignore(_finding: str) -> None:
    """Does nothing with a finding."""


def segments(folder: Path, report: Callable[[str], None] = ignore) -> list[Segment]:
    """The segments of a recording's folder, in the order in which they were written.

    Files that cannot be read are left out, and each is reported in one line. Raises RecordingError where there is no
    such folder.
    """
    if not folder.is_dir():
        raise RecordingError(f"{folder} is not a folder" if folder.exists() else f"there is no folder {folder}")
    found = (_opened(path, report) for path in folder.joinpath(RAW).glob(f"*/*{SUFFIX}"))
    return sorted(filter(None, found), key=lambda segment: (segment.header.number, segment.path))


def _opened(path: Path, report: Callable[[str], None]) -> Segment | None:
    try:
        with SegmentFile(path) as file:
            return Segment(path, file.header)
    except RecordingError as error:
        report(str(error))
        return None


def new_path(folder: Path, time: int) -> Path:
    """The path of a segment that begins at this time (nanoseconds UTC); no such file exists.

    A later name is taken where one exists: a clock that was set back must not overwrite anything.
    """
    while True:
        seconds, rest = divmod(time, SECOND)
        moment = datetime.fromtimestamp(seconds, timezone.utc)
        name = f"{moment:%H%M%S}.{rest // MILLISECOND:03d}{SUFFIX}"
        path = folder / RAW / f"{moment:%Y-%m-%d}" / name
        if not path.exists():
            return path
        time += MILLISECOND
