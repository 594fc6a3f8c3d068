"""What a day file shows, a server shows too: table by table and view by view, for rows of all kinds."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import pytest

from server.history.candle_row import Comparison
from server.history.folder import day_of, day_path
from server.history.intake import Row
from server.history.rows import OpenInterestRow, StatusRow
from server.model import Side, VenueState
from server.sql.metadata import metadata
from server.sql.sql_writer import SqlWriter
from server.sql.views import MADE
from server.units import SECOND
from tests.history.samples import BTC, FINER, NOON, PEPE, Clock, book, candle, gap, metric, trade, writer

from .servers import Server

COARSE = PEPE._replace(venue="venue_b", symbol="x", price_exp=0, qty_exp=0)
TINY = PEPE._replace(venue="venue_c", symbol="y", price_exp=-30, qty_exp=-30)
MARKETS = (BTC, FINER, PEPE, COARSE, TINY)
LARGEST = 2**63 - 1
GIVEN = {"market": "market_id", "book_chunk": "chunk_id", "book_sample": "sample_id"}
"""Columns that say nothing of the rows."""
_EXACT = Context(prec=200)


def rows() -> list[Row]:
    """Rows of every kind, with the largest and smallest numbers, twice and in disorder."""
    found: list[Row] = []
    for number, market in enumerate(MARKETS):
        for price in (0, 1, -1, LARGEST, -LARGEST, 6_000_001 + number):
            found.append(trade(len(found), market)._replace(price=price, quantity=price, side=Side(len(found) % 3)))
        found.append(trade(len(found), market)._replace(trade_id="a-1", time=NOON + 7))
        found += [book(at, market, step=7 * SECOND, levels=at % 4) for at in range(6)]
        extreme = book(90, market, step=SECOND)
        found.append(extreme._replace(bids=((LARGEST, 1), (-LARGEST, LARGEST)), asks=((1, 5),)))
        found += [metric(at)._replace(market=market, time=NOON + at * 5 * SECOND) for at in range(4)]
        found.append(metric(50)._replace(market=market, bid=None, ask=LARGEST, vwap_price=None))
        compared = Comparison(5, Decimal("0.01"), None, None, Decimal("-0.020"), Decimal("1E-8"), None, True)
        found += [
            candle(revision, close=6_000_000 + revision)._replace(market=market, comparison=made)
            for revision, made in ((0, None), (2, compared), (1, None), (2, None))
        ]
        wide = Decimal("1" * 58 + "." + "1" * 58)
        empty = candle(interval="1s")._replace(open=None, high=None, low=None, close=None, trades=None, volume=None)
        found.append(empty._replace(market=market, quote_volume=wide, state=3))
        found += [gap(number)._replace(market=market), gap(9)._replace(market=market, after_id="", missing=0)]
        found.append(OpenInterestRow(market, NOON, Decimal("12.500"), NOON))
        found += [StatusRow(market, NOON + at, VenueState(1 + at), f"späť {at} ") for at in range(3)]
    random.Random(7).shuffle(found)
    return [*found, *found[:40]]


@pytest.fixture
def both(server: Server, url: str, database: str, tmp_path: Path) -> tuple[sqlite3.Connection, Server, str]:
    """A day file and a database that were given the same rows."""
    clock, other = Clock(), Clock()
    given = sorted(rows(), key=lambda row: row.time)
    made = writer(tmp_path / "history", clock)
    made.add(given)
    made.close()
    sql = SqlWriter(url, tmp_path / "spill", clock=other)
    sql.add(given)
    sql.close()
    assert sql.written == made.written
    assert not sql.refused
    return sqlite3.connect(day_path(tmp_path / "history", day_of(NOON))), server, database


def test_tables_and_views_show_what_a_day_file_shows(both: tuple[sqlite3.Connection, Server, str]) -> None:
    day_file, server, database = both
    for name in (*metadata.tables, *MADE):
        if name != "meta":
            one, other = compared(day_file, server, database, name)
            assert one, name
            assert one == other, name
    day_file.close()


def compared(
    day_file: sqlite3.Connection, server: Server, database: str, name: str
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """All rows of a table or a view in a day file and in a database, in one order and one spelling."""
    cursor = day_file.execute(f"select * from {name}")
    names = [column[0] for column in cursor.description]
    rest = [at for at, column in enumerate(names) if column != GIVEN.get(name)]
    columns = ", ".join(_quoted(server, names[at]) for at in rest)
    one = [tuple(row[at] for at in rest) for row in cursor]
    other = [tuple(row) for row in server.execute(f"select {columns} from {name}", database)]
    if "market_id" in names and name != "market":
        # Each database numbers its markets as they come.
        place = [names[at] for at in rest].index("market_id")
        every = "select * from market"
        one = _with_markets(one, place, day_file.execute(every).fetchall())
        other = _with_markets(other, place, server.execute(every, database))
    return _translated(one), _translated(other)


def _with_markets(rows: list[tuple[Any, ...]], place: int, markets: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows with the market itself in the place of its number."""
    known = {row[0]: tuple(row[1:]) for row in markets}
    return [(*row[:place], known[row[place]], *row[place + 1 :]) for row in rows]


def _quoted(server: Server, name: str) -> str:
    return f"`{name}`" if server.scheme == "mariadb" else name


def _translated(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted((tuple(map(_plain, row)) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    """Numbers as numbers, and times as the text of a day file."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, str):
        try:
            return Decimal(value).normalize(_EXACT)
        except ArithmeticError:
            return value
    return value.normalize(_EXACT) if isinstance(value, Decimal) else value
