"""The open day files of a writer: few at a time, the one that was used longest ago is closed first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .day_file import Batch, DayFile
from .errors import HistoryError
from .folder import day_path

MOST_OPEN = 3
"""Today, yesterday for late rows, and one more."""
IDLE = 600.0
"""Seconds without a row after which a file is closed."""


@dataclass(slots=True)
class _Open:
    file: DayFile
    used: float
    """When it was written last, seconds of the writer's clock."""


class DayFiles:
    """Opens a day's file when a row of that day is written."""

    def __init__(self, folder: Path, clock: Callable[[], int], monotonic: Callable[[], float]) -> None:
        self._folder, self._clock, self._monotonic = folder, clock, monotonic
        self._open: OrderedDict[int, _Open] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def write(self, day: int, batch: Batch) -> None:
        """Writes rows of one day. Raises HistoryError; the file is closed then, and opened again by the next write."""
        file = self.open(day)
        try:
            file.write(batch)
        except HistoryError:
            self.forget(day)
            raise

    def open(self, day: int) -> DayFile:
        """The day's file. Raises HistoryError."""
        found = self._open.get(day)
        if found is not None and found.file.gone:
            self.forget(day)
            found = None
        if found is None:
            while len(self._open) >= MOST_OPEN:
                self.forget(next(iter(self._open)))
            found = _Open(DayFile(day_path(self._folder, day), self._clock()), 0.0)
            self._open[day] = found
        found.used = self._monotonic()
        self._open.move_to_end(day)
        return found.file

    def close_idle(self) -> None:
        """Closes the files that were not written for IDLE seconds."""
        now = self._monotonic()
        for day in [day for day, each in self._open.items() if now - each.used >= IDLE]:
            self.forget(day)

    def forget(self, day: int) -> None:
        """Closes the day's file, if it is open."""
        found = self._open.pop(day, None)
        if found is not None:
            found.file.close()

    def close(self) -> None:
        """Closes all files."""
        for day in list(self._open):
            self.forget(day)
