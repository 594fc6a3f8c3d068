"""Reads the history, beside its writer: pages of rows by market and time, oldest or newest first.

Times are nanoseconds UTC; `end` is behind the last time. Days without a file have no rows. Every call opens the files
that it needs, one after the other, and closes them: nothing is held between two calls, and the writer never waits. All
calls raise PageError, and HistoryError where a file cannot be read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

from .book_reader import Found, read_books
from .candle_row import CandleRow
from .day_reader import Source, Table, opened, read_values, sources
from .folder import DAY, day_of, day_path, days
from .markets import Market
from .pages import Key, Page, Range, made_range, token
from .rows import BookRow, MetricRow, OpenInterestRow, StatusRow, TradeRow
from .schema import Kind

R = TypeVar("R", TradeRow, CandleRow, MetricRow, OpenInterestRow, StatusRow)
_FOREVER = 2**63 - 1

TRADES = Table(Kind.TRADE, ("time_ns", "trade_key"), 0)
METRICS = Table(Kind.METRIC, ("time_ns",), 0)
OPEN_INTEREST = Table(Kind.OPEN_INTEREST, ("time_ns",), 0)
STATUS = Table(Kind.STATUS, ("time_ns", "state", "detail"), 0)


class HistoryStore:
    """The history in one folder. May be used by several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Where the day files are."""

    def trades(
        self,
        source: Source,
        start: int = 0,
        end: int = _FOREVER,
        *,
        after: str = "",
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Page[TradeRow]:
        """Trades by the venue's time, then by the integer of their id."""
        wanted = made_range(Kind.TRADE, start, end, after, limit, newest_first)
        return self._page(TRADES, TradeRow, source, wanted)

    def candles(
        self,
        source: Source,
        interval: str,
        start: int = 0,
        end: int = _FOREVER,
        *,
        after: str = "",
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Page[CandleRow]:
        """Candles of one interval (1s, 1m, ...) by open time: of each the row of the highest rank."""
        wanted = made_range(Kind.CANDLE, start, end, after, limit, newest_first)
        return self._page(Table(Kind.CANDLE, ("open_ns",), 1, interval), CandleRow, source, wanted)

    def metrics(
        self,
        source: Source,
        start: int = 0,
        end: int = _FOREVER,
        *,
        after: str = "",
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Page[MetricRow]:
        """Tops of the book and averages by time."""
        wanted = made_range(Kind.METRIC, start, end, after, limit, newest_first)
        return self._page(METRICS, MetricRow, source, wanted)

    def open_interest(
        self,
        source: Source,
        start: int = 0,
        end: int = _FOREVER,
        *,
        after: str = "",
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Page[OpenInterestRow]:
        """Open interest by time."""
        wanted = made_range(Kind.OPEN_INTEREST, start, end, after, limit, newest_first)
        return self._page(OPEN_INTEREST, OpenInterestRow, source, wanted)

    def status(
        self,
        source: Source,
        start: int = 0,
        end: int = _FOREVER,
        *,
        after: str = "",
        limit: int = 1000,
        newest_first: bool = False,
    ) -> Page[StatusRow]:
        """Changes of a book's state by time, then by the number of the state."""
        wanted = made_range(Kind.STATUS, start, end, after, limit, newest_first)
        return self._page(STATUS, StatusRow, source, wanted)

    def books(
        self,
        source: Source,
        start: int = 0,
        end: int = _FOREVER,
        *,
        after: str = "",
        limit: int = 100,
        newest_first: bool = False,
    ) -> Page[BookRow]:
        """Books by time, then by sequence."""
        wanted = made_range(Kind.CHUNK, start, end, after, limit, newest_first)
        found: Found = {}
        for day in self._days(wanted):
            with self._reading(day) as database:
                if database is not None:
                    for number, market in self._numbers(database, source):
                        found.update(read_books(database, number, market, wanted))
            if len(found) > limit:
                break
        return _cut(Kind.CHUNK, found, wanted)

    def book_at(self, source: Source, time: int, reach: int = DAY) -> BookRow | None:
        """The last book up to this time, at most `reach` nanoseconds before; None if there is none."""
        page = self.books(source, time - reach, time + 1, limit=1, newest_first=True)
        return page.rows[0] if page.rows else None

    def _page(self, table: Table, row: type[R], source: Source, wanted: Range) -> Page[R]:
        found: dict[Key, R] = {}
        for day in self._days(wanted):
            with self._reading(day) as database:
                if database is not None:
                    for number, market in self._numbers(database, source):
                        for values in read_values(database, table, number, wanted):
                            _keep_better(found, table.key_of(values), row.read(market, values))
            if len(found) > wanted.limit:
                break
        return _cut(table.kind, found, wanted)

    def _reading(self, day: int) -> AbstractContextManager[sqlite3.Connection | None]:
        return opened(day_path(self.folder, day))

    def _numbers(self, database: sqlite3.Connection, source: Source) -> list[tuple[int, Market]]:
        """The numbers and markets of a pair at a venue, one per scale, oldest first."""
        return sources(database, source)

    def _days(self, wanted: Range) -> Iterator[int]:
        """The days with a file that the range touches, in its order."""
        start, end = wanted.narrowed()
        found = [day for day in days(self.folder) if day_of(start) <= day <= day_of(end - 1)]
        return reversed(found) if wanted.newest_first else iter(found)


def _keep_better(found: dict[Key, R], key: Key, row: R) -> None:
    """Of two rows of one key, which a change of scale has made, the newer one counts; of candles the higher rank."""
    known = found.get(key)
    if isinstance(row, CandleRow) and isinstance(known, CandleRow) and row.rank < known.rank:
        return
    found[key] = row


def _cut(kind: Kind, found: dict[Key, Any], wanted: Range) -> Page[Any]:
    keys = sorted(found, reverse=wanted.newest_first)
    shown = keys[: wanted.limit]
    return Page([found[key] for key in shown], token(kind, shown[-1]) if len(keys) > wanted.limit else "")
