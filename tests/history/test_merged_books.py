"""Books of several venues at one time, as one."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from server.history.merged_books import REACH, MergedBooks, merged
from server.history.rows import BookRow, StatusRow
from server.history.store import HistoryStore
from server.model import VenueState
from server.units import SECOND

from .samples import BTC, NOON, write

B = BTC._replace(venue="venue_b", price_exp=-1, qty_exp=0)
sides = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=4).map(tuple)


@given(sides, sides)
def test_levels_are_ordered_by_price_then_by_quantity_then_by_venue(
    one: tuple[tuple[int, int], ...], two: tuple[tuple[int, int], ...]
) -> None:
    book = merged({"venue_a": BookRow(BTC, NOON, 1, one, one), "venue_b": BookRow(B, NOON - 1, 1, two, two)})
    assert len(book.bids) == len(book.asks) == len(one) + len(two)
    assert [level.price for level in book.bids] == sorted((level.price for level in book.bids), reverse=True)
    assert [level.price for level in book.asks] == sorted(level.price for level in book.asks)
    for side in (book.bids, book.asks):
        for better, worse in pairwise(side):
            if better.price == worse.price:
                assert (-better.quantity, better.venue) <= (-worse.quantity, worse.venue)
    assert book.time == NOON
    assert sum(level.quantity for level in book.bids if level.venue == "venue_b") == sum(q for _, q in two)
    assert book.kept == {"venue_a": NOON, "venue_b": NOON - 1}


def test_the_book_of_a_time_is_the_last_one_before(tmp_path: Path) -> None:
    rows = [BookRow(BTC, NOON + number * SECOND, number, ((number + 1, 1),), ()) for number in range(5)]
    write(tmp_path, [*rows, StatusRow(BTC, NOON + 4 * SECOND + 5, VenueState.GAP, "why")])
    books = MergedBooks(HistoryStore(tmp_path), "BTC", "USDT", ["venue_a", "venue_b"])
    assert books.at(NOON - 1, {}).bids == []
    assert books.at(NOON + 2 * SECOND, {}).bids[0].price == Decimal("0.03")
    assert books.at(NOON + 2 * SECOND + 1, {}).bids[0].price == Decimal("0.03")
    assert books.at(NOON + 4 * SECOND + REACH + 1, {}).time == 0
    assert books.states(NOON + 4 * SECOND + 4) == {}
    states = books.states(NOON + 4 * SECOND + 5)
    assert states["venue_a"].detail == "why"
    assert books.at(NOON + 4 * SECOND + 4, {}).time == NOON + 4 * SECOND
    assert books.at(NOON + 4 * SECOND + 5, states).time == 0, "it was withdrawn"
