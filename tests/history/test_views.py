"""Views show what the rows say: exact decimals as text, and the tables of older systems."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from server.history.candle_row import Comparison
from server.history.numbers import decimal_of
from server.history.rows import OpenInterestRow, StatusRow
from server.history.schema import TABLES
from server.history.views import VIEWS, decimal_sql, names_sql, time_sql
from server.model import Side, VenueState

from .samples import BTC, FINER, INT64, NOON, PEPE, book, candle, metric, query, trade, write

MEMORY = sqlite3.connect(":memory:")


@given(INT64, st.integers(-30, 0))
def test_decimals_are_exact(value: int, exponent: int) -> None:
    statement = f"select {decimal_sql('v', 'e')} from (select ? as v, ? as e)"
    (shown,) = MEMORY.execute(statement, (value, exponent)).fetchone()
    assert Decimal(shown) == decimal_of(value, exponent)
    assert len(shown.partition(".")[2]) == -exponent


def test_times_and_names() -> None:
    assert MEMORY.execute(f"select {time_sql(str(NOON + 7))}").fetchone() == ("2026-11-30T12:00:00.000000007Z",)
    assert MEMORY.execute(f"select {names_sql('1', {1: 'buy'})}, {names_sql('5', {1: 'buy'})}").fetchone() == ("buy", 5)


def test_a_database_of_tables_and_views_is_sound() -> None:
    database = sqlite3.connect(":memory:")
    database.executescript(TABLES + VIEWS)
    for (name,) in database.execute("select name from sqlite_master where type = 'view'").fetchall():
        assert database.execute(f"select * from {name}").fetchall() == []
    database.close()


def test_trades(tmp_path: Path) -> None:
    small = trade(1, PEPE)._replace(price=7_000_000, quantity=10**12, trade_id="007", side=Side.UNKNOWN)
    write(tmp_path, [small, trade(2), trade(3, FINER)])
    assert query(tmp_path, "select venue, pair, time, trade_id, side, price, qty from v_trade order by time_ns") == [
        ("", "PEPE/USDT", "2026-11-30T12:00:00.000001000Z", "007", "unknown", "0.000007000000", "1000000000000"),
        ("venue_a", "BTC/USDT", "2026-11-30T12:00:00.000002000Z", "2", "buy", "60000.02", "0.00001000"),
        ("venue_a", "BTC/USDT", "2026-11-30T12:00:00.000003000Z", "3", "buy", "6.000003", "0.00001000"),
    ]
    assert query(tmp_path, "select * from trades where price > 6 and side = 'buy' order by ts limit 1") == [
        ("venue_a", "BTC/USDT", "2026-11-30 12:00:00.000002", 60000.02, 1e-05, "buy", None)
    ]


def test_candles(tmp_path: Path) -> None:
    other = Comparison(5, Decimal("0.01"), None, None, Decimal("-0.020"), Decimal("1E-8"), None, True)
    write(tmp_path, [candle()._replace(comparison=other, open_interest=Decimal(12))])
    columns = (
        "interval, open_time, open, high, low, close, volume, quote_volume, trades, state, source, close_diff, alarm"
    )
    assert query(tmp_path, f"select {columns}, volume_diff, open_interest from v_ohlc") == [
        (
            *("1m", "2026-11-30T12:00:00.000000000Z", "60000.00", "61000.00", "59000.00", "60000.00"),
            *("1.50000000", "90000.123", 7, "complete", "trades", "-0.020", 1, "0.00000001", "12"),
        )
    ]
    assert query(tmp_path, "select * from ohlc where h > 60000") == [
        ("venue_a", "BTC/USDT", "2026-11-30 12:00:00.000000", 60, 60000.0, 61000.0, 59000.0, 60000.0, 1.5)
    ]


def test_metrics_open_interest_and_status(tmp_path: Path) -> None:
    interest = OpenInterestRow(BTC, NOON, Decimal("1234.5"), NOON)
    write(tmp_path, [metric(), interest, StatusRow(BTC, NOON, VenueState.GAP, "sequence")])
    columns = "bid, bid_qty, ask, ask_qty, spread, vwap_price, avg_30s, coverage_30s_ppm, avg_60s, coverage_60s_ppm"
    assert query(tmp_path, f"select {columns} from v_metric") == [
        ("60000.00", "0.00000005", "60000.10", "0.00000007", "0.10", "60000.0512345", "60000.1", 1_000_000, None, 0)
    ]
    assert query(tmp_path, "select value from v_open_interest") == [("1234.5",)]
    assert query(tmp_path, "select state, detail from v_venue_status") == [("gap", "sequence")]
    assert query(tmp_path, "select * from AveragePrice") == [
        ("BTCUSDT", 30, 60000.1, "2026-11-30 12:00:00.000000", "2026-11-30 11:59:30.000000", "venue_a")
    ]


def test_books(tmp_path: Path) -> None:
    write(tmp_path, [metric(), book(0, levels=2), book(1, levels=2), book(200, levels=0)])
    assert query(tmp_path, "select level, price, qty from v_bid order by level") == [
        (0, "60000.00", "0.00001000"),
        (1, "59999.99", "0.00001000"),
    ]
    assert query(tmp_path, "select ticker, timestamp from OrderBook order by id") == [
        ("BTCUSDT", "2026-11-30 12:00:00.000000"),
        ("BTCUSDT", "2026-11-30 12:00:20.000000"),
    ]
    asks = (
        "select b.timestamp, a.price, a.quantity from OrderBook b join Asks a on a.order_book_id = b.id order by a.id"
    )
    assert [row[1] for row in query(tmp_path, asks)] == [60000.01, 60000.02]
    stats = query(tmp_path, "select bid_ask_spread, price from AdditionalStats order by order_book_id")
    assert stats == [(0.01, 60000.0512345), (None, None)]
