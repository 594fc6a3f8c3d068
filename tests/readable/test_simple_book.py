"""A book as lists of [price, amount]: exact, sorted, one entry per price."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from onebook.v1 import types_pb2 as pb
from server.readable.simple_book import simple_book

BOOK = pb.Book(
    price_exponent=-2,
    size_exponent=-8,
    bids=[pb.Level(price=10050, size=1), pb.Level(price=10050, size=2, venue=1), pb.Level(price=10000, size=10**8)],
    asks=[pb.Level(price=10075, size=5), pb.Level(price=10100, size=7)],
)


def test_text_by_default() -> None:
    assert json.loads(simple_book(BOOK, signed=False, numbers=False)) == {
        "bids": [["100.50", "0.00000003"], ["100.00", "1.00000000"]],
        "asks": [["100.75", "0.00000005"], ["101.00", "0.00000007"]],
    }


def test_signed_amounts_of_asks_are_below_zero() -> None:
    asks = json.loads(simple_book(BOOK, signed=True, numbers=False))["asks"]
    assert asks == [["100.75", "-0.00000005"], ["101.00", "-0.00000007"]]


def test_numbers_have_the_same_digits() -> None:
    made: dict[str, Any] = json.loads(simple_book(BOOK, signed=True, numbers=True), parse_float=Decimal)
    assert str(made["bids"][0][1]) == "3E-8"
    assert made["asks"][0] == [Decimal("100.75"), Decimal("-0.00000005")]


def test_an_empty_book() -> None:
    assert json.loads(simple_book(pb.Book(), signed=False, numbers=True)) == {"bids": [], "asks": []}
