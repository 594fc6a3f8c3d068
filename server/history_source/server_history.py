"""The history of a running server: its folder, and the processes that write into files and, if wanted, a database."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from ..errors import ConfigError
from ..history.errors import HistoryError, NumberError
from ..history.folder import day_of
from ..history.intake import Row
from ..history.retention import Retention
from ..history.row_codec import encode
from ..history.store import HistoryStore
from ..history.writer import locked_folder
from ..logs import about
from ..loss_report import LossWords
from ..neighbours import recording
from ..ring_child import Words
from ..sql.address import Address, parse
from ..sql.errors import SqlError
from ..sql.packages import require
from . import history_process, sql_process
from .history_listener import HistoryListener
from .row_lane import RowLane

log = logging.getLogger(__name__)

LOCK_PATIENCE = 5.0
SPILL = "sql"
"""Folder in that of the history: rows that wait for the database."""


class ServerHistory:
    """Made before the feeds, stopped after them."""

    def __init__(self, folder: Path, retention: Retention = Retention(), sql: str = "") -> None:  # noqa: B008
        """Takes the folder. `sql`: address of a database that gets the same rows; empty: there is none. Raises
        ConfigError: the folder is none, may not be written, or another process writes there; or the address cannot
        work."""
        address = _address(sql) if sql else None
        folder = folder.absolute()
        try:
            # The process of a server that was killed may have rows to write still.
            self._lock = locked_folder(folder, LOCK_PATIENCE)
            make = partial(history_process.command, folder=folder, retention=retention)
            self.files = RowLane(_words(folder), make, [self._lock.descriptor])
            self.database: RowLane | None = None
            if address is not None:
                make_sql = partial(sql_process.command, spill=folder / SPILL)
                url = f"{sql}\n".encode()
                self.database = RowLane(_sql_words(address), make_sql, [self._lock.descriptor], url)
        except (HistoryError, recording.RecordingError) as error:
            raise ConfigError(f"history: {error}", ("history",)) from error
        self.listener = HistoryListener(self.put)
        self.store = HistoryStore(folder)
        self.refused = 0
        """Rows that cannot be kept exactly."""
        self._lanes = [lane for lane in (self.files, self.database) if lane is not None]

    def start(self) -> None:
        """Starts the processes that write."""
        for lane in self._lanes:
            lane.start()

    def put(self, rows: Iterable[Row]) -> None:
        """Takes rows, and never waits."""
        now, monotonic = time.time_ns(), time.monotonic_ns()
        latest = day_of(now) + 1
        for row in rows:
            body = self._body(row, latest)
            if body is not None:
                for lane in self._lanes:
                    lane.put(body, now, monotonic)

    @property
    def troubles(self) -> list[str]:
        """What cannot be written, for people; empty while all can."""
        return [lane.child.trouble for lane in self._lanes if lane.child.trouble]

    def settle(self, seconds: float) -> bool:
        """Waits until all rows that were put before can be read, at most so many seconds. False: they cannot."""
        return self.files.settle(seconds)

    def stop(self) -> None:
        """Ends in order: all rows are on the disk."""
        for lane in self._lanes:
            lane.stop()
        self._lock.close()

    def _body(self, row: Row, latest: int) -> bytes | None:
        """The bytes of a row; None, counted and the first time logged, for a row that is refused."""
        try:
            if not 0 <= day_of(row.time) <= latest:
                raise NumberError(f"time {row.time} is before 1970 or more than a day ahead")
            return encode(row)
        except NumberError as error:
            if not self.refused:
                words = "a row of the history is refused (%s): %s"
                log.error(words, type(row).__name__, error, extra=about("history_refused"))
            self.refused += 1
            return None


def _address(url: str) -> Address:
    try:
        address = parse(url)
        require(address.dialect.value)
    except SqlError as error:
        raise ConfigError(f"sql: {error}", ("sql",)) from error
    return address


def _losses(whose: str, event: str) -> LossWords:
    return LossWords(
        f"rows of {whose} are lost: %d bytes wait to be written, more do not fit",
        f"no row of {whose} is lost any more; %d rows of %d bytes were",
        event,
    )


def _words(folder: Path) -> Words:
    working = f"the history is written%s into {str(folder).replace('%', '%%')}"
    losses = _losses("the history", "history_lost")
    return Words("history writer", working, "the history cannot be written", "history", losses)


def _sql_words(address: Address) -> Words:
    working = f"the history is written%s into {str(address).replace('%', '%%')}"
    losses = _losses("the database", "sql_lost")
    waiting = "rows for the database wait on the disk of this machine"
    return Words("database writer", working, "rows for the database can be put nowhere", "sql", losses, waiting)
