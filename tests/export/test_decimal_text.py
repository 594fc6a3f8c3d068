"""Text of scaled integers is exact."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.export.decimal_text import decimal_text


@pytest.mark.parametrize(
    ("mantissa", "decimals", "text"),
    [(12300, 3, "12.3"), (5, 3, "0.005"), (100, 0, "100"), (0, 8, "0"), (-15, 1, "-1.5"), (100, 2, "1")],
)
def test_text(mantissa: int, decimals: int, text: str) -> None:
    assert decimal_text(mantissa, decimals) == text


@given(st.integers(-(2**63), 2**63), st.integers(0, 30))
def test_text_is_the_number(mantissa: int, decimals: int) -> None:
    text = decimal_text(mantissa, decimals)
    assert Decimal(text) == Decimal(mantissa) / Decimal(10) ** decimals or Decimal(text).scaleb(decimals) == mantissa
    assert "E" not in text
