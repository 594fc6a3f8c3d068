"""The one writer of a history: takes rows, and writes each kind when it is due, into the file of its own day.

Nothing here starts a thread: the owner calls add() with rows and turn() a few times per second, from one thread.
"""

from __future__ import annotations

import logging
import time as clocks
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..logs import about
from ..neighbours import recording
from ..units import SECOND
from . import retention
from .book_buffer import SAMPLE_EVERY, BookBuffer, SampleRow
from .book_chunk import BOOKS, ChunkRow
from .candle_row import CandleRow
from .day_file import Batch, set_aside
from .day_files import DayFiles
from .errors import HistoryError, NumberError, Trouble
from .folder import day_of, day_path
from .markets import Market
from .pending import Pending, Queue
from .retention import Retention
from .rows import BookRow, MetricRow, OpenInterestRow, StatusRow, TradeGapRow, TradeRow
from .schema import Kind

log = logging.getLogger(__name__)

Row = TradeRow | TradeGapRow | CandleRow | MetricRow | OpenInterestRow | StatusRow | BookRow
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
        self._pending = Pending(settings.most_waiting)
        self._queues = _queues(settings)
        self._short_candles = Queue(Kind.CANDLE, settings.second_delay)
        self._books = BookBuffer(settings.chunk_books, settings.sample_every)
        self._markets: set[Market] = set()
        self._next_housekeeping = self._retry_at = monotonic()
        self.written: Counter[Kind] = Counter()
        """Rows that were written, copies of rows included."""
        self.refused: Counter[str] = Counter()
        """Rows that could not be kept exactly, by the type of the row."""
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
    def dropped(self) -> Counter[Kind]:
        """Rows that were lost, as too many waited while nothing could be written."""
        return self._pending.dropped

    @property
    def waiting(self) -> int:
        """Rows and books that are not yet written."""
        return len(self._pending) + self._books.waiting

    def add(self, rows: Iterable[Row]) -> None:
        """Takes rows. A row that cannot be kept exactly is counted in `refused`; the first of its type is logged."""
        now = self._monotonic()
        latest = day_of(self._clock()) + 1
        for row in rows:
            self._add_or_refuse(row, now, latest)

    def turn(self) -> None:
        """Writes what is due, and removes what is too old. Never raises: what cannot be written waits, and is tried
        again after RETRY_AFTER seconds; `trouble` says why."""
        now = self._monotonic()
        self._wait_all(self._books.close_older(now - self._settings.second_delay), now)
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
        self._wait_all(self._books.close_all(), self._monotonic())
        try:
            self._write(self._pending.all())
        except HistoryError as error:
            self._failed(error)
            raise

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

    def _add_or_refuse(self, row: Row, now: float, latest: int) -> None:
        try:
            self._add(row, now, latest)
        except NumberError as error:
            kind = type(row).__name__
            if not self.refused[kind]:
                log.error("a row of the history is refused: %s", error, extra=about("history_refused"))
            self.refused[kind] += 1

    def _add(self, row: Row, now: float, latest: int) -> None:
        if row.market not in self._markets:
            row.market.check()
            self._markets.add(row.market)
        if not 0 <= day_of(row.time) <= latest:
            raise NumberError(f"time {row.time} is before 1970 or more than a day ahead")
        if isinstance(row, BookRow):
            self._wait_all(self._books.add(row, now), now)
        else:
            self._wait(row, now)

    def _wait_all(self, rows: Sequence[ChunkRow | SampleRow], now: float) -> None:
        for row in rows:
            self._wait(row, now)

    def _wait(self, row: Row | ChunkRow | SampleRow, now: float) -> None:
        assert not isinstance(row, BookRow)
        self._pending.add(self._queue(row), day_of(row.time), (row.market, row.values()), now)

    def _queue(self, row: Row | ChunkRow | SampleRow) -> Queue:
        if isinstance(row, CandleRow) and row.close_time - row.open_time < 60 * SECOND:
            return self._short_candles
        return self._queues[type(row)]

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
        today = day_of(self._clock())
        for day in self._settings.retention.too_old_or_much(self._folder, today):
            self._files.forget(day)
            retention.remove(self._folder, day)
            log.info("removed the history of %s", day_path(self._folder, day).stem, extra=about("history_removed"))


def _queues(settings: Settings) -> dict[type, Queue]:
    """Where the rows of each type wait; candles of less than a minute wait elsewhere."""
    return {
        TradeRow: Queue(Kind.TRADE, settings.trade_delay),
        TradeGapRow: Queue(Kind.TRADE_GAP, settings.trade_delay),
        ChunkRow: Queue(Kind.CHUNK, settings.trade_delay),
        MetricRow: Queue(Kind.METRIC, settings.second_delay),
        SampleRow: Queue(Kind.SAMPLE, settings.second_delay),
        CandleRow: Queue(Kind.CANDLE, 0.0),
        OpenInterestRow: Queue(Kind.OPEN_INTEREST, 0.0),
        StatusRow: Queue(Kind.STATUS, 0.0),
    }


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
