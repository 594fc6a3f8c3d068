"""Levels from the bytes of a message: the book is the one that rows make, and other bytes are one error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.v1 import market_data_pb2, types_pb2
from orderbook_ext import BookError, _book, reference
from orderbook_ext.model import LevelError
from tests.volume import examples

FIELDS = (1, 5, 6)
ALL = (0, 2**63 - 1)
PRICES = st.integers(1, 10**12)
SIZES = st.integers(0, 10**15)
SIDE = st.lists(st.tuples(PRICES, SIZES), max_size=30)


def encoded(bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> bytes:
    book = types_pb2.Book(market="BTC/USDT", price_exponent=-2, size_exponent=-3)
    for side, levels in ((book.bids, bids), (book.asks, asks)):
        side.extend(types_pb2.Level(price=price, size=size, venue=3) for price, size in levels)
    book.venues.add(venue="alpha", state=types_pb2.VENUE_STATE_LIVE)
    return market_data_pb2.StreamVenueBookResponse(book=book).SerializeToString()


def test_the_fields_are_those_of_the_contract() -> None:
    book: Any = types_pb2.Book.DESCRIPTOR
    response: Any = market_data_pb2.StreamVenueBookResponse.DESCRIPTOR
    level: Any = types_pb2.Level.DESCRIPTOR
    assert (
        response.fields_by_name["book"].number, book.fields_by_name["bids"].number, book.fields_by_name["asks"].number,
    ) == FIELDS  # fmt: skip
    assert (level.fields_by_name["price"].number, level.fields_by_name["size"].number) == (1, 2)


@pytest.mark.parametrize("kind", [_book.OrderBook, reference.OrderBook])
@given(bids=SIDE, asks=SIDE, low=st.integers(0, 10**12), high=st.integers(0, 10**12), whole=st.booleans())
def test_the_book_is_the_one_that_rows_make(
    kind: Any, bids: list[tuple[int, int]], asks: list[tuple[int, int]], low: int, high: int, whole: bool
) -> None:
    made, rows = kind(2, 3), kind(2, 3)
    text = [[(_text(p, 2), _text(s, 3)) for p, s in side] for side in (bids, asks)]
    proved = [p >= low for p, _ in bids], [p <= high for p, _ in asks]
    first = [
        [row for row, good in zip(side, marks, strict=True) if good] for side, marks in zip(text, proved, strict=True)
    ]
    later = [
        [row for row, good in zip(side, marks, strict=True) if not good]
        for side, marks in zip(text, proved, strict=True)
    ]
    rows.load(*first, whole=whole)
    if any(later):
        rows.apply(*later)
    made.load_encoded(encoded(bids, asks), fields=FIELDS, decimals=(2, 3), bounds=(low, high), whole=whole)
    assert made.levels() == rows.levels()
    assert (made.whole, made.lowest_complete_bid, made.highest_complete_ask) == (
        rows.whole, rows.lowest_complete_bid, rows.highest_complete_ask,
    )  # fmt: skip
    made.check()


def _text(mantissa: int, decimals: int) -> str:
    whole, part = divmod(mantissa, 10**decimals)
    return f"{whole}.{part:0{decimals}d}"


@given(st.data())
def test_damaged_bytes_are_the_same_to_both(data: st.DataObject) -> None:
    good = encoded([(100, 5), (99, 7)], [(101, 3)])
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(changed[: data.draw(st.integers(0, len(changed)))])
    found: list[tuple[object, object]] = []
    for kind in (_book.OrderBook, reference.OrderBook):
        book: Any = kind(2, 3)
        try:
            book.load_encoded(cut, fields=FIELDS, decimals=(2, 3), bounds=ALL)
        except BookError as error:
            found.append((type(error), str(error)))
        else:
            found.append((None, book.levels()))
    assert found[0] == found[1]


def test_many_changed_bytes_in_one_go() -> None:
    """Every byte of a small message set to every value of a few: neither twin reads beyond the end."""
    good = encoded([(100, 5)], [(101, 3)])
    for place in range(len(good)):
        for value in (0, 1, 7, 127, 128, 255)[: examples(6, 3)]:
            cut = good[:place] + bytes([value]) + good[place + 1 :]
            for kind in (_book.OrderBook, reference.OrderBook):
                book: Any = kind(2, 3)
                try:
                    book.load_encoded(cut, fields=FIELDS, decimals=(2, 3), bounds=ALL)
                except BookError:
                    continue
                book.check()


@pytest.mark.parametrize("kind", [_book.OrderBook, reference.OrderBook])
def test_what_is_no_level_is_an_error_and_the_book_stays(kind: Any) -> None:
    book = kind(2, 3)
    book.load([("1.00", "1.000")], [("2.00", "1.000")])
    before = book.levels()
    with pytest.raises(LevelError, match="price 0"):
        book.load_encoded(encoded([(0, 5)], []), fields=FIELDS, decimals=(2, 3), bounds=ALL)
    negative = market_data_pb2.StreamVenueBookResponse()
    negative.book.bids.add(price=-5, size=1)
    with pytest.raises(LevelError, match="negative"):
        book.load_encoded(negative.SerializeToString(), fields=FIELDS, decimals=(2, 3), bounds=ALL)
    twice = encoded([(1, 1)], []) + encoded([(2, 1)], [])
    with pytest.raises(LevelError, match="no book"):
        book.load_encoded(twice, fields=FIELDS, decimals=(2, 3), bounds=ALL)
    with pytest.raises(LevelError, match="at most 18 decimals"):
        book.load_encoded(encoded([], []), fields=FIELDS, decimals=(19, 3), bounds=ALL)
    assert book.levels() == before
    book.load_encoded(b"", fields=FIELDS, decimals=(2, 3), bounds=ALL)
    assert book.levels() == ([], [])
