"""Fields are chosen as the client's `--fields` and `--without` choose them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from client import Book, Trade, TradeGap
from client.json_fields import Selection
from client.json_lines import to_json
from onebook.v1 import types_pb2 as pb
from server.readable.selection import MOST_PATHS, select
from server.readable.shapes import shape_of
from server.request_errors import RequestError
from tests.client.fake_server import make_book

from .contract import CONVERSIONS, text_of

BOOK = shape_of(pb.Book.DESCRIPTOR)
PATHS = [
    *("type", "market", "header", "header.sequence", "bids", "bids.price", "bids.venue", "venues.state", "venues"),
    *("spread", "conversions.bid", "digest"),
]


@settings(max_examples=200, deadline=None)
@given(only=some.lists(some.sampled_from(PATHS), max_size=4), without=some.lists(some.sampled_from(PATHS), max_size=4))
def test_a_choice_is_what_the_client_prints(only: list[str], without: list[str]) -> None:
    message = make_book(7)
    (shape,) = select([BOOK], only, without)
    assert text_of(shape, message) == to_json(CONVERSIONS["Book"](message), Selection(only, without, [Book]))


def test_levels_have_the_names_of_venues_that_are_left_out() -> None:
    (shape,) = select([BOOK], ["bids.venue"], ["venues"])
    made: dict[str, Any] = json.loads(text_of(shape, make_book(7)))
    assert made["bids"][0] == {"venue": "binance"}


def test_several_kinds() -> None:
    kinds = [shape_of(pb.Trade.DESCRIPTOR), shape_of(pb.TradeGap.DESCRIPTOR)]
    trade, gap = select(kinds, ["price", "missing"], [])
    wanted = Selection(["price", "missing"], [], [Trade, TradeGap])
    for shape, message in ((trade, pb.Trade(price=5)), (gap, pb.TradeGap(missing=3))):
        converted = CONVERSIONS[message.DESCRIPTOR.name](message)
        assert text_of(shape, message) == to_json(converted, wanted)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("bid", "fields: book has no field 'bid'; it has header, market, bids"),
        ("bid", "; did you mean bids?"),
        ("bids.prise", "fields: bids has no field 'prise'; it has price, size, venue; did you mean price?"),
        ("market.name", "fields: market has no field 'name': it is no object"),
        ("x" * 9999, "fields: book has no field 'x"),
    ],
)
def test_a_field_that_there_is_not(path: str, words: str) -> None:
    with pytest.raises(RequestError) as error:
        select([BOOK], [path], [])
    assert words in error.value.message
    assert len(error.value.message) < 500


def test_too_many_fields() -> None:
    with pytest.raises(RequestError, match=f"at most {MOST_PATHS}"):
        select([BOOK], ["market"] * (MOST_PATHS + 1), [])
