"""Mantissas as plain decimal text."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from server.text_numbers import plain


@given(mantissa=st.integers(0, 2**63 - 1), exponent=st.integers(-18, 18))
def test_the_text_is_the_number(mantissa: int, exponent: int) -> None:
    text = plain(exponent)(mantissa)
    assert Decimal(text) == Decimal(mantissa).scaleb(exponent)
    assert set(text) <= set("0123456789.")


def test_decimals_stay_as_they_are() -> None:
    assert [plain(-2)(mantissa) for mantissa in (0, 5, 1050)] == ["0.00", "0.05", "10.50"]
    assert plain(3)(0) == "0"
