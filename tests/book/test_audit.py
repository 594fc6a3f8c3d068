"""A live book against the venue's own: what is equal, what is a ghost, what is missing."""

from __future__ import annotations

from decimal import Decimal

from orderbook_ext import OrderBook
from server.book.audit import MILLION, Differences, LevelSnapshot, compare


def book(bids: dict[int, int], asks: dict[int, int], whole: bool = True) -> OrderBook:
    made = OrderBook(0, 0)
    made.load(list(bids.items()), list(asks.items()), whole=whole)
    return made


def picture(bids: dict[int, int], asks: dict[int, int], whole: bool = True) -> LevelSnapshot:
    return LevelSnapshot.of(book(bids, asks, whole))


BIDS, ASKS = {100: 1, 99: 2, 90: 3}, {101: 1, 105: 2}


def test_equal_books_match_wholly() -> None:
    now = picture(BIDS, ASKS)
    found = compare(now, now, picture(BIDS, ASKS))
    assert (found.bid_match, found.ask_match, found.ghosts, found.missing) == (MILLION, MILLION, 0, 0)


def test_ghosts_missing_levels_and_other_sizes() -> None:
    now = picture({**BIDS, 50: 7}, {101: 1})
    found = compare(now, now, picture(BIDS, {**ASKS, 101: 9}))
    assert (found.ghosts, found.missing) == (1, 1)
    assert found.differing == Differences({Decimal(50): Decimal(7)}, {Decimal(101): Decimal(1), Decimal(105): None})
    assert found.bid_match == 750_000
    assert found.ask_match == 0


def test_what_changed_while_the_answer_was_under_way_does_not_count() -> None:
    before, now = picture(BIDS, ASKS), picture({**BIDS, 100: 5, 98: 1}, ASKS)
    found = compare(before, now, picture(BIDS, ASKS))
    assert found.worst == MILLION


def test_only_what_both_know_wholly_is_compared() -> None:
    now = picture({**BIDS, 10: 1}, ASKS)
    venue = picture({100: 1, 99: 2}, {101: 1}, whole=False)
    found = compare(now, now, venue)
    assert (found.ghosts, found.missing, found.worst) == (0, 0, MILLION)
    assert venue.lowest == Decimal(99)


def test_an_empty_answer_makes_ghosts_of_all() -> None:
    now = picture(BIDS, ASKS)
    assert compare(now, now, picture({}, {})).ghosts == 5


def test_books_at_other_scales_are_compared_as_values() -> None:
    fine, coarse = OrderBook(2, 3), OrderBook(0, 0)
    fine.load([("100.00", "1.000"), ("99.5", "2")], [("101", "1")])
    coarse.load([("100", "1"), ("99", "2")], [("101", "1")])
    found = compare(LevelSnapshot.of(fine), LevelSnapshot.of(fine), LevelSnapshot.of(coarse))
    assert found.differing == Differences({Decimal("99.5"): Decimal(2)}, {}), "99 lies beyond what is known"
