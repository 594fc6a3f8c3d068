"""Whole numbers into decimals and decimals into text, without a digit lost."""

from __future__ import annotations

from decimal import Decimal

from .sums import EXACT


def shifted(mantissa: int, decimals: int) -> Decimal:
    """mantissa / 10^decimals."""
    return EXACT.scaleb(Decimal(mantissa), -decimals)


def plain(value: Decimal) -> str:
    """The number without an exponent, and without trailing zeros."""
    return f"{EXACT.normalize(value):f}"
