"""LevelBook: updates make the book, best levels first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orderbook_ext import BookUpdate, UpdateKind
from server.export.level_book import LevelBook, LevelSide

FRAME, SHOWN, REPLACED, HIDDEN = UpdateKind


def test_a_side_is_best_first() -> None:
    bids, asks = LevelSide(bids=True), LevelSide(bids=False)
    for side in (bids, asks):
        for price, size in ((2, 20), (1, 10), (3, 30), (3, 31), (1, 0), (9, 0)):
            side.set(price, size)
        assert len(side) == 2
        assert (side.size(3), side.size(1)) == (31, 0)
    assert (bids.best(), asks.best()) == ([(3, 31), (2, 20)], [(2, 20), (3, 31)])
    assert (bids.best(1), asks.best(1)) == ([(3, 31)], [(2, 20)])


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), max_size=60))
def test_a_side_is_what_was_set(changes: list[tuple[int, int]]) -> None:
    side, expected = LevelSide(bids=False), dict[int, int]()
    for price, size in changes:
        side.set(price, size)
        expected[price] = size
    assert side.best() == sorted((price, size) for price, size in expected.items() if size)


def test_updates() -> None:
    book = LevelBook()
    book.apply(BookUpdate(SHOWN, 7, 8, 1, 2, 3, ((10, 1), (9, 2)), ((11, 3),)))
    book.apply(BookUpdate(FRAME, 8, 9, 2, 2, 3, ((10, 0),), ((11, 4), (12, 5))))
    assert (book.bids.best(), book.asks.best()) == ([(9, 2)], [(11, 4), (12, 5)])
    assert (book.shown, book.exchange_time, book.price_decimals, book.size_decimals) == (True, 8, 2, 3)
    book.apply(BookUpdate(REPLACED, 9, 9, 3, 4, 3, (), ((1100, 4),)))
    assert (book.bids.best(), book.asks.best(), book.price_decimals) == ([], [(1100, 4)], 4)
    book.apply(BookUpdate(HIDDEN, 9, 9, 3, 4, 3, (), ()))
    assert (book.shown, len(book.bids), len(book.asks)) == (False, 0, 0)
