"""Candles of a venue's history: requests of at most a page, and rows by place, by key and by column."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from server.errors import FrameError
from server.model import Instrument, Pair
from server.protocol.candle_source import CandleSource
from server.units import SECOND

PLACES = {"open_time": 0, "open": 1, "high": 2, "low": 3, "close": 4, "volume": 5}
ROW = [1_795_000_020, "10", "12", "9", "11", "2.5"]


def instrument(contract: str = "1") -> Instrument:
    return Instrument(
        Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("0.001"), "TRADING", True, Decimal(contract)
    )


def source(**fields: Any) -> CandleSource:
    def path(item: Instrument, word: str, start: int, end: int, rows: int) -> str:
        return f"/k?s={item.symbol}&i={word}&from={start // SECOND}&to={end // SECOND}&n={rows}"

    values: dict[str, Any] = {"path": path, "words": {60: "1m", 3600: "1h"}, "columns": PLACES, "limit": 100, **fields}
    return CandleSource(**values)


def test_a_request_asks_for_what_is_in_the_range() -> None:
    request = source(weight=5).request(instrument(), 60, 60 * SECOND, 361 * SECOND)
    assert request.path == "/k?s=BTCUSDT&i=1m&from=60&to=361&n=6", "a part of an interval is one row more"
    assert request.weight == 5


@given(st.integers(0, 10**9), st.integers(-(10**6), 10**7))
def test_a_request_asks_for_one_row_at_least_and_a_page_at_most(start: int, seconds: int) -> None:
    request = source().request(instrument(), 60, start * SECOND, (start + seconds) * SECOND)
    rows = int(request.path.rpartition("=")[2])
    assert rows == max(1, min(100, -(-seconds // 60)))


def test_an_interval_that_the_venue_does_not_have() -> None:
    with pytest.raises(FrameError, match="no candles of 300 s; there are 60, 3600"):
        source().request(instrument(), 300, 0, SECOND)


def test_rows_stand_where_keys_lead() -> None:
    assert source().rows_in([ROW]) == [ROW]
    assert source(rows=("result", "*")).rows_in({"result": {"XXBTZUSD": [ROW], "last": 5}}) == [ROW]
    wrong: list[Any] = [{"other": []}, {"result": {}}, {"result": {"a": "text"}}]
    for answer in wrong:
        with pytest.raises((KeyError, StopIteration, TypeError, ValueError, FrameError)):
            source(rows=("result", "*")).rows_in(answer)


def test_columns_become_rows() -> None:
    by_name = source(columns={"open_time": "t", "open": "o", "high": "o", "low": "o", "close": "c"}, columnar=True)
    rows = by_name.rows_in({"t": [1, 2], "o": ["5", "6"], "c": ["7", "8"], "status": "ok"})
    assert rows == [{"t": 1, "o": "5", "c": "7"}, {"t": 2, "o": "6", "c": "8"}]
    candle = by_name.candle(instrument(), rows[1])
    assert (candle.open_time, candle.low, candle.close, candle.volume) == (2 * SECOND, 6, 8, None)
    with pytest.raises(ValueError, match="different lengths"):
        by_name.rows_in({"t": [1, 2], "o": ["5"], "c": ["7", "8"]})


def test_a_candle_of_a_row() -> None:
    candle = source().candle(instrument(), ROW)
    assert (candle.open_time, candle.open, candle.high) == (1_795_000_020 * SECOND, 10, 12)
    assert (candle.volume, candle.quote_volume, candle.trades, candle.closed) == (Decimal("2.5"), None, None, None)
    more = source(columns={**PLACES, "quote_volume": 6, "trades": 7, "closed": 8}, time_unit=1)
    candle = more.candle(instrument(), [*ROW, "25", 3, "1"])
    assert (candle.open_time, candle.quote_volume, candle.trades, candle.closed) == (1_795_000_020, 25, 3, True)


def test_volumes_in_contracts_become_base_units() -> None:
    assert source(volume_in_contracts=True).candle(instrument("0.01"), ROW).volume == Decimal("0.025")
    assert source().candle(instrument("0.01"), ROW).volume == Decimal("2.5")


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        *itertools.product(range(6), [None, "", "x", (), "NaN"]),
        *((place, "-1") for place in range(1, 6)),
    ],
)
def test_what_is_no_number_is_no_candle(place: int, wrong: Any) -> None:
    row = [*ROW]
    row[place] = wrong
    with pytest.raises((ValueError, ArithmeticError, TypeError, FrameError)):
        source().candle(instrument(), row)
