"""What both implementations share: errors, results, and exact number parsing; shape.py describes a venue's frames.

Errors: ValueError > BookError > ScaleError, LevelError. Whoever raises one has applied nothing.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

MAX_DECIMALS = 18
MAX_MANTISSA = 2**63 - 1
MAX_NOTIONAL = 2**128 - 1
MAX_BOOK_LEVELS = 1 << 18
"""Levels of one side of a book at most; a book that would pass it refuses the frame."""
FULL = f"a side of the book would have more than {MAX_BOOK_LEVELS:,} levels"
NO_PRICE = "a level has the price 0"
NO_LEVELS = "these bytes are no book, or have a negative number"
MAX_VENUES = 64
MAX_VIEW_LEVELS = 65_536
VWAP_DECIMALS = 12
LIVE, SUSPECT = 3, 8  # onebook.v1.VenueState

Number = tuple[int, int]  # mantissa, decimals

_PLAIN = re.compile(r"([0-9]+)(?:\.([0-9]+))?", re.ASCII)


class BookError(ValueError):
    """Bad data: nothing of the call was applied."""


class ScaleError(BookError):
    """A number that fits no 64-bit mantissa at the scale it needs."""


class LevelError(BookError):
    """A malformed level: negative, not a number, or of a type that cannot be exact (float)."""


class BookStats(NamedTuple):
    """Counts since the book was made. Those of levels are of updates; a price repeated in one frame counts once."""

    updates: int
    loads: int
    inserts: int
    changes: int
    deletes: int
    absent_deletes: int
    widenings: int
    truncated: int


class SideVwap(NamedTuple):
    """Exact sums over the best levels of one side.

    `notional` is sum(price * size) at price_decimals + size_decimals of its book or view, `size` is sum(size) at
    size_decimals, `levels` is how many levels there were.
    """

    levels: int
    notional: int
    size: int

    def price(self, decimals: int = 0) -> int | None:
        """The volume-weighted price with `decimals` digits more than the book's price_decimals, rounded half to even.

        None while size is 0.
        """
        if not self.size:
            return None
        return divide_half_even(self.notional * 10**decimals, self.size)


class Audit(NamedTuple):
    """What the last comparison of a book with the venue's own answer found."""

    audits: int = 0
    """Comparisons made so far."""
    bid_match: int = 0
    """Millionths of the levels compared that were equal."""
    ask_match: int = 0
    ghost_levels: int = 0
    """Levels in the book that the venue does not have."""
    missing_levels: int = 0
    """Levels of the venue that the book does not have."""


def divide_half_even(numerator: int, denominator: int) -> int:
    """numerator / denominator (both not negative) rounded to the nearest integer, ties to even."""
    quotient, rest = divmod(numerator, denominator)
    return quotient + (2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1))


def check_rate(bid: Number, ask: Number) -> None:
    """LevelError unless 0 < bid <= ask."""
    decimals = max(bid[1], ask[1])
    low, high = (mantissa * 10 ** (decimals - own) for mantissa, own in (bid, ask))
    if not 0 < low <= high:
        raise LevelError("a rate has a bid above zero and an ask that is not below it")


def parse_number(value: str | int | Decimal) -> Number:
    """A non-negative number as (mantissa, decimals), without trailing zeros behind the point.

    Raises LevelError for what is not a plain number, ScaleError for one that fits no 64-bit mantissa or has more than
    18 decimals.
    """
    if isinstance(value, str):
        return _parse_text(value)
    if isinstance(value, Decimal):
        return _parse_decimal(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise LevelError(f"negative number {value}")
        return _checked(value, 0, value)
    raise LevelError(f"{value!r} is a {type(value).__name__}; levels are text, int or Decimal")


def parse_written(value: str | int | Decimal) -> Number:
    """The same with the zeros behind the point that a text has, all of them if they fit and none if not."""
    number = parse_number(value)
    if isinstance(value, str):
        decimals = len(value.partition(".")[2])
        mantissa = number[0] * 10 ** (decimals - number[1])
        return (mantissa, decimals) if mantissa <= MAX_MANTISSA and decimals <= MAX_DECIMALS else number
    return number


def _parse_text(text: str) -> Number:
    match = _PLAIN.fullmatch(text)
    if match is None:
        raise LevelError(f"{text[:80]!r} is not a plain decimal number")
    fraction = (match[2] or "").rstrip("0")
    digits = (match[1] + fraction).lstrip("0") or "0"
    if len(digits) > 19:
        raise ScaleError(f"{text[:80]} does not fit 64 bits")
    return _checked(int(digits), len(fraction), text[:80])


def _parse_decimal(value: Decimal) -> Number:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise LevelError(f"{value} is not a number")
    if sign:
        raise LevelError(f"negative number {value}")
    if not any(digits):
        return 0, 0
    if value.adjusted() > 18 or len(digits) > 4000:
        raise ScaleError(f"{value.adjusted() + 1} digits do not fit 64 bits")
    mantissa = int("".join(map(str, digits)))
    while exponent < 0 and mantissa % 10 == 0:
        mantissa, exponent = mantissa // 10, exponent + 1
    return _checked(mantissa * 10 ** max(exponent, 0), max(-exponent, 0), value)


def _checked(mantissa: int, decimals: int, value: object) -> Number:
    if mantissa > MAX_MANTISSA:
        raise ScaleError("a number of more than 64 bits" if isinstance(value, int) else f"{value} does not fit 64 bits")
    if decimals > MAX_DECIMALS:
        raise ScaleError(f"{value} has {decimals} decimals; at most {MAX_DECIMALS} fit")
    return mantissa, decimals
