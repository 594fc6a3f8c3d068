"""Requests to the analytics say what the caller meant, and refuse what the contract cannot carry."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from client import InvalidArgumentError, Side
from client.analytics import candles, quotes, vwap
from client.analytics.quotes import quote_request
from client.numbers import Scales
from onebook.v1 import analytics_pb2 as api

SCALES: Scales[Decimal] = Scales("decimal")


def test_no_window_is_the_servers() -> None:
    assert vwap.get_query(SCALES, "A/B").request.WhichOneof("window") is None


def test_a_window_of_no_trades_is_a_window() -> None:
    request = vwap.get_query(SCALES, "A/B", trades=0).request
    assert (request.WhichOneof("window"), request.trades) == ("trades", 0)


@pytest.mark.parametrize(("seconds", "millis"), [(30, 30000), (0.035, 35), (0.0001, 1), (1.001, 1001)])
def test_a_window_of_time(seconds: float, millis: int) -> None:
    assert vwap.stream_query(SCALES, "", window=seconds).request.milliseconds == millis


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"trades": 1, "window": 1}, "window"),
        ({"trades": -1}, "trades"),
        ({"window": 3601}, "window"),
        ({"window": float("nan")}, "window"),
    ],
)
def test_bad_windows(options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgumentError, match=field) as caught:
        vwap.get_query(SCALES, "", **options)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("time", "nanos"),
    [
        (None, 0),
        (5, 5),
        (datetime(2026, 1, 1, tzinfo=timezone.utc), 1_767_225_600_000_000_000),
        (datetime(2026, 1, 1, 1, 0, 0, 7, tzinfo=timezone(timedelta(hours=1))), 1_767_225_600_000_007_000),
    ],
)
def test_times(time: datetime | int | None, nanos: int) -> None:
    query = candles.get_pages(SCALES, "", "", start=time).next()
    assert query is not None
    assert query.request.start_time_nanos == nanos


@pytest.mark.parametrize("time", [datetime(2026, 1, 1), -1, 2**64, datetime(1960, 1, 1, tzinfo=timezone.utc)])
def test_bad_times(time: datetime | int) -> None:
    with pytest.raises(InvalidArgumentError, match="end must") as caught:
        candles.get_pages(SCALES, "", "", end=time)
    assert caught.value.field == "end"


def test_fills() -> None:
    numbers = [candles.stream_query(SCALES, "", (), fill=fill).request.fill for fill in ("none", "previous", "null")]
    assert numbers == [api.CANDLE_FILL_NONE, api.CANDLE_FILL_PREVIOUS, api.CANDLE_FILL_NULL]
    with pytest.raises(InvalidArgumentError, match="fill must be one of none, previous, null, not 'zero'"):
        candles.get_pages(SCALES, "", "", fill="zero")  # type: ignore[arg-type]


@pytest.mark.parametrize(("size", "text"), [(0.1, "0.1"), (Decimal("1E-8"), "0.00000001"), (2, "2"), ("5.50", "5.50")])
def test_amounts_are_plain_text(size: Any, text: str) -> None:
    assert quote_request("", "buy", size=size).size == text


@pytest.mark.parametrize("amount", [0, "0.0", -1, "x", float("inf"), "nan"])
def test_bad_amounts(amount: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="notional must be a decimal above 0"):
        quote_request("", "sell", notional=amount)


def test_one_amount_and_a_side() -> None:
    for size, notional in ((None, None), (1, 1)):
        with pytest.raises(InvalidArgumentError, match="exactly one of size and notional"):
            quote_request("", "buy", size, notional)
    for side in ("hold", Side.UNKNOWN):
        with pytest.raises(InvalidArgumentError, match="side must be buy or sell"):
            quote_request("", side, size=1)  # type: ignore[arg-type]


def test_labels() -> None:
    assert quotes.stream_query(SCALES, quote_request("A/B", "sell", size=1)).label == "sell quote A/B"
    assert candles.stream_query(SCALES, "", "1m").label == "candles"
