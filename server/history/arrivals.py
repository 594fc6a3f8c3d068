"""Trades, and the gaps between them, in the order in which the server received them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .day_reader import Source, opened, sources
from .folder import DAY, day_of, day_path, days
from .markets import Market
from .rows import TradeGapRow, TradeRow
from .schema import COLUMNS, Kind

Arrival = TradeRow | TradeGapRow
_KINDS: tuple[tuple[Kind, type[Any], str], ...] = (
    (Kind.TRADE, TradeRow, "received_ns, time_ns, trade_key"),
    (Kind.TRADE_GAP, TradeGapRow, "received_ns, after_id, before_id"),
)


class Arrivals:
    """What was received of some venues' trades from a time on, by parts. Not thread-safe."""

    def __init__(self, folder: Path, wanted: Sequence[Source], start: int) -> None:
        """`start`: nanoseconds UTC by the server's clock."""
        self._folder, self._wanted = folder, wanted
        self._begin = self._after = start - 1

    def read(self, limit: int) -> list[Arrival]:
        """What was received next, oldest first: about `limit` rows, or more that were received at one time; empty if
        there are none now. Trades whose own time is more than a day before their receipt are left out. Raises
        HistoryError."""
        while True:
            found, horizon = self._read(limit)
            rows = [row for row in found if row.received <= horizon]
            if rows or not found:
                rows.sort(key=_received)
                if rows:
                    self._after = rows[-1].received
                return rows
            limit *= 2  # All of one venue's rows were received at one time.

    def rewind(self, nanoseconds: int) -> None:
        """Reads again what was received in so much time before the last row."""
        self._after = max(self._begin, self._after - nanoseconds)

    def _read(self, limit: int) -> tuple[list[Arrival], int]:
        """Rows, and the time of receipt up to which none is missing among them."""
        found: list[Arrival] = []
        horizon = 2**63 - 1
        for day in days(self._folder):
            if day < day_of(max(0, self._after - DAY)):
                continue
            if len(found) > limit and day > day_of(max(row.received for row in found) + DAY):
                break
            with opened(day_path(self._folder, day)) as database:
                for rows in self._of_day(database, limit):
                    if len(rows) == limit:
                        horizon = min(horizon, rows[-1].received - 1)
                    found += rows
        return found, horizon

    def _of_day(self, database: sqlite3.Connection | None, limit: int) -> Iterator[list[Arrival]]:
        if database is None:
            return
        for source in self._wanted:
            for number, market in sources(database, source):
                for kind, row, order in _KINDS:
                    yield _rows(database, kind, row, order, number, market, self._after, limit)


def _rows(
    database: sqlite3.Connection,
    kind: Kind,
    row: type[Any],
    order: str,
    number: int,
    market: Market,
    after: int,
    limit: int,
) -> list[Arrival]:
    query = f"select {COLUMNS[kind]} from {kind.value} where market_id = ? and received_ns > ? order by {order} limit ?"
    return [row.read(market, values) for values in database.execute(query, (number, after, limit))]


def _received(row: Arrival) -> int:
    return row.received
