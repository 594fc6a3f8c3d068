"""Decimals as messages have them: text, or a mantissa and its exponent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from .exact import plain

VWAP_DECIMALS = 12
LARGEST = 2**63 - 1
"""Of a mantissa."""


def text(value: Decimal | None) -> str:
    """Plain decimal text; empty for nothing."""
    return "" if value is None else plain(value)


def rounded(value: Fraction) -> tuple[int, int]:
    """Mantissa and exponent with 12 decimals, or as many as 64 bits hold; half to even."""
    decimals = VWAP_DECIMALS
    mantissa: int = round(value * 10**decimals)
    while abs(mantissa) > LARGEST:
        decimals -= 1
        mantissa = round(value * 10**decimals)
    return mantissa, -decimals
