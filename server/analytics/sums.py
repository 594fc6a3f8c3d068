"""Sums that are exact whatever the scales, and division rounded once; and the order of trades of one time."""

from __future__ import annotations

from decimal import (
    ROUND_05UP,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
# A decimal is an integer and a scale, and widening the scale is what its addition does. What does not fit raises
# instead of being rounded, and what worth() lets through always fits: its digits end at 1e-144, and so do all sums.
EXACT = Context(prec=400, rounding=ROUND_HALF_EVEN, traps=[Inexact, *_TRAPS])
add = EXACT.add
subtract = EXACT.subtract
multiply = EXACT.multiply

_multiply_short = Context(prec=72, rounding=ROUND_HALF_EVEN, traps=[Inexact, *_TRAPS]).multiply
_SMALLEST, _LARGEST, _ZERO = Decimal("1e-36"), Decimal("1e36"), Decimal(0)

_HALF_EVEN = Context(prec=100, rounding=ROUND_HALF_EVEN, traps=_TRAPS)
# Its results can be rounded once more without the error of rounding twice.
_UNROUNDED = Context(prec=100, rounding=ROUND_05UP, traps=_TRAPS)
_STEPS = tuple(Decimal(1).scaleb(-decimals) for decimals in range(19))

VWAP_DECIMALS = 12


def worth(price: Decimal, size: Decimal) -> Decimal:
    """price x size of a trade, exact. Raises ArithmeticError for what is none: both must lie within 1e-36 and 1e36, or
    the size be 0, and together they may have 72 digits."""
    if _SMALLEST <= price <= _LARGEST and _ZERO <= size <= _LARGEST and (size >= _SMALLEST or not size):
        return _multiply_short(price, size)
    raise InvalidOperation(f"{size} at {price} is no trade")


def is_amount(value: Decimal | None) -> bool:
    """Whether a venue's number can be added to sums, or is missing."""
    if value is None:
        return True
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -72 and _ZERO <= value <= _LARGEST


def ratio(numerator: Decimal, denominator: Decimal, decimals: int = VWAP_DECIMALS) -> Decimal:
    """numerator / denominator with 0 to 18 decimals, rounded once, half to even. The denominator is not 0."""
    return _HALF_EVEN.quantize(_UNROUNDED.divide(numerator, denominator), _STEPS[decimals])


def is_later_id(one: str, other: str) -> bool:
    """Whether of two trades of the same time the one with id `one` comes behind: by number where both ids are numbers.

    A total order for all ids: numbers come before names.
    """
    if len(one) == len(other) and one.isdecimal() and other.isdecimal():
        return one > other
    return _rank(one) > _rank(other)


def _rank(name: str) -> tuple[bool, int, str, str]:
    if not name.isdecimal():
        return (True, 0, name, "")
    digits = name.lstrip("0")
    return (False, len(digits), digits, name)
