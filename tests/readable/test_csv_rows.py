"""Rows have the columns of the client's frames and of its --csv, and no cell is a formula."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from client import Book, Candle, Market, PastInterest, Summary, Trade, Venue, VenueStateChange
from client.analytics.candles_cli import _COLUMNS, _csv
from client.frame_columns import columns_of as frame_columns
from onebook.v1 import analytics_pb2, history_pb2
from onebook.v1 import types_pb2 as pb
from server.readable.csv_rows import book_table, columns_of, table, text
from server.readable.shapes import shape_of
from tests.client.analytics_data import make_candle, make_reconciliation
from tests.client.fake_server import make_book

from .contract import CONVERSIONS

KINDS = [
    (Book, pb.Book),
    (Summary, pb.Summary),
    (Trade, pb.Trade),
    (Market, pb.Market),
    (Venue, pb.Venue),
    (VenueStateChange, history_pb2.VenueStateChange),
    (PastInterest, history_pb2.PastInterest),
]


@pytest.mark.parametrize(("kind", "message"), KINDS)
def test_the_columns_are_those_of_frames(kind: Any, message: Any) -> None:
    columns = columns_of(shape_of(message.DESCRIPTOR))
    assert [column.name for column in columns] == [column.name for column in frame_columns(kind)]


def rows(message: Any) -> list[dict[str, str]]:
    shape = shape_of(message.DESCRIPTOR)
    return list(csv.DictReader(io.StringIO("".join(table(columns_of(shape), shape, [message])))))


def test_candles_are_those_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    message = make_candle(reconciliation=make_reconciliation())
    shape = shape_of(analytics_pb2.Candle.DESCRIPTOR)
    _csv([CONVERSIONS["Candle"](message)])
    assert "".join(table(columns_of(shape), shape, [message])) == capsys.readouterr().out
    assert [column.name for column in columns_of(shape)] == list(_COLUMNS)
    assert Candle.__name__ == shape.descriptor.name


def test_a_trade() -> None:
    trade = pb.Trade(market="A/B", venue="x", trade_id="7", price=12345, price_exponent=-2, exchange_time_nanos=10**9)
    (row,) = rows(trade)
    assert (row["time"], row["price"], row["trade_id"]) == ("1970-01-01T00:00:01.000000000Z", "123.45", "7")
    assert row["receive_time"] == ""


def test_the_best_levels_of_a_book() -> None:
    (row,) = rows(make_book(7))
    assert (row["best_bid_price"], row["best_bid_venue"]) == ("61837.63", "binance")
    (empty,) = rows(pb.Book(market="A/B"))
    assert (empty["best_bid_price"], empty["best_bid_venue"], empty["spread"]) == ("", "", "")


def test_levels_of_a_book() -> None:
    lines = list(book_table(shape_of(pb.Book.DESCRIPTOR), make_book(7)))
    assert lines[:2] == ["side,price,size,venue\n", "bid,61837.63,0.12345678,binance\n"]
    assert [line for line in lines if line.startswith("ask,")]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-cmd", "'-cmd"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("-5", "-5"),
        ("+5.25", "+5.25"),
        ("5-1", "5-1"),
        ("BTC/USDT", "BTC/USDT"),
        (None, ""),
    ],
)
def test_no_cell_is_a_formula(value: str | None, cell: str) -> None:
    assert text(value) == cell


def test_control_characters_are_escaped() -> None:
    assert not set(text("\t=1\r\n\x00")) & set("\t\r\n\x00")
    (row,) = rows(pb.Trade(trade_id="a,\n=1"))
    assert "\n" not in row["trade_id"]
