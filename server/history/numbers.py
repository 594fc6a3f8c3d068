"""Exact numbers of the history: int64 mantissas at a decimal exponent, and decimals as plain text."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation

from ..units import LARGEST_MANTISSA
from .errors import NumberError

SMALLEST_EXPONENT = -30
LARGEST_DIGITS = 60
"""Digits before and after the point that a decimal text may have."""
_EXACT = Context(prec=LARGEST_DIGITS, traps=[Inexact, InvalidOperation])


def mantissa(value: Decimal, exponent: int, name: str = "value") -> int:
    """The int64 m with value == m x 10**exponent. Raises NumberError where there is none."""
    try:
        scaled = _EXACT.scaleb(value, -exponent)
        whole = int(scaled)
    except (Inexact, InvalidOperation, ValueError, OverflowError) as error:
        raise NumberError(f"{name} {value} is not a number that 64 bits hold at 10**{exponent}") from error
    if whole != scaled:
        raise NumberError(f"{name} {value} has more than {-exponent} decimals")
    return int64(whole, name)


def decimal_of(value: int, exponent: int) -> Decimal:
    """value x 10**exponent, exactly."""
    return _EXACT.scaleb(Decimal(value), exponent)


def int64(value: int, name: str) -> int:
    """The value itself. Raises NumberError if a signed integer of 64 bits does not hold the value and its negative."""
    if not isinstance(value, int):
        raise NumberError(f"{name} {value!r:.80} is not an integer")
    if not -LARGEST_MANTISSA <= value <= LARGEST_MANTISSA:
        raise NumberError(f"{name} {value} does not fit into 64 bits")
    return value


def optional_int64(value: int | None, name: str) -> int | None:
    """The same for a value that may be missing."""
    return None if value is None else int64(value, name)


def plain(value: Decimal | None, name: str) -> str | None:
    """The decimal as text without an exponent, digit for digit. Raises NumberError for NaN, infinity, and numbers of
    more than LARGEST_DIGITS digits before or after the point."""
    if value is None:
        return None
    if not isinstance(value, Decimal) or not value.is_finite():
        raise NumberError(f"{name} {value!r:.80} is not a decimal number")
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if exponent < -LARGEST_DIGITS or value.adjusted() > LARGEST_DIGITS:
        raise NumberError(f"{name} has more than {LARGEST_DIGITS} digits before or after the point")
    return format(value, "f")


def read_decimal(text: str | None) -> Decimal | None:
    """The decimal of a text that plain() wrote."""
    return None if text is None else Decimal(text)


def text(value: str, name: str) -> str:
    """The text itself. Raises NumberError if UTF-8 does not hold the text."""
    try:
        value.encode()
    except (UnicodeEncodeError, AttributeError) as error:
        raise NumberError(f"{name} {value!a:.80} is not text that can be kept") from error
    return value
