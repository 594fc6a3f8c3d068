"""Fields of venues' JSON: what a value must be to count as a number, a text, a time. All raise ValueError."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, TypeVar

from ..units import SECOND

# Numbers that anything in a market can have; what is beyond is a mistake, or an attack.
MOST_DIGITS = 40
LARGEST_EXPONENT = 30

_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?")
_WHOLE = re.compile(r"-?[0-9]{1,40}")
_ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(?:Z|\+00:00)?", re.ASCII)

T = TypeVar("T")


def number(value: Any) -> Decimal:
    """A JSON number or plain decimal text: finite, within 30 digits of the point; no boolean, no NaN."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{value!r:.40} is no number")
    if isinstance(value, int):
        if abs(value) >= 10**LARGEST_EXPONENT:
            raise ValueError("a whole number of more than 30 digits")
        return Decimal(value)
    if _NUMBER.fullmatch(value) is None:
        raise ValueError(f"{value!r:.40} is no number")
    found = Decimal(value)
    if found and not -LARGEST_EXPONENT <= found.adjusted() <= LARGEST_EXPONENT:
        raise ValueError(f"{value!r:.40} is no number of a market")
    return found


def positive(value: Any) -> Decimal:
    """A number above 0: a price, a step, the size of a trade."""
    found = number(value)
    if found <= 0:
        raise ValueError(f"{value!r:.40} is not above 0")
    return found


def amount(value: Any) -> Decimal:
    """A number that is 0 or more."""
    found = number(value)
    if found < 0:
        raise ValueError(f"{value!r:.40} is below 0")
    return found


def least(value: Any) -> Decimal:
    """A minimum as a venue's list has it: an amount, and 0 for nothing at all."""
    return Decimal(0) if value is None or value == "" else amount(value)


def whole(value: Any, low: int = 0, high: int = 10**LARGEST_EXPONENT) -> int:
    """A whole number within these limits, as a number or as its digits."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r:.40} is no whole number")
    if not low <= value <= high:
        raise ValueError(f"{value!r:.40} is not between {low} and {high}")
    return value


def step(decimals: Any) -> Decimal:
    """The smallest number with so many decimals."""
    return Decimal(1).scaleb(-whole(decimals, 0, LARGEST_EXPONENT))


def text(value: Any) -> str:
    """Text with something in it that can be shown."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(f"{value!r:.40} is no text")
    return value


def identity(value: Any) -> str:
    """An id, which is a whole number or a text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)


def repeated(value: Any) -> str:
    """The number of a request that an answer repeats; empty where it repeats none."""
    return "" if value is None or value == "" else identity(value)


def flag(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r:.40} is neither true nor false")
    return value


def one_of(value: Any, meanings: Mapping[str, T]) -> T:
    """What one of these words means."""
    if not isinstance(value, str) or value not in meanings:
        raise ValueError(f"{value!r:.40} is none of {', '.join(meanings)}")
    return meanings[value]


def rows_of(value: Any) -> Sequence[Any]:
    """A list of rows."""
    if not isinstance(value, list):
        raise ValueError(f"{value!r:.40} is no list")
    return value


def moment(value: Any, unit: int) -> int:
    """Nanoseconds since 1970 of a time in units of so many nanoseconds."""
    return int(number(value) * unit)


def iso_nanos(value: Any) -> int:
    """Nanoseconds since 1970 of an ISO 8601 time, UTC, with any digits of a second."""
    match = _ISO.fullmatch(text(value))
    if match is None:
        raise ValueError(f"{value!r:.60} is no UTC time")
    seconds = datetime.fromisoformat(match[1]).replace(tzinfo=timezone.utc).timestamp()
    return int(seconds) * SECOND + int((match[2] or "").ljust(9, "0"))
