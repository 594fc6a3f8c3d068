"""The writer of the history on a server of SQL: takes the rows that HistoryWriter takes, and outlives the server.

Nothing here starts a thread that writes: the owner calls add() with rows and turn() a few times per second, from one
thread.
"""

from __future__ import annotations

import logging
import time as clocks
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..history.day_file import Entry
from ..history.errors import NumberError
from ..history.intake import Delays, Intake, Row
from ..history.pending import Queue
from ..history.schema import Kind
from ..logs import about
from .address import parse
from .database import Database
from .errors import SqlError, SqlTrouble
from .limits import Limits
from .packages import require
from .spill import Batch, Spill

log = logging.getLogger(__name__)

RETRY_FIRST, RETRY_MOST = 1.0, 30.0
"""Seconds after a failure until the server is tried again: the first, doubled each time up to the second."""
SLICE = 2_000
"""Rows of one transaction. A large row counts as several."""
LARGE = 256
"""Bytes of a text or a blob that count as one more row."""


class SqlSettings(NamedTuple):
    """How rows are written to a server."""

    trade_delay: float = 0.5
    """Seconds that trades, and chunks that are full, may wait."""
    second_delay: float = 10.0
    """Seconds that metrics, candles of less than a minute, and books of open chunks may wait."""
    most_waiting: int = 200_000
    """Rows that may wait in memory."""
    most_spilled: int = 1 << 30
    """Bytes of rows that may wait on the disk while the server is away."""
    patience: float = 3.0
    """Seconds that the server has to accept a connection, to prepare it, to show its tables, and for each transaction,
    and that a turn goes on delivering. So a turn takes at most four times as long."""


class SqlWriter:
    """Writes the history into one database. Rows that were flushed are on the server's disk; rows that the server did
    not take are on this machine's, in the folder of the spill, and are written when the server is back."""

    def __init__(
        self,
        url: str,
        spill: Path,
        settings: SqlSettings = SqlSettings(),  # noqa: B008
        clock: Callable[[], int] = clocks.time_ns,
        monotonic: Callable[[], float] = clocks.monotonic,
    ) -> None:
        """Makes the folder of the spill if only it is missing, and does not connect yet. Raises SqlError: the address
        cannot work, a package is missing, or the folder cannot be used."""
        self._address = parse(url)
        require(self._address.dialect.value)
        self._settings, self._monotonic = settings, monotonic
        delays = Delays(settings.trade_delay, settings.second_delay, settings.most_waiting)
        self._intake = Intake(delays, clock, monotonic)
        self._limits = Limits()
        self._held: deque[Batch] = deque()
        """Rows on their way: taken from the intake, and neither on the server nor in the spill."""
        self._retry_at, self._pause = monotonic(), RETRY_FIRST
        self._said: set[SqlTrouble] = set()
        self._full = False
        self._lost_before = self._spill_lost = 0
        self.written: Counter[Kind] = Counter()
        """Rows that the server has, copies of rows included."""
        self.spilled: Counter[Kind] = Counter()
        """Rows that went through the spill."""
        self.failures = 0
        """Attempts to write that failed."""
        self.trouble: SqlError | None = None
        """Why rows cannot be written now."""
        self._spill = Spill(spill, settings.most_spilled)
        self._database = Database(self._address, settings.patience)

    @property
    def refused(self) -> Counter[str]:
        """Rows that could not be kept exactly, by the type of the row or its table."""
        return self._intake.refused

    @property
    def dropped(self) -> Counter[Kind]:
        """Rows that were lost, as too many waited."""
        return self._intake.pending.dropped + self._spill.dropped

    @property
    def waiting(self) -> int:
        """Rows and books that are not yet on the server, those of the spill included."""
        return self._intake.waiting + sum(len(each.entries) for each in self._held) + self._spill.rows

    @property
    def blocked(self) -> SqlError | None:
        """Why rows can be put nowhere but into memory: neither the server nor the spill takes them."""
        return self.trouble if self._held else None

    def add(self, rows: Iterable[Row]) -> None:
        """Takes rows. A row that cannot be kept exactly is counted in `refused`; the first of its type is logged."""
        self._intake.add(rows)

    def turn(self) -> None:
        """Writes what is due, and first what waits in the spill. Never raises: what the server does not take waits,
        and `trouble` says why. Takes at most four times `patience`, and tries a server that is away only once in
        RETRY_FIRST to RETRY_MOST seconds."""
        self._intake.close_old_books()
        now = self._monotonic()
        self._take(self._intake.pending.due(now))
        try:
            if now >= self._retry_at:
                self._deliver(now + self._settings.patience)
            self._keep()
        except SqlError as error:
            self._failed(error)

    def save(self) -> None:
        """All rows, books of open chunks included, are on a disk when this returns: on the server's, or in the spill.
        For who has to know when rows are safe, and not where. Takes no longer than turn(). Raises SqlError: the rows
        that neither took wait in memory."""
        self._intake.close_all_books()
        self._take(self._intake.pending.all())
        now = self._monotonic()
        try:
            if now >= self._retry_at:
                self._deliver(now + self._settings.patience)
        except SqlError as error:
            self._failed(error)
        self._keep()
        # What stayed behind rows that were held before.
        self._take(self._intake.pending.all())
        self._keep()

    def flush(self) -> None:
        """Writes all rows, books of open chunks and the spill included; they are on the server's disk when this
        returns. Raises SqlError: rows wait, in the spill where that can be written."""
        self._intake.close_all_books()
        try:
            while True:
                self._take(self._intake.pending.all())
                if not self._held and not self._spill.rows:
                    return
                self._deliver(float("inf"))
        except SqlError as error:
            self._failed(error)
            self._take(self._intake.pending.all())
            self._keep_or_fail()
            raise

    def close(self) -> None:
        """Writes all rows, and ends. What the server does not take now stays in the spill, for the next writer of that
        folder. Raises SqlError if rows are lost by that; the writer has ended then too."""
        try:
            self.flush()
        except SqlError as error:
            if self._held or self._intake.waiting:
                raise
            words = "%d rows wait in %s for the server: %s"
            log.warning(words, self._spill.rows, self._spill.path, error, extra=about("sql_waiting"))
        finally:
            self._database.close()
            self._spill.close()

    # -- rows on their way -----------------------------------------------------------------------------------------

    def _take(self, queues: list[Queue]) -> None:
        """Takes rows from the intake, in batches of one transaction each. While earlier ones are still held, rows stay
        where their number is bounded."""
        if self._held or not queues:
            return
        pending = self._intake.pending
        for day, found in pending.batches(queues):
            for kind, entries in found.items():
                self._held += sliced(kind, entries)
            pending.done(queues, day)

    def _deliver(self, deadline: float) -> None:
        """Writes the spill, oldest first, and then what is held. Raises SqlError."""
        while self._spill.rows and (found := self._spill.first()) is not None:
            number, batch = found
            self._write(batch)
            self._spill.done(number)
            if self._monotonic() >= deadline:
                return
        while self._held:
            self._write(self._held[0])
            self._held.popleft()
            if self._monotonic() >= deadline:
                return

    def _write(self, batch: Batch) -> None:
        """Writes a batch; rows that no server can hold are counted. Raises SqlError."""
        entries = [entry for entry in batch.entries if self._fits(batch.kind, entry)]
        for refused in self._database.write(batch.kind, entries) if entries else ():
            self._intake.refuse(batch.kind.value, refused)
            self.written[batch.kind] -= 1
        self.written[batch.kind] += len(entries)
        self._succeeded()

    def _fits(self, kind: Kind, entry: Entry) -> bool:
        try:
            self._limits.check(kind, entry)
        except NumberError as error:
            self._intake.refuse(kind.value, error)
            return False
        return True

    def _keep(self) -> None:
        """Moves what is held into the spill. Raises SqlError: it is still held."""
        if self._held:
            self._spill.append(self._held)
            for kind, entries in self._held:
                self.spilled[kind] += len(entries)
            self._held.clear()
            self._say_lost()

    # -- trouble ---------------------------------------------------------------------------------------------------

    def _failed(self, error: SqlError) -> None:
        """Logs a failure, once per kind of trouble until rows are written again, and keeps what is held."""
        self.failures += 1
        self._retry_at = self._monotonic() + self._pause
        self._pause = min(2 * self._pause, RETRY_MOST)
        if error.trouble not in self._said:
            self._said.add(error.trouble)
            log.error("rows cannot be written: %s; they wait", error, extra=about("sql_failed"))
        self.trouble = error
        self._keep_or_fail()

    def _keep_or_fail(self) -> None:
        """Keeps what is held in the spill; where that fails, the rows wait in memory, and it is logged once."""
        try:
            self._keep()
        except SqlError as error:
            if error.trouble not in self._said:
                self._said.add(error.trouble)
                log.error("rows wait in memory: %s", error, extra=about("sql_failed"))

    def _succeeded(self) -> None:
        self._pause = RETRY_FIRST
        if self.trouble is not None:
            lost = self.dropped.total() - self._lost_before
            words = "rows are written again to %s; %d wait behind them, and %d were lost"
            log.warning(words, self._address, self._spill.rows, lost, extra=about("sql_recovered"))
            self._lost_before += lost
            self.trouble, self._full = None, False
            self._said.clear()

    def _say_lost(self) -> None:
        """Logs once that rows are lost."""
        if not self._full and self._spill.dropped.total() > self._spill_lost:
            self._full = True
            log.error("%s is full: the oldest rows are dropped", self._spill.path, extra=about("sql_spill_full"))
        self._spill_lost = self._spill.dropped.total()


def sliced(kind: Kind, entries: Sequence[Entry]) -> Iterator[Batch]:
    """The rows in batches of one transaction each."""
    begin = weight = 0
    for at, (_market, values) in enumerate(entries):
        last = values[-1]
        weight += 1 + len(last) // LARGE if isinstance(last, (str, bytes)) else 1
        if weight >= SLICE:
            yield Batch(kind, entries[begin : at + 1])
            begin, weight = at + 1, 0
    if begin < len(entries):
        yield Batch(kind, entries[begin:])
