"""Where the rows of a replay go: a history of day files, a database on a server, or both."""

from __future__ import annotations

import logging
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from ..errors import OnebookError
from ..history.intake import Row
from ..history.schema import Kind
from ..history.writer import HistoryWriter
from ..logs import about
from ..sql import migration
from ..sql.address import parse
from ..sql.errors import SqlError
from ..sql.sql_writer import SqlWriter

log = logging.getLogger(__name__)

LAST_TRY = 30.0
"""Seconds after the end of a replay in which a server that is away may come back."""
PAUSE = 0.5
PATIENCE = 10.0
"""Seconds that the server has for each answer before the replay begins."""


class RowWriters:
    """The writers of a replay. The recording has all rows: those that a server never takes need not be kept here."""

    def __init__(self, folder: Path | None, url: str | None, stopped: Callable[[], bool] = lambda: False) -> None:
        """`folder`: of day files; `url`: address of a database, which must have its tables; one of the two is given.
        `stopped`: whether the user waits no longer. Raises HistoryError, or SqlError if the database cannot be used."""
        self._stopped = stopped
        if url is not None:
            migration.check(parse(url), PATIENCE)
        self.history = None if folder is None else HistoryWriter(folder)
        self._folder = folder
        self.sql: SqlWriter | None = None
        if url is not None:
            self._spill = tempfile.TemporaryDirectory(prefix="onebook-sql-")
            self.sql = SqlWriter(url, Path(self._spill.name))

    @property
    def folder(self) -> Path:
        """Where day files are, if there are any."""
        return Path(self._spill.name) if self._folder is None else self._folder

    def put(self, rows: Iterable[Row]) -> None:
        """Hands rows to each writer."""
        kept = tuple(rows)
        for writer in (self.history, self.sql):
            if writer is not None:
                writer.add(kept)

    def turn(self) -> None:
        """Writes what is due."""
        for writer in (self.history, self.sql):
            if writer is not None:
                writer.turn()

    def settle(self) -> None:
        """Writes all rows of day files, so that they can be read. Raises HistoryError."""
        if self.history is not None:
            self.history.flush()

    def close(self) -> None:
        """Writes all rows, and ends. A server that is away has LAST_TRY seconds, unless the user does not wait. Raises
        HistoryError, or OnebookError of a database: rows were not written. All writers have ended then too."""
        try:
            if self.history is not None:
                self.history.close()
                _say("the history", self.history.written, self.history.refused, self.history.dropped)
        finally:
            if self.sql is not None:
                self._close_sql(self.sql)

    def _close_sql(self, writer: SqlWriter) -> None:
        try:
            _flush(writer, self._stopped)
            _say("the database", writer.written, writer.refused, writer.dropped)
        except SqlError as error:
            raise OnebookError(f"{writer.waiting:,} rows were not written: {error}") from error
        finally:
            writer.close()
            self._spill.cleanup()


def _flush(writer: SqlWriter, stopped: Callable[[], bool]) -> None:
    """Raises SqlError if the server does not take the rows in time."""
    end = time.monotonic() + LAST_TRY
    while True:
        try:
            writer.flush()
            return
        except SqlError:
            if stopped() or time.monotonic() > end:
                raise
        time.sleep(PAUSE)


def _say(what: str, written: Counter[Kind], refused: Counter[str], dropped: Counter[Kind]) -> None:
    rows = ", ".join(f"{count:,} of {kind}" for kind, count in sorted((each.value, written[each]) for each in written))
    log.info("rows of %s: %s", what, rows or "none", extra=about("replay"))
    if refused or dropped:
        words = "%d rows could not be kept exactly, and %d were lost"
        log.error(words, refused.total(), dropped.total(), extra=about("replay"))
