"""What is kept: whole segments are removed, oldest first, by age and by size."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from .folder import segments
from .segment_file import SegmentFile

DAY_NS = 86_400 * 1_000_000_000
GIGABYTE = 1_000_000_000


class Retention(NamedTuple):
    """How much is kept; 0: all."""

    days: float = 0.0
    gigabytes: float = 0.0

    def apply(self, folder: Path, now: int, open_segment: Path | None) -> list[Path]:
        """Removes what is too old or too much, never the open segment; returns what was removed. `now`: nanoseconds
        UTC. Raises RecordingError, OSError."""
        if not self.days and not self.gigabytes:
            return []
        found = [_sized(segment.path) for segment in segments(folder)]
        total, removed = sum(each.size for each in found), []
        for each in found:
            too_old = self.days and now - each.written > self.days * DAY_NS
            too_much = self.gigabytes and total > self.gigabytes * GIGABYTE
            if each.path == open_segment or not (too_old or too_much):
                break  # What follows is newer.
            each.path.unlink(missing_ok=True)
            removed.append(each.path)
            total -= each.size
        for day in {path.parent for path in removed}:
            if not any(day.iterdir()):
                day.rmdir()
        return removed


class _Sized(NamedTuple):
    path: Path
    size: int
    written: int
    """When its last block was written, nanoseconds UTC."""


def _sized(path: Path) -> _Sized:
    status = path.stat()
    with SegmentFile(path) as file:
        end = file.last()
    return _Sized(path, status.st_size, status.st_mtime_ns if end is None else end.header.last_time)
