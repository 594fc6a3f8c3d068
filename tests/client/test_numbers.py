"""Mantissa and exponent to Decimal and float: exact, whatever the values."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.numbers import Scales, decimal_scale, float_scale, to_decimal, to_float

mantissas = st.integers(min_value=-(2**63), max_value=2**63 - 1)
exponents = st.integers(min_value=-18, max_value=18)


@given(mantissas, exponents)
def test_decimal_is_exact_and_plain(mantissa: int, exponent: int) -> None:
    value = to_decimal(mantissa, exponent)
    assert Fraction(value) == Fraction(mantissa) * Fraction(10) ** exponent
    assert decimal_scale(exponent)(mantissa) == value
    assert value.as_tuple().exponent == min(exponent, 0)


@given(mantissas, exponents)
def test_float_is_the_nearest(mantissa: int, exponent: int) -> None:
    exact = Fraction(mantissa) * Fraction(10) ** exponent
    assert to_float(mantissa, exponent) == float(exact)
    assert float_scale(exponent)(mantissa) == float(exact)
    assert isinstance(float_scale(exponent)(mantissa), float)


def test_the_callers_context_does_not_matter() -> None:
    with localcontext(Context(prec=3)):
        assert to_decimal(6183763, -2) == Decimal("61837.63")


def test_trailing_zeros_are_kept() -> None:
    assert str(to_decimal(6183760, -2)) == "61837.60"


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match='"decimal" or "float"'):
        Scales("double")  # type: ignore[arg-type]
