"""Reads one day file beside its writer: a short query on a connection that cannot write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from . import schema
from .day_file import history_error, markets, schema_version
from .errors import HistoryError, Trouble
from .markets import Market
from .pages import Key, Range
from .rows import Values
from .schema import COLUMNS, Kind

PATIENCE = 1.0
"""Seconds to wait while SQLite repairs a file after a crash: nothing else makes a reader wait."""


class Source(NamedTuple):
    """A pair at a venue, at whatever scales."""

    venue: str
    """Empty: the consolidated market."""
    base: str
    quote: str

    def has(self, market: Market) -> bool:
        """Whether the market is this pair at this venue."""
        return (market.venue, market.base, market.quote) == tuple(self)


class Table(NamedTuple):
    """How the rows of a kind are found and ordered."""

    kind: Kind
    key: tuple[str, ...]
    """The columns of the key behind market_id, and behind the interval of candles; the time is the first."""
    at: int
    """Where the key begins in a row's values."""
    interval: str = ""
    """Of candles."""

    def key_of(self, values: Values) -> Key:
        """The key of a row."""
        return values[self.at : self.at + len(self.key)]


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection | None]:
    """The file's connection, closed at the end; None if there is no file, or it is still empty. Raises HistoryError."""
    try:
        database = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=PATIENCE)
    except sqlite3.Error as error:
        if path.exists():
            raise history_error(path, error) from error
        yield None  # The retention has removed it.
        return
    try:
        found = schema_version(database)
        if found > schema.VERSION:
            raise HistoryError(f"{path}: {Trouble.NEWER.value} (schema {found})", Trouble.NEWER)
        yield database if found else None
    except sqlite3.Error as error:
        raise history_error(path, error) from error
    finally:
        database.close()


def sources(database: sqlite3.Connection, source: Source) -> list[tuple[int, Market]]:
    """The numbers and markets of a pair at a venue, one per scale, oldest first."""
    return [(number, market) for number, market in markets(database) if source.has(market)]


def read_values(database: sqlite3.Connection, table: Table, market_id: int, wanted: Range) -> list[Values]:
    """The values of at most limit + 1 rows of one market, in order."""
    start, end = wanted.narrowed()
    conditions = ["market_id = ?"]
    arguments: list[Any] = [market_id]
    if table.interval:
        conditions.append("interval = ?")
        arguments.append(table.interval)
    conditions.append(f"{table.key[0]} >= ? and {table.key[0]} < ?")
    arguments += (start, end)
    if wanted.after is not None:
        marks = ", ".join("?" * len(table.key))
        conditions.append(f"({', '.join(table.key)}) {'<' if wanted.newest_first else '>'} ({marks})")
        arguments += wanted.after
    order = ", ".join(f"{name} {'desc' if wanted.newest_first else 'asc'}" for name in table.key)
    query = (
        f"select {COLUMNS[table.kind]} from {table.kind.value} where {' and '.join(conditions)}"
        f" order by {order} limit {wanted.limit + 1}"
    )
    return database.execute(query, arguments).fetchall()
