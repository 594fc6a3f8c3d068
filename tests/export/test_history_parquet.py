"""Parquet of a history: every row of every table once, exact, in the days that were asked for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from server.export.history_parquet import HistoryExport
from server.export.parquet_views import views_sql
from server.history.day_reader import Source
from server.history.folder import DAY
from server.history.intake import Row
from server.history.rows import OpenInterestRow, StatusRow
from server.model import VenueState
from server.units import SECOND
from tests.history.samples import BTC, FINER, NOON, PEPE, book, candle, metric, source, trade, write

pytest.importorskip("pyarrow", reason="pyarrow is not installed")
duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
FOREVER = 2**63 - 1
ROWS: list[Row] = [
    *(trade(number) for number in range(25)), trade(99, FINER), trade(7, PEPE), trade(1, time=NOON + DAY),
    candle(), candle(interval="1s"), *(metric(number) for number in range(3)), *(book(number) for number in range(70)),
    OpenInterestRow(BTC, NOON, Decimal("1234567890123456789012.5"), NOON + 1),
    StatusRow(BTC, NOON, VenueState.LIVE, ""),
]  # fmt: skip


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    write(folder, ROWS)
    return folder


@pytest.fixture
def query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    database = duckdb.connect()

    def run(sql: str) -> list[tuple[Any, ...]]:
        database.execute(views_sql(tmp_path))
        found: list[tuple[Any, ...]] = database.execute(sql).fetchall()
        return found

    return run


def export(history: Path, folder: Path, start: int = 0, end: int = FOREVER, *only: Source) -> HistoryExport:
    made = HistoryExport(history, folder)
    made.export(lambda each: not only or each in only, start, end)
    return made


def test_all_rows_are_there_once_after_two_exports(history: Path, tmp_path: Path, query: Any) -> None:
    made = [export(history, tmp_path) for _ in range(2)][-1]
    counts = {"trade": 28, "candle": 2, "metric": 3, "open_interest": 1, "venue_status": 1, "book": 70 * 40}
    assert made.rows == counts
    assert {table: query(f"select count(*) from {table}")[0][0] for table in counts} == counts
    assert made.files == len(list(tmp_path.rglob("*.parquet"))) == 8
    assert set(made.sources()) == {source(BTC), source(PEPE)}


def test_numbers_are_exact(history: Path, tmp_path: Path, query: Any) -> None:
    export(history, tmp_path)
    assert query(
        "select venue, pair, date::text, trade_id, side, price, qty, price_m, price_exp, epoch_ns(time) from trade"
        " where trade_id in ('3', '99') order by time"
    ) == [
        ("venue_a", "BTC-USDT", "2026-11-30", "3", "buy", Decimal("60000.03"), Decimal("0.00001"), 6_000_003, -2,
         NOON + 3000),
        ("venue_a", "BTC-USDT", "2026-11-30", "99", "buy", Decimal("6.000099"), Decimal("0.00001"), 6_000_099, -6,
         NOON + 99_000),
    ]  # fmt: skip
    assert query("select venue, price, qty from trade where pair = 'PEPE-USDT'") == [
        ("consolidated", Decimal("0.000006000007"), Decimal(1000))
    ]
    assert query(
        "select interval, open, close, volume, quote_volume, trades, state, source from candle order by 1"
    ) == [
        (interval, Decimal(60000), Decimal(60000), Decimal("1.5"), Decimal("90000.123"), 7, "complete", "trades")
        for interval in ("1m", "1s")
    ]
    assert query("select bid, ask, ask_qty, vwap_price, avg_60s from metric limit 1") == [
        (Decimal(60000), Decimal("60000.1"), Decimal("0.00000007"), Decimal("60000.0512345"), None)
    ]
    assert query("select value, value_text from open_interest") == [(None, "1234567890123456789012.5")]
    assert query("select state, detail from venue_status") == [("live", "")]
    assert query("select side, level, price, qty from book where sequence = 69 and level = 1 order by side") == [
        ("ask", 1, Decimal("60000.02"), Decimal("0.00002001")),
        ("bid", 1, Decimal("59999.99"), Decimal("0.00001069")),
    ]


def test_a_part_of_the_history(history: Path, tmp_path: Path, query: Any) -> None:
    made = export(history, tmp_path, NOON + 20_000, NOON + DAY, source(BTC))
    assert made.rows["trade"] == 6
    assert query("select trade_id from trade order by time") == [(str(number),) for number in (20, 21, 22, 23, 24, 99)]
    assert query("select min(epoch_ns(time)) from metric") == [(NOON + SECOND,)]


def test_a_stop_leaves_no_half_of_a_file(history: Path, tmp_path: Path) -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    HistoryExport(history, tmp_path, stop).export(lambda _source: True, 0, FOREVER)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
