"""Decimals as messages have them: text, or a mantissa and its exponent."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from ..units import LARGEST_MANTISSA
from .exact import plain

VWAP_DECIMALS = 12


def text(value: Decimal | None) -> str:
    """Plain decimal text; empty for nothing."""
    return "" if value is None else plain(value)


def mantissa(value: Fraction | Decimal, decimals: int) -> int:
    """The value at this number of decimals, rounded once, half to even; negative decimals end before the point."""
    unit = 10**decimals if decimals >= 0 else Fraction(1, 10**-decimals)
    return round(Fraction(value) * unit)


def fits(number: int) -> bool:
    """Whether the number fits into a message: signed, 64 bits."""
    return abs(number) <= LARGEST_MANTISSA


def fitting_decimals(values: Iterable[Fraction | Decimal], most: int) -> int:
    """The decimals of one message's mantissas: `most`, or as many as fit for all of these values."""
    decimals = most
    for value in values:
        while not fits(mantissa(value, decimals)):
            decimals -= 1
    return decimals


def rounded(value: Fraction) -> tuple[int, int]:
    """Mantissa and exponent with 12 decimals, or as many as have a place."""
    decimals = fitting_decimals((value,), VWAP_DECIMALS)
    return mantissa(value, decimals), -decimals
