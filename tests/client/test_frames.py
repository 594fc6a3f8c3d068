"""to_frame(): exact numbers, times in UTC, and one line where a library is missing."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

import client
from client import to_frame
from client.analytics.candles import from_message as candle_from
from client.market_data.books import from_message as book_from
from client.market_data.trades import from_message as trade_from
from client.numbers import Scales
from onebook.v1 import types_pb2 as pb
from tests.client.analytics_data import make_candle
from tests.client.fake_server import make_book

pandas: Any = pytest.importorskip("pandas", reason="pandas is not installed")
polars: Any = pytest.importorskip("polars", reason="polars is not installed")
DECIMAL: Scales[Decimal] = Scales("decimal")
FLOAT: Scales[float] = Scales("float")
TIME = 1_796_040_000_123_456_789


def trade(number: int, scales: Scales[Any] = DECIMAL, **changes: Any) -> Any:
    message = pb.Trade(
        market="BTC/USDT", venue="a", trade_id=str(number), price=6_183_763 + number, price_exponent=-2, size=5,
        size_exponent=-8, side=pb.AGGRESSOR_SIDE_BUY, exchange_time_nanos=TIME + number,
    )  # fmt: skip
    return replace(trade_from(message, scales), **changes)


def test_pandas_has_an_index_of_utc_to_the_nanosecond_and_exact_numbers() -> None:
    frame = to_frame([trade(0), trade(1)])
    assert frame.index.name == "time"
    assert str(frame.index.dtype) == "datetime64[ns, UTC]"
    assert list(frame.index.asi8) == [TIME, TIME + 1]
    assert list(frame.price) == [Decimal("61837.63"), Decimal("61837.64")]
    assert list(frame["size"]) == [Decimal("0.00000005")] * 2
    assert list(frame.side) == ["buy", "buy"]
    assert frame.receive_time.isna().all(), "0 is no time"
    assert frame.dropped.dtype == "int64"


def test_polars_has_a_column_of_utc_and_exact_numbers() -> None:
    frame = to_frame([trade(0), trade(1, price=Decimal("1E+3"))], "polars")
    assert frame.schema["time"] == polars.Datetime("ns", "UTC")
    assert frame["time"].dt.timestamp("ns").to_list() == [TIME, TIME + 1]
    assert frame.schema["price"] == polars.Decimal(38, 2)
    assert frame["price"].to_list() == [Decimal("61837.63"), Decimal(1000)]
    assert frame["receive_time"].to_list() == [None, None]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_types_of_numbers(library: Any) -> None:
    rows = [trade(0), trade(1, price=Decimal("1E+3"))]
    assert list(to_frame(rows, library, numbers="text")["price"]) == ["61837.63", "1000"]
    assert list(to_frame(rows, library, numbers="float")["price"]) == [61837.63, 1000.0]
    floats = [trade(0, FLOAT)]
    assert list(to_frame(floats, library)["price"]) == [61837.63]
    assert list(to_frame(floats, library, numbers="text")["price"]) == ["61837.63"]
    with pytest.raises(ValueError, match='exact decimals need numbers="decimal" there'):
        to_frame(floats, library, numbers="decimal")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_what_is_not_known_is_null(library: Any) -> None:
    candle = replace(candle_from(make_candle(), DECIMAL), close=None, trades=None, reconciliation=None)
    frame = to_frame([candle, candle_from(make_candle(1), DECIMAL)], library)
    for name in ("close", "trades", "reconciliation_alarm", "reconciliation_open", "reconciliation_time"):
        column = frame[name] if library == "polars" else frame[name].reset_index(drop=True)
        first = column[0]
        assert first is None or pandas.isna(first), name
    assert int(frame["trades"].to_list()[1]) == candle_from(make_candle(1), DECIMAL).trades


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_no_rows_have_columns_where_the_kind_is_said(library: Any) -> None:
    frame = to_frame([], library, kind=client.Candle)
    full = to_frame([candle_from(make_candle(), DECIMAL)], library)
    assert list(frame.columns) == list(full.columns)
    assert len(frame) == 0
    assert len(to_frame([], library)) == 0


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_lists_inside_a_message(library: Any) -> None:
    book = book_from(make_book(7), DECIMAL)
    bids = book.bids.to_frame(library)
    assert list(bids.columns) == ["price", "size", "venue"]
    assert list(bids["price"]) == [level.price for level in book.bids]
    books = to_frame([replace(book, digest=2**64 - 1)], library)
    assert list(books["digest"]) == [2**64 - 1]
    assert list(books["best_bid_price"]) == [Decimal("61837.63")]


def test_the_time_of_a_message_without_one_is_that_of_its_publication() -> None:
    book = book_from(make_book(), DECIMAL)
    moved = replace(book, header=replace(book.header, publish_time_nanos=TIME))
    assert to_frame([moved]).index[0].to_pydatetime(warn=False) == datetime.fromtimestamp(
        TIME // 10**9, timezone.utc
    ).replace(microsecond=123_456)


def test_numbers_of_more_digits_than_polars_has() -> None:
    rows = [trade(0, price=Decimal("1E+37")), trade(1, price=Decimal("0.01"))]
    with pytest.raises(ValueError, match='price has more than 38 digits: use numbers="text"'):
        to_frame(rows, "polars")
    assert list(to_frame(rows).price) == [Decimal("1E+37"), Decimal("0.01")]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_library_that_is_not_installed_is_named(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ModuleNotFoundError) as caught:
        to_frame([trade(0)], library)
    assert str(caught.value) == (f"to_frame() needs {library}, which is not installed: python -m pip install {library}")


def test_what_is_not_understood_is_refused() -> None:
    with pytest.raises(ValueError, match='library must be "pandas" or "polars", not \'excel\''):
        to_frame([], "excel")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='numbers must be "decimal", "float" or "text", not \'int\''):
        to_frame([], numbers="int")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="takes messages of the client, not int"):
        to_frame([1])


def test_the_client_needs_neither_library() -> None:
    words = "import sys, client; print([name for name in ('pandas', 'polars', 'numpy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
