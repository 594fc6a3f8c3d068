"""Whole numbers, decimals and text: no digit is lost, and no exponent is written."""

from __future__ import annotations

from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import given

from server.analytics.exact import plain, shifted

MANTISSAS = st.integers(-(10**80), 10**80)
DECIMALS = st.integers(0, 40)


def test_shifted_loses_no_digit() -> None:
    assert shifted(12345678901234567890123456789012345678901, 18) == Decimal(
        "12345678901234567890123.456789012345678901"
    )
    assert plain(shifted(-1500, 3)) == "-1.5"


@given(MANTISSAS, DECIMALS)
def test_shifted_is_the_quotient(mantissa: int, decimals: int) -> None:
    assert shifted(mantissa, decimals).as_integer_ratio() == Decimal(f"{mantissa}e-{decimals}").as_integer_ratio()


@given(MANTISSAS, DECIMALS)
def test_plain_is_the_shortest_text_of_the_number(mantissa: int, decimals: int) -> None:
    value = shifted(mantissa, decimals)
    written = plain(value)
    assert Decimal(written) == value
    assert "E" not in written.upper()
    if "." in written:
        assert not written.endswith(("0", "."))
