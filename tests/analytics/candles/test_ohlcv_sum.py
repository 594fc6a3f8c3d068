"""OHLCV sums of trades: in whatever order and parts they are added, the same comes out."""

from __future__ import annotations

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from server.analytics.candles.ohlcv_sum import OhlcvSum

TRADES = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from("ab"), st.integers(0, 20).map(str), st.integers(1, 9), st.integers(0, 9)
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda trade: (trade[1], trade[2]),
)


def one(trade: tuple[int, str, str, int, int]) -> OhlcvSum:
    time, venue, trade_id, price, size = trade
    return OhlcvSum.of_trade(time, venue, trade_id, Decimal(price), Decimal(size))


@given(TRADES, st.randoms(use_true_random=False))
def test_parts_add_up_in_any_order(trades: list[tuple[int, str, str, int, int]], random: object) -> None:
    whole = one(trades[0])
    for time, venue, trade_id, price, size in trades[1:]:
        whole.trade(time, venue, trade_id, Decimal(price), Decimal(size))
    shuffled = sorted(trades, key=lambda _: random.random())  # type: ignore[attr-defined]
    merged = one(shuffled[0])
    for trade in shuffled[1:]:
        merged.merge(one(trade))
    assert whole.same(merged)
    assert whole.trades == len(trades)
    ordered = sorted(trades, key=lambda trade: (trade[0], trade[1], int(trade[2])))
    assert (whole.open, whole.close) == (ordered[0][3], ordered[-1][3])
    assert (whole.low, whole.high) == (min(trade[3] for trade in trades), max(trade[3] for trade in trades))
    assert whole.volume == sum(trade[4] for trade in trades)


def test_what_a_part_does_not_say_the_sum_does_not() -> None:
    price = Decimal(5)
    whole = OhlcvSum.of_sums((0, 60), (price, price, price, price), Decimal(2), None, None)
    whole.trade(70, "a", "1", Decimal(6), Decimal(1))
    assert (whole.volume, whole.quote, whole.trades, whole.close) == (3, None, None, 6)


@pytest.mark.parametrize(("price", "size"), [("0", "1"), ("-1", "1"), ("1", "-1"), ("NaN", "1")])
def test_what_is_no_trade_changes_nothing(price: str, size: str) -> None:
    whole = one((1, "a", "1", 5, 2))
    before = whole.copy()
    with pytest.raises(ArithmeticError):
        whole.trade(2, "a", "2", Decimal(price), Decimal(size))
    assert whole.same(before)
