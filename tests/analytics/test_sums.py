"""Exact sums, division rounded once, and the order of ids."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cmp_to_key

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.candles.ohlcv_sum import OhlcvSum
from server.analytics.sums import is_amount, is_later_id, ratio, worth

from .model import half_even

IDS = st.one_of(st.integers(0, 2000).map(str), st.text("ab019-", min_size=1, max_size=4), st.just("007"))
PART = st.tuples(st.integers(0, 3), st.sampled_from(["", "a", "b"]), IDS, st.integers(1, 50), st.integers(0, 50))


def test_division_is_not_rounded_twice() -> None:
    just_above_the_half = Decimal("0.5" + 100 * "0" + "1")
    assert ratio(just_above_the_half, Decimal(1), 0) == 1
    assert ratio(Decimal("0.5"), Decimal(1), 0) == 0
    assert ratio(Decimal("1.5"), Decimal(1), 0) == 2


@given(st.integers(0, 10**60), st.integers(1, 10**40), st.integers(0, 18))
def test_division_is_that_of_fractions(numerator: int, denominator: int, decimals: int) -> None:
    numbers = Decimal(numerator).scaleb(-30), Decimal(denominator).scaleb(-20)
    exact = Fraction(numbers[0]) / Fraction(numbers[1])
    assert ratio(*numbers, decimals) == half_even(exact, decimals)


@given(st.lists(IDS, max_size=6))
def test_ids_have_one_order_and_numbers_that_of_numbers(ids: list[str]) -> None:
    def compare(one: str, other: str) -> int:
        return is_later_id(one, other) - is_later_id(other, one)

    ordered = sorted(ids, key=cmp_to_key(compare))
    for place, one in enumerate(ordered):
        assert not is_later_id(one, one)
        assert not any(is_later_id(one, later) for later in ordered[place + 1 :])
        assert all(one == later or is_later_id(later, one) for later in ordered[place + 1 :])
    numeric = [int(each) for each in ordered if each.isdecimal()]
    assert numeric == sorted(numeric)


@given(st.lists(PART, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_buckets_add_up_in_any_order_and_grouping(rows: list[tuple[int, str, str, int, int]], chance: object) -> None:
    unique = list({row[:3]: (*row[:3], Decimal(row[3]), Decimal(row[4])) for row in rows}.values())
    plain = OhlcvSum.of_trade(*unique[0])
    for row in unique[1:]:
        plain.trade(*row)
    parts = [OhlcvSum.of_trade(*row) for row in unique]
    while len(parts) > 1:
        chance.shuffle(parts)  # type: ignore[attr-defined]
        other = parts.pop()
        parts[0].merge(other)
    assert parts[0].same(plain)
    assert parts[0].copy().same(plain)


def test_what_a_part_does_not_say_the_sum_does_not_say() -> None:
    ten = Decimal(10)
    told = OhlcvSum.of_sums((0, 5), (ten, ten, ten, ten), None, Decimal(3), None)
    told.merge(OhlcvSum.of_trade(7, "", "", ten, Decimal(1)))
    told.trade(8, "", "", Decimal(12), Decimal(1))
    assert (told.volume, told.quote, told.trades, told.open, told.close) == (None, 25, None, 10, 12)


@pytest.mark.parametrize(("price", "size"), [("0", "1"), ("1e37", "1"), ("1", "1e37"), ("1", "1e-37"), ("sNaN", "1")])
def test_what_is_no_trade_is_refused(price: str, size: str) -> None:
    with pytest.raises(ArithmeticError):
        worth(Decimal(price), Decimal(size))
    sums = OhlcvSum.of_trade(1, "", "", Decimal(1), Decimal(1))
    before = sums.copy()
    with pytest.raises(ArithmeticError):
        sums.trade(2, "", "", Decimal(price), Decimal(size))
    assert sums.same(before)


def test_the_largest_trades_and_the_smallest_add_up_exactly() -> None:
    sums = OhlcvSum.of_trade(1, "", "", Decimal("1e36"), Decimal("1e36"))
    for number in range(100):
        sums.trade(number, "", str(number), Decimal("1e-36"), Decimal("1." + "1" * 70 + "e-36"))
    assert sums.quote is not None
    assert sums.volume is not None
    assert Fraction(sums.volume) == 10**36 + 100 * Fraction("1." + "1" * 70) / 10**36
    assert Fraction(sums.quote) == 10**72 + 100 * Fraction("1." + "1" * 70) / 10**72


def test_amounts() -> None:
    for good in (None, Decimal(0), Decimal("1e-72"), Decimal("1e36")):
        assert is_amount(good)
    for bad in ("-1", "NaN", "Infinity", "1e-73", "1e37"):
        assert not is_amount(Decimal(bad))
