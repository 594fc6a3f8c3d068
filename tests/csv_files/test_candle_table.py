"""Candles as rows: the columns of older systems first, those of the client's command, and exact numbers."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal

import pytest

from client.analytics import candles_cli
from server.analytics.candles.candle import Candle, CandleSource, CandleState, Reconciliation
from server.analytics.intervals import Interval
from server.csv_files.candle_table import COLUMNS, candle_table

from .samples import START

D = Decimal
CANDLE = Candle(
    Interval.parse("1m"), START, START + 60 * 10**9, D("1.10"), D("2"), D("1"), D("1.5"), D("1E+2"), D("150"), 7,
    CandleState.COMPLETE, CandleSource.TRADES, 1,
)  # fmt: skip
COMPARED = Reconciliation(START, D("0"), D("-0.1"), None, D("1E-9"), D("0.5"), D("-2"), alarm=False)


def table(*candles: Candle) -> list[dict[str, str]]:
    return list(csv.DictReader(candle_table(candles)))


def test_the_columns_of_older_files_come_first() -> None:
    old = "start,open,high,low,close,volume,open_var,high_var,low_var,close_var,volume_var,open_interest"
    assert next(iter(candle_table([]))).startswith(f"{old},")


def test_the_client_prints_the_same_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert candles_cli.main(["--help"]) == 0
    assert ",".join(COLUMNS) in "".join(capsys.readouterr().out.split())


def test_a_candle_that_was_compared() -> None:
    (row,) = table(replace(CANDLE, reconciliation=COMPARED, open_interest=D("12.50")))
    assert row == {
        "start": "2024-10-04T01:00:00Z", "open": "1.10", "high": "2", "low": "1", "close": "1.5", "volume": "100",
        "open_var": "0", "high_var": "-0.1", "low_var": "", "close_var": "0.000000001", "volume_var": "0.5",
        "open_interest": "12.50", "quote_volume": "150", "quote_volume_var": "-2", "trades": "7",
        "vwap": "1.500000000000", "state": "complete", "source": "trades", "revision": "1",
    }  # fmt: skip


def test_what_is_not_known_is_empty() -> None:
    nothing = replace(CANDLE, open=None, high=None, low=None, close=None, volume=None, quote_volume=None, trades=None)
    (row,) = table(nothing)
    empty = {name for name, value in row.items() if not value}
    assert empty == set(COLUMNS) - {"start", "state", "source", "revision"}
