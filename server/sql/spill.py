"""Rows that wait on this machine's disk while the server is away: a bounded queue of batches in one file of SQLite.

What append() was given is on the disk when it returns, whatever happens to the process.
"""

from __future__ import annotations

import base64
import json
import logging
import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..history.day_file import Entry, set_aside
from ..history.errors import HistoryError
from ..history.markets import Market
from ..history.schema import Kind
from ..logs import about
from ..neighbours import recording
from .errors import SqlError, SqlTrouble

log = logging.getLogger(__name__)

T = TypeVar("T")
NAME = "spill.db"
MODE = 0o600
OVERHEAD = 64
"""Bytes that a batch takes beside its data."""
_DAMAGED = ("malformed", "not a database", "no such table", "no such column")
_TABLE = """
create table if not exists batch(
    number integer primary key autoincrement, kind text not null, rows integer not null, bytes integer not null,
    data blob not null)
"""


class Batch(NamedTuple):
    """Rows of one kind that were added together."""

    kind: Kind
    entries: Sequence[Entry]


class Spill:
    """The queue in one folder, for one process. Where it overflows, the oldest batches are dropped, and counted."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """Makes the folder if only it is missing. Raises SqlError: the folder cannot be used, or another process uses
        it. A damaged file is renamed, and another one begins."""
        self.path, self._most = folder / NAME, most_bytes
        self.dropped: Counter[Kind] = Counter()
        """Rows that were lost, as too many waited."""
        self.rows = self.bytes = 0
        """What waits: rows, and about the bytes that they take on the disk."""
        self._lock = _locked(folder)
        try:
            self._work(self._open)
        except SqlError:
            self._lock.close()
            raise

    def append(self, batches: Iterable[Batch]) -> None:
        """Adds batches behind the others; all are on the disk when this returns. Raises SqlError: none was added."""
        added = [(each.kind.value, len(each.entries), encoded(each.entries)) for each in batches]
        self._work(lambda: self._append([(kind, rows, len(data) + OVERHEAD, data) for kind, rows, data in added]))

    def first(self) -> tuple[int, Batch] | None:
        """The oldest batch and its number; None if nothing waits. A batch that cannot be read is dropped, and counted.
        Raises SqlError."""
        while (row := self._work(self._oldest)) is not None:
            number, kind, rows, data = row
            try:
                return number, Batch(Kind(kind), decoded(data))
            except (ValueError, zlib.error) as error:
                log.error("%d rows of %s are damaged in %s, and lost: %s", rows, kind, self.path, error,
                          extra=about("sql_spill_corrupt"))  # fmt: skip
                self.dropped[Kind(kind)] += rows
                self.done(number)
        return None

    def done(self, number: int) -> None:
        """The batch of this number has been written elsewhere. Raises SqlError: it will come once more."""
        self._work(lambda: self._done(number))

    def close(self) -> None:
        """Ends; what waits stays on the disk."""
        with suppress(sqlite3.Error):
            self._database.close()
        self._lock.close()

    def _work(self, work: Callable[[], T]) -> T:
        """The result of work on the file. A damaged file is set aside, and the work done on a new one. Raises
        SqlError."""
        try:
            try:
                return work()
            except sqlite3.DatabaseError as error:
                self._undo()
                if not any(words in str(error) for words in _DAMAGED):
                    raise
                self._begin_again(error)
                return work()
        except (sqlite3.Error, HistoryError, OSError) as error:
            raise _error(self.path, error) from error

    def _open(self) -> None:
        self.path.touch(mode=MODE)
        self._database = sqlite3.connect(self.path, timeout=1.0, isolation_level=None, check_same_thread=False)
        # The file gives back the room of what was delivered.
        self._database.execute("pragma auto_vacuum = full")
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = full")
        self._database.execute(_TABLE)
        found = self._database.execute("select coalesce(sum(rows), 0), coalesce(sum(bytes), 0) from batch")
        self.rows, self.bytes = found.fetchone()

    def _begin_again(self, error: sqlite3.DatabaseError) -> None:
        """Sets the damaged file aside, and makes another one."""
        self._database.close()
        aside = set_aside(self.path)
        log.error("%s is damaged (%s); it is now %s, and a new one begins", self.path, error, aside.name,
                  extra=about("sql_spill_corrupt"))  # fmt: skip
        self._open()

    def _append(self, batches: Sequence[tuple[str, int, int, bytes]]) -> None:
        self._database.execute("begin immediate")
        self._database.executemany("insert into batch(kind, rows, bytes, data) values(?, ?, ?, ?)", batches)
        total = self.bytes + sum(size for _kind, _rows, size, _data in batches)
        lost: Counter[Kind] = Counter()
        while total > self._most:
            oldest = "select number, kind, rows, bytes from batch order by number limit 1"
            number, kind, rows, size = self._database.execute(oldest).fetchone()
            self._database.execute("delete from batch where number = ?", (number,))
            lost[Kind(kind)] += rows
            total -= size
        self._database.execute("commit")
        self.rows += sum(rows for _kind, rows, _size, _data in batches) - lost.total()
        self.bytes = total
        self.dropped.update(lost)

    def _oldest(self) -> Any:
        query = "select number, kind, rows, data from batch order by number limit 1"
        return self._database.execute(query).fetchone()

    def _done(self, number: int) -> None:
        found = self._database.execute("select rows, bytes from batch where number = ?", (number,)).fetchone()
        if found is not None:
            self._database.execute("delete from batch where number = ?", (number,))
            self.rows, self.bytes = self.rows - found[0], self.bytes - found[1]

    def _undo(self) -> None:
        with suppress(sqlite3.Error):  # What is left of the transaction ends with the connection.
            if self._database.in_transaction:
                self._database.execute("rollback")


def encoded(entries: Sequence[Entry]) -> bytes:
    """Rows as compressed JSON: integers and text as they are, bytes as base64."""
    markets = {market: number for number, market in enumerate(dict.fromkeys(market for market, _ in entries))}
    rows = [(markets[market], *values) for market, values in entries]
    text = json.dumps({"markets": list(markets), "rows": rows}, default=_bytes, separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def decoded(data: bytes) -> list[Entry]:
    """The rows. Raises ValueError or zlib.error for what encoded() has not made."""
    try:
        found = json.loads(zlib.decompress(data), object_hook=_of_object)
        markets = [Market(*names) for names in found["markets"]]
        return [(markets[number], tuple(values)) for number, *values in found["rows"]]
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError(f"a batch is damaged: {error!r}") from error


def _bytes(value: object) -> dict[str, str]:
    assert isinstance(value, bytes)
    return {"base64": base64.b64encode(value).decode()}


def _of_object(found: dict[str, Any]) -> Any:
    return base64.b64decode(found["base64"]) if "base64" in found else found


def _error(path: Path, error: Exception) -> SqlError:
    return SqlError(f"{SqlTrouble.SPILL.value}: {path}: {error}", SqlTrouble.SPILL)


def _locked(folder: Path) -> recording.FolderLock:
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
        return recording.FolderLock(folder)
    except OSError as error:
        raise SqlError(f"{folder} cannot be made: {error.strerror}", SqlTrouble.SPILL) from error
    except recording.RecordingError as error:
        raise SqlError(str(error), SqlTrouble.SPILL) from error
