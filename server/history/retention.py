"""What is kept: whole day files are removed, oldest first, by age and by size. Rows are never deleted: a file of which
rows are deleted stays as large as it was."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .errors import HistoryError
from .folder import day_name, day_path, days

GIGABYTE = 1_000_000_000


class Retention(NamedTuple):
    """How much is kept; 0: all."""

    days: int = 0
    """Days before the current one."""
    gigabytes: float = 0.0

    def too_old_or_much(self, folder: Path, today: int) -> list[int]:
        """The days to remove, oldest first; never today or later. Raises HistoryError."""
        before = [day for day in days(folder) if day < today]
        sizes = {day: size(folder, day) for day in days(folder)}
        total, found = sum(sizes.values()), []
        for day in before:
            too_old = self.days and day < today - self.days
            too_much = self.gigabytes and total > self.gigabytes * GIGABYTE
            if not (too_old or too_much):
                break  # What follows is newer.
            found.append(day)
            total -= sizes[day]
        return found


def files(folder: Path, day: int) -> list[Path]:
    """The files of a day: the database, its side files, and what was set aside of that day."""
    return sorted(folder.glob(f"{day_name(day)}.db*"))


def size(folder: Path, day: int) -> int:
    """Bytes of the files of a day."""
    total = 0
    for path in files(folder, day):
        with suppress(FileNotFoundError):  # SQLite removes its side files at any time.
            total += path.stat().st_size
    return total


def remove(folder: Path, day: int) -> None:
    """Removes the files of a day. A reader that has one open reads on. Raises HistoryError."""
    try:
        for path in files(folder, day):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise HistoryError(f"{day_path(folder, day)} cannot be removed: {error.strerror}") from error
