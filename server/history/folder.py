"""Where the day files lie: DIR/history/<YYYY-MM-DD>.db, one per UTC day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from ..units import SECOND
from .errors import HistoryError

DAY = 86_400 * SECOND
_EPOCH = date(1970, 1, 1)
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})\.db", re.ASCII)
SIDE_FILES = ("", "-wal", "-shm")
"""What the names of a database's files end with: SQLite makes the others beside it."""


def day_of(time: int) -> int:
    """Number of the UTC day of a time in nanoseconds; day 0 is 1970-01-01."""
    return time // DAY


def day_name(day: int) -> str:
    """The date of a day, such as 2026-11-29."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def day_path(folder: Path, day: int) -> Path:
    """The file of a day in the history's folder."""
    return folder / f"{day_name(day)}.db"


def days(folder: Path) -> list[int]:
    """The days that have a file, in order. Raises HistoryError if the folder cannot be read."""
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise HistoryError(f"{folder} cannot be read: {error.strerror}") from error
    return sorted(day for name in names if (day := named_day(name)) is not None)


def named_day(name: str) -> int | None:
    """The day of a file's name; None if the name is not of a day file."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        return (date.fromisoformat(match[1]) - _EPOCH).days
    except ValueError:
        return None
