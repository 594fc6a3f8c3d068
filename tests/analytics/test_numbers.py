"""Decimals as messages have them: plain text, and mantissas of 64 bits, rounded once."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.numbers import fits, fitting_decimals, mantissa, rounded, text
from server.units import LARGEST_MANTISSA as LARGEST


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("0", "0"),
        ("1.500", "1.5"),
        ("1E+3", "1000"),
        ("-0.00001", "-0.00001"),
        ("1" + "0" * 50, "1" + "0" * 50),
    ],
)
def test_text(value: str | None, expected: str) -> None:
    assert text(None if value is None else Decimal(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(1, 3), (333_333_333_333, -12)),
        (Fraction(5, 2 * 10**12), (2, -12)),
        (Fraction(7, 2 * 10**12), (4, -12)),
        (Fraction(LARGEST), (LARGEST, 0)),
        (Fraction(-(10**8)), (-(10**18), -10)),
        (Fraction(10**24 + 5 * 10**5), (10**18, 6)),
        (Fraction(10**24 + 15 * 10**5), (10**18 + 2, 6)),
    ],
)
def test_rounded_to_as_many_decimals_as_have_a_place(value: Fraction, expected: tuple[int, int]) -> None:
    assert rounded(value) == expected


VALUES = st.one_of(
    st.fractions(min_value=-(10**30), max_value=10**30),
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=Decimal("-1e30"), max_value=Decimal("1e30"), places=18
    ),
)


@given(st.lists(VALUES), st.integers(-6, 18))
def test_all_values_have_a_place_and_one_decimal_more_has_none(values: list[Fraction | Decimal], most: int) -> None:
    decimals = fitting_decimals(values, most)
    assert decimals <= most
    assert all(fits(mantissa(value, decimals)) for value in values)
    if decimals < most:
        assert not all(fits(mantissa(value, decimals + 1)) for value in values)


@given(VALUES, st.integers(-36, 18))
def test_a_mantissa_is_rounded_once_half_to_even(value: Fraction | Decimal, decimals: int) -> None:
    exact = Fraction(value) * Fraction(10) ** decimals
    found = mantissa(value, decimals)
    assert abs(exact - found) <= Fraction(1, 2)
    if abs(exact - found) == Fraction(1, 2):
        assert found % 2 == 0
