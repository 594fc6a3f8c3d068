"""Numbers are kept exactly, or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.history.errors import NumberError
from server.history.numbers import decimal_of, int64, mantissa, plain, read_decimal, text

from .samples import INT64


@given(INT64, st.integers(-30, 0))
def test_mantissas_round_trip(value: int, exponent: int) -> None:
    assert mantissa(decimal_of(value, exponent), exponent) == value


def test_small_prices_and_large_sizes() -> None:
    assert mantissa(Decimal("7e-6"), -6) == 7
    assert mantissa(Decimal("1e12"), 0) == 10**12
    assert decimal_of(7, -6) == Decimal("0.000007")
    assert decimal_of(2**63 - 1, -30).as_tuple().digits == tuple(map(int, str(2**63 - 1)))


@pytest.mark.parametrize("value", ["0.001", "1e17", "NaN", "sNaN", "Infinity", "-Infinity", "1e999999", "1e-999999"])
def test_numbers_that_do_not_fit_are_refused(value: str) -> None:
    with pytest.raises(NumberError):
        mantissa(Decimal(value), -2, "price")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40, places=18))
def test_decimal_text_round_trips_digit_for_digit(value: Decimal) -> None:
    kept = plain(value, "volume")
    assert kept is not None
    assert "E" not in kept
    assert str(read_decimal(kept)) == str(value) or read_decimal(kept) == value


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e61", "1e-61"])
def test_decimals_that_no_text_holds_are_refused(value: str) -> None:
    with pytest.raises(NumberError):
        plain(Decimal(value), "volume")


def test_floats_are_refused() -> None:
    with pytest.raises(NumberError):
        int64(1.0, "price")  # type: ignore[arg-type]
    with pytest.raises(NumberError):
        plain(1.0, "volume")  # type: ignore[arg-type]


def test_missing_numbers_stay_missing() -> None:
    assert plain(None, "volume") is None
    assert read_decimal(None) is None


def test_text_that_utf_8_does_not_hold_is_refused() -> None:
    with pytest.raises(NumberError):
        text("\ud800", "detail")
