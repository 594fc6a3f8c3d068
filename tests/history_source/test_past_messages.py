"""Rows as messages: exact, and marked as of the past."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from server.history.merged_books import merged
from server.history.rows import BookRow
from server.history_source.past_messages import (
    book_message,
    gap_message,
    interest_message,
    state_message,
    summary_message,
    trade_message,
)
from server.model import VenueState
from tests.history.samples import BTC, NOON, books, gap, interests, metric, statuses, trade


def number(mantissa: int, exponent: int) -> Decimal:
    return Decimal(mantissa).scaleb(exponent)


def test_a_trade_and_a_gap() -> None:
    made = trade_message(trade(3), "BTC/USDT", 7)
    assert number(made.price, made.price_exponent) == Decimal("60000.03")
    assert (made.header.past, made.header.epoch, made.header.sequence) == (True, 7, 0)
    assert (made.venue, made.trade_id, made.receive_time_nanos) == ("venue_a", "3", NOON)
    missing = gap_message(gap(1), "BTC/USDT", 7)
    assert (missing.after_trade_id, missing.before_trade_id, missing.missing) == ("1", "4", 2)
    assert missing.header.past


def test_a_summary_has_what_was_kept_and_nothing_else() -> None:
    made = summary_message(metric(), "BTC/USDT", 7)
    assert number(made.spread, made.price_exponent) == Decimal("0.10")
    assert number(made.mid, made.price_exponent - 1) == Decimal("60000.05")
    assert number(made.vwap_price, made.vwap_exponent) == Decimal("60000.0512345")
    empty = summary_message(metric()._replace(bid=None, vwap_price=None), "BTC/USDT", 7)
    assert not empty.HasField("best_bid")
    assert not empty.HasField("spread")
    assert not empty.HasField("vwap_price")


@given(statuses, interests)
def test_states_and_open_interest(state: object, interest: object) -> None:
    made = state_message(state, "BTC/USDT")  # type: ignore[arg-type]
    assert VenueState(made.state) is state.state  # type: ignore[attr-defined]
    assert Decimal(interest_message(interest, "BTC/USDT").value) == interest.value  # type: ignore[arg-type,attr-defined]


small = st.tuples(st.integers(1, 10**9), st.integers(1, 10**9))


@given(st.lists(small, min_size=1, max_size=5), st.integers(-12, 0), st.integers(-12, 0))
def test_a_book_of_any_scale_is_exact(levels: list[tuple[int, int]], price_exp: int, qty_exp: int) -> None:
    market = BTC._replace(price_exp=price_exp, qty_exp=qty_exp)
    book = merged({"venue_a": BookRow(market, NOON, 1, tuple(levels), ())})
    made = book_message(book, "BTC/USDT", 7, 100, ["venue_a"], {}, NOON + 5)
    prices = [number(level.price, made.price_exponent) for level in made.bids]
    sizes = [number(level.size, made.size_exponent) for level in made.bids]
    assert sorted(zip(prices, sizes, strict=True)) == sorted(
        (number(p, price_exp), number(q, qty_exp)) for p, q in levels
    )
    assert made.venues[0].age_nanos == 5


@given(books)
def test_any_row_makes_a_book(row: BookRow) -> None:
    made = book_message(merged({"x": row}), "A/B", 1, 2, ["x"], {}, row.time)
    assert len(made.bids) == min(2, len(row.bids))
