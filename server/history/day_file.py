"""One day's database: opened or made, written in transactions that are on the disk when they end."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from . import schema
from .errors import HistoryError, Trouble
from .folder import SIDE_FILES
from .markets import Market
from .rows import Values
from .schema import INSERT, Kind
from .views import VIEWS

Entry = tuple[Market, Values]
"""A row as it waits to be written."""
Batch = Mapping[Kind, Sequence[Entry]]

MODE = 0o600
"""A history is for its owner, as a recording is."""
LOCK_PATIENCE = 1.0
"""Seconds to wait for another process that writes the file."""
WAL_BYTES = 64 * 1024 * 1024
"""What the write-ahead log is cut back to after a reader has held it."""

# Older Pythons have no error codes: SQLite's own words tell.
_TROUBLES = {
    "disk is full": Trouble.FULL,
    "locked": Trouble.LOCKED,
    "readonly": Trouble.READ_ONLY,
    "malformed": Trouble.CORRUPT,
    "not a database": Trouble.CORRUPT,
}
_ERRNOS = {
    errno.EACCES: Trouble.READ_ONLY,
    errno.EPERM: Trouble.READ_ONLY,
    errno.EROFS: Trouble.READ_ONLY,
    errno.ENOSPC: Trouble.FULL,
    errno.EDQUOT: Trouble.FULL,
}


def history_error(path: Path, error: sqlite3.Error) -> HistoryError:
    """The error of ours for one of SQLite's."""
    words = str(error)
    trouble = next((found for part, found in _TROUBLES.items() if part in words), Trouble.OTHER)
    return HistoryError(f"{path}: {trouble.value} ({words})", trouble)


class DayFile:
    """An open day file, for its only writer. After an error it is to be closed; a new one goes on where it ended."""

    def __init__(self, path: Path, now: int) -> None:
        """Makes the file where there is none, and brings an older schema up to date. `now`: nanoseconds UTC. Raises
        HistoryError."""
        self.path = path
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, MODE))
            self._inode = path.stat().st_ino
        except OSError as error:
            trouble = _ERRNOS.get(error.errno or 0, Trouble.OTHER)
            raise HistoryError(f"{path} cannot be opened: {error.strerror}", trouble) from error
        try:
            self._database = sqlite3.connect(path, timeout=LOCK_PATIENCE, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise history_error(path, error) from error
        try:
            self._database.execute("pragma journal_mode = wal")
            self._database.execute("pragma synchronous = full")
            self._database.execute(f"pragma journal_size_limit = {WAL_BYTES}")
            self._bring_up_to_date(now)
            self._ids = {market: number for number, market in markets(self._database)}
        except sqlite3.Error as error:
            self._database.close()
            raise history_error(path, error) from error
        except HistoryError:
            self._database.close()
            raise

    @property
    def gone(self) -> bool:
        """Whether somebody has removed or replaced the file: what is written to it would be lost."""
        try:
            return self.path.stat().st_ino != self._inode
        except OSError:
            return True

    def write(self, batch: Batch) -> None:
        """Writes all rows in one transaction; they are on the disk when this returns. Raises HistoryError: none of
        them is written then."""
        database = self._database
        try:
            database.execute("begin immediate")
            ids = self._with_ids(market for entries in batch.values() for market, _values in entries)
            for kind, entries in batch.items():
                database.executemany(INSERT[kind], ((ids[market], *values) for market, values in entries))
            database.execute("commit")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):  # What the failed transaction has left is gone with the connection anyway.
                database.execute("rollback")
            raise history_error(self.path, error) from error
        self._ids = ids

    def close(self) -> None:
        """Moves what the write-ahead log has into the file, if no reader prevents that, and closes it."""
        with suppress(sqlite3.Error):  # The log stays beside the file then, and belongs to it.
            self._database.execute("pragma wal_checkpoint(truncate)")
        with suppress(sqlite3.Error):
            self._database.close()

    def _with_ids(self, wanted: Iterable[Market]) -> dict[Market, int]:
        """The numbers of all markets, these included."""
        new = dict.fromkeys(wanted).keys() - self._ids.keys()
        ids = self._ids
        if new:
            ids = dict(ids)
            for market in sorted(new):
                values = "insert into market(venue, symbol, base, quote, price_exp, qty_exp) values(?, ?, ?, ?, ?, ?)"
                number = self._database.execute(values, market).lastrowid
                assert number is not None
                ids[market] = number
        return ids

    def _bring_up_to_date(self, now: int) -> None:
        found = schema_version(self._database)
        if found > schema.VERSION:
            words = f"{self.path}: {Trouble.NEWER.value} (schema {found}, this version knows {schema.VERSION})"
            raise HistoryError(words, Trouble.NEWER)
        if found == 0:
            self._run(schema.TABLES + VIEWS + _meta(now))
        else:
            for older in range(found, schema.VERSION):
                self._run(
                    f"{schema.MIGRATIONS[older]} update meta set value = '{older + 1}' where name = 'schema';"
                    f" pragma user_version = {older + 1};"
                )

    def _run(self, statements: str) -> None:
        """All of the statements, or none."""
        try:
            self._database.executescript(f"begin immediate; {statements} commit;")
        except sqlite3.Error:
            if self._database.in_transaction:
                self._database.execute("rollback")
            raise


def _meta(now: int) -> str:
    return (
        f"insert into meta values('schema', '{schema.VERSION}'), ('created_ns', '{now}'), ('onebook', '{_onebook()}');"
        f" pragma application_id = {schema.APPLICATION_ID}; pragma user_version = {schema.VERSION};"
    )


def _onebook() -> str:
    try:
        return version("onebook")
    except PackageNotFoundError:
        return "a checkout that is not installed"


def schema_version(database: sqlite3.Connection) -> int:
    """The schema of a day file; 0: the file is empty."""
    return int(database.execute("pragma user_version").fetchone()[0])


def markets(database: sqlite3.Connection) -> list[tuple[int, Market]]:
    """The markets of a day file with their numbers, lowest first."""
    found = database.execute("select * from market order by market_id").fetchall()
    return [(number, Market(*names)) for number, *names in found]


def set_aside(path: Path) -> Path:
    """Renames a damaged day file and its side files, so that another one can begin; returns the new path. Raises
    HistoryError."""
    number = 1
    while (aside := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    try:
        for suffix in SIDE_FILES:
            with suppress(FileNotFoundError):
                Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    except OSError as error:
        raise HistoryError(f"{path} is damaged and cannot be set aside: {error.strerror}", Trouble.CORRUPT) from error
    return aside
