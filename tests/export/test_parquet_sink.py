"""Parquet of recordings, as DuckDB, pandas and polars read it: the books and the trades of the replay."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from orderbook_ext import BookUpdate, UpdateKind
from server.export.export_market import ExportMarket
from server.export.level_book import LevelBook
from server.export.parquet_sink import ParquetSink
from server.export.parquet_views import views_sql
from server.history.folder import DAY
from server.model import Pair, Side, Trade
from server.protocol.candle_source import OpenInterest
from tests.export.captured import LONGEST, PLAYED, Collected, Numbers, of, play, records_of

pytest.importorskip("pyarrow", reason="pyarrow is not installed")
duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
pandas = pytest.importorskip("pandas", reason="pandas is not installed")
polars = pytest.importorskip("polars", reason="polars is not installed")
BTC = ExportMarket("a", Pair("BTC", "USDT"), "BTCUSDT", Decimal(0), Decimal(0))
NOON = 20_000 * DAY + DAY // 2


@pytest.fixture
def query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """SQL over the exported folder, as its views have it."""
    monkeypatch.chdir(tmp_path)
    database = duckdb.connect()
    database.execute("set timezone = 'UTC'")

    def run(sql: str) -> list[tuple[Any, ...]]:
        database.execute(views_sql(tmp_path))
        found: list[tuple[Any, ...]] = database.execute(sql).fetchall()
        return found

    return run


def books(rows: list[tuple[Any, ...]]) -> dict[int, tuple[Numbers, Numbers]]:
    """The book after the last row of each time of receipt."""
    sides: dict[str, Numbers] = {"bid": {}, "ask": {}}
    found = {}
    for _, rows_of_update in groupby(rows, key=itemgetter(0)):
        update = list(rows_of_update)
        if update[0][2] != "change":
            sides = {"bid": {}, "ask": {}}
        for _, _, _, side, price, qty in update:
            if side is not None:
                sides[side][price] = qty
                if not qty:
                    del sides[side][price]
        found[update[0][1]] = dict(sides["bid"]), dict(sides["ask"])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("capture", PLAYED)
def test_the_rows_make_the_books_of_the_replay(capture: str, tmp_path: Path, query: Any) -> None:
    records = records_of(capture, 300)
    expected = Collected(keeps_books=True)
    play(expected, records)
    sink = ParquetSink(tmp_path)
    play(sink, records)
    compared = 0
    for market in {market for market, _, _ in expected.updates}:
        rows = query(
            "select update, epoch_ns(received), kind, side, price, qty from book_change"
            f" where pair = '{market.pair.base}-{market.pair.quote}' and venue = '{market.venue}'"
            " order by update"
        )
        for at, book in books(rows).items():
            assert book == expected.books[market.symbol][at]
            compared += 1
    assert compared > 0
    assert query("select count(*) from book_change") == [(sink.rows["book_change"],)]


def test_trades_are_exact_in_each_tool(tmp_path: Path, query: Any) -> None:
    records = of(LONGEST, 1200)
    expected = Collected()
    play(expected, records)
    for _ in range(2):
        play(ParquetSink(tmp_path), records)
    trades = [
        (trade.trade_id, trade.side.name.lower(), trade.price, trade.size, trade.exchange_time, at)
        for _, trade, at in expected.trades
    ]
    assert len(trades) > 100
    names = "trade_id, side, price, qty"
    times = "epoch_ns(time), epoch_ns(received)"
    assert query(f"select {names}, {times} from trade where venue = 'binance' order by trade_id::int64") == trades
    frame = pandas.read_parquet(tmp_path / "table=trade").sort_values("trade_id", key=lambda ids: ids.astype(int))
    found = zip(
        frame.trade_id, frame.side, frame.price, frame.qty, frame.time.astype("int64"), frame.received.astype("int64"),
        strict=True,
    )  # fmt: skip
    assert list(found) == trades
    assert set(frame.pair) == {"S0-Q"}
    lazy = polars.scan_parquet(str(tmp_path / "table=trade/**/*.parquet"), hive_partitioning=True)
    columns = [polars.col(name) for name in names.split(", ")]
    columns += [polars.col(name).dt.timestamp("ns") for name in ("time", "received")]
    assert lazy.sort(polars.col("trade_id").cast(polars.Int64)).select(columns).collect().rows() == trades


def test_a_withdrawn_book_and_an_empty_one_are_rows_without_a_level(tmp_path: Path, query: Any) -> None:
    sink, book = ParquetSink(tmp_path), LevelBook()
    head = NOON, NOON, 5, 1, 2
    sink.book(BTC, book, BookUpdate(UpdateKind.SHOWN, *head, ((10, 150),), ()), NOON)
    sink.book(BTC, book, BookUpdate(UpdateKind.FRAME, *head, (), ()), NOON + 1)
    sink.book(BTC, book, BookUpdate(UpdateKind.HIDDEN, *head, (), ()), NOON + 2)
    sink.book(BTC, book, BookUpdate(UpdateKind.SHOWN, *head, (), ()), NOON + 3)
    sink.finish()
    assert query("select update, kind, side, price, qty, sequence from book_change order by update") == [
        (1, "snapshot", "bid", Decimal(1), Decimal("1.5"), 5), (3, "withdrawn", None, None, None, 5),
        (4, "snapshot", None, None, None, 5),
    ]  # fmt: skip


def test_each_day_of_receipt_has_a_file(tmp_path: Path, query: Any) -> None:
    sink = ParquetSink(tmp_path)
    for day in range(3):
        sink.trade(BTC, Trade("BTCUSDT", str(day), Decimal("1.5"), Decimal(2), Side.BUY, 0), NOON + day * DAY)
        assert len(list(tmp_path.rglob("*.parquet"))) == day
    sink.finish()
    assert query("select date::text, trade_id, epoch_ns(time) from trade order by 1") == [
        ("2024-10-04", "0", NOON), ("2024-10-05", "1", NOON + DAY), ("2024-10-06", "2", NOON + 2 * DAY)
    ]  # fmt: skip
    assert sink.files == 3


def test_open_interest_and_what_is_discarded(tmp_path: Path, query: Any) -> None:
    sink = ParquetSink(tmp_path)
    sink.open_interest(BTC, OpenInterest(Decimal("12.5"), 0), NOON)
    sink.finish()
    assert query("select value, value_text, epoch_ns(received) from open_interest") == [(Decimal("12.5"), "12.5", NOON)]
    sink.open_interest(BTC, OpenInterest(Decimal(13), 0), NOON)
    sink.discard()
    assert query("select count(*) from open_interest") == [(1,)]
    assert len([each for each in tmp_path.rglob("*") if each.is_file()]) == 1
