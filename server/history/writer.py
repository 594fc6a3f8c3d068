"""The one writer of a history: takes rows, and writes each kind when it is due, into the file of its own day.

Nothing here starts a thread: the owner calls add() with rows and turn() a few times per second, from one thread.
"""

from __future__ import annotations

import logging
import time as clocks
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from ..logs import about
from ..neighbours import recording
from ..units import SECOND
from . import retention
from .book_buffer import SAMPLE_EVERY
from .book_chunk import BOOKS
from .day_file import Batch, set_aside
from .day_files import DayFiles
from .errors import HistoryError, Trouble
from .folder import day_of, day_path
from .intake import Delays, Intake, Row
from .pending import Queue
from .retention import Retention
from .schema import Kind

log = logging.getLogger(__name__)

RETRY_AFTER = 1.0
"""Seconds after a failure until rows are written again."""
HOUSEKEEPING = 60.0
"""Seconds between two looks at what is too old."""


class Settings(NamedTuple):
    """How a history is written."""

    trade_delay: float = 0.5
    """Seconds that trades, and chunks that are full, may wait."""
    second_delay: float = 10.0
    """Seconds that metrics, candles of less than a minute, and books of open chunks may wait. Each market has its own
    page of the file: at 1 s, a row of 60 bytes costs 7 kB on the disk."""
    most_waiting: int = 200_000
    """Rows that may wait while the disk cannot be written."""
    chunk_books: int = BOOKS
    sample_every: int = SAMPLE_EVERY
    """Nanoseconds between two sampled books of one market."""
    retention: Retention = Retention()

    @property
    def delays(self) -> Delays:
        """What concerns the rows that wait."""
        return Delays(self.trade_delay, self.second_delay, self.most_waiting, self.chunk_books, self.sample_every)


class HistoryWriter:
    """Writes the history in one folder. Rows that were flushed are on the disk, whatever happens to the process."""

    def __init__(
        self,
        folder: Path,
        settings: Settings = Settings(),  # noqa: B008
        clock: Callable[[], int] = clocks.time_ns,
        monotonic: Callable[[], float] = clocks.monotonic,
        *,
        locked: bool = False,
    ) -> None:
        """Makes the folder if only it is missing, and opens today's file. `locked`: the caller holds the folder's lock.
        Raises HistoryError: another process writes there, or the file cannot be used."""
        self._folder, self._settings = folder, settings
        self._clock, self._monotonic = clock, monotonic
        self._steady = recording.SteadyTime(clock, lambda: int(monotonic() * SECOND))
        self._intake = Intake(settings.delays, clock, monotonic)
        self._pending = self._intake.pending
        self._next_housekeeping = self._retry_at = monotonic()
        self.written: Counter[Kind] = Counter()
        """Rows that were written, copies of rows included."""
        self.failures = 0
        """Attempts to write that failed."""
        self.trouble: HistoryError | None = None
        """Why rows cannot be written now."""
        self._lock = None if locked else locked_folder(folder)
        try:
            self._files = DayFiles(folder, clock, monotonic)
            today = day_of(clock())
            self._healed(today, lambda: self._files.open(today))
        except HistoryError:
            self._unlock()
            raise

    @property
    def refused(self) -> Counter[str]:
        """Rows that could not be kept exactly, by the type of the row."""
        return self._intake.refused

    @property
    def dropped(self) -> Counter[Kind]:
        """Rows that were lost, as too many waited while nothing could be written."""
        return self._pending.dropped

    @property
    def waiting(self) -> int:
        """Rows and books that are not yet written."""
        return self._intake.waiting

    def add(self, rows: Iterable[Row]) -> None:
        """Takes rows. A row that cannot be kept exactly is counted in `refused`; the first of its type is logged."""
        self._intake.add(rows)

    def turn(self) -> None:
        """Writes what is due, and removes what is too old. Never raises: what cannot be written waits, and is tried
        again after RETRY_AFTER seconds; `trouble` says why."""
        now = self._monotonic()
        self._intake.close_old_books()
        try:
            if now >= self._retry_at:
                self._write(self._pending.due(now))
            if now >= self._next_housekeeping:
                self._next_housekeeping = now + HOUSEKEEPING
                self._clean()
        except HistoryError as error:
            self._failed(error)
            self._retry_at = now + RETRY_AFTER

    def flush(self) -> None:
        """Writes all rows, books of open chunks included; they are on the disk when this returns. Raises HistoryError:
        the rows that could not be written still wait."""
        self._intake.close_all_books()
        try:
            self._write(self._pending.all())
        except HistoryError as error:
            self._failed(error)
            raise

    @property
    def blocked(self) -> HistoryError | None:
        """Why rows can be put nowhere but into memory."""
        return self.trouble

    def save(self) -> None:
        """As flush()."""
        self.flush()

    def close(self) -> None:
        """Writes all rows, and ends. Raises HistoryError if rows are lost by that; the writer has ended then too."""
        try:
            self.flush()
        finally:
            self._files.close()
            self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def _write(self, queues: list[Queue]) -> None:
        """Writes the rows of these queues, day by day. A day that fails does not stop the others. Raises the last
        HistoryError."""
        failed: HistoryError | None = None
        for day, batch in self._pending.batches(queues):
            error = self._write_day(day, batch)
            if error is None:
                self._pending.done(queues, day)
                self.written.update({kind: len(entries) for kind, entries in batch.items()})
            else:
                failed = error
        if failed is not None:
            raise failed
        if queues and self.trouble is not None:
            words = "the history is written again; %d rows were lost"
            log.warning(words, self.dropped.total(), extra=about("history_recovered"))
            self.trouble = None

    def _write_day(self, day: int, batch: Batch) -> HistoryError | None:
        """Writes rows of one day; returns why that failed."""
        try:
            self._healed(day, lambda: self._files.write(day, batch))
        except HistoryError as error:
            return error
        return None

    def _healed(self, day: int, work: Callable[[], object]) -> None:
        """Works on a day's file; a damaged file is set aside, and the work done on a new one. Raises HistoryError."""
        try:
            work()
        except HistoryError as error:
            if error.trouble is not Trouble.CORRUPT:
                raise
            aside = set_aside(day_path(self._folder, day))
            log.error("%s; it is now %s, and a new one begins", error, aside.name, extra=about("history_corrupt"))
            work()

    def _failed(self, error: HistoryError) -> None:
        """Logs a failure, unless the one before was the same."""
        self.failures += 1
        if self.trouble is None or self.trouble.trouble is not error.trouble:
            log.error("the history cannot be written: %s; rows wait", error, extra=about("history_failed"))
        self.trouble = error

    def _clean(self) -> None:
        """Closes files that are no longer written, and removes what the retention does not keep."""
        self._files.close_idle()
        today = day_of(self._steady())
        for day in self._settings.retention.too_old_or_much(self._folder, today):
            self._files.forget(day)
            retention.remove(self._folder, day)
            log.info("removed the history of %s", day_path(self._folder, day).stem, extra=about("history_removed"))


def locked_folder(folder: Path, patience: float = 0.0) -> recording.FolderLock:
    """Makes the folder if only it is missing, and takes its lock; waits for it so many seconds. Raises HistoryError."""
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise HistoryError(f"{folder} cannot be made: {error.strerror}") from error
    try:
        return recording.FolderLock(folder, patience)
    except recording.RecordingError as error:
        raise HistoryError(str(error), Trouble.LOCKED) from error
