"""What a caller may write into a request, checked and made what the contract carries. Errors name the field."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from .errors import InvalidArgumentError

Exact = Decimal | str | int | float
"""A number of a request: a float is taken by its shortest digits, as the user wrote it."""
Names = str | Iterable[str]
"""Names; a single one may stand alone. Empty is all."""
Time = datetime | int
"""A moment: a datetime with its time zone, or nanoseconds since 1970-01-01 UTC."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def names(given: Names) -> list[str]:
    """A list of names."""
    return [given] if isinstance(given, str) else list(given)


def count(field: str, value: int) -> int:
    """A whole number that fits the contract's uint32."""
    if not 0 <= value < 2**32:
        raise InvalidArgumentError(f"{field} must be a whole number from 0, not {value}", field=field)
    return value


def one_of(vwap_levels: int, levels: int) -> int:
    """Levels a side of a VWAP, which may be given by either name."""
    if vwap_levels and levels and vwap_levels != levels:
        raise InvalidArgumentError(
            f"levels and vwap_levels mean the same, were {levels} and {vwap_levels}: give only one of them",
            field="levels",
        )
    return vwap_levels or levels


def millis(field: str, seconds: float) -> int:
    """Seconds as milliseconds, rounded up."""
    if not 0 <= seconds <= 3600:
        raise InvalidArgumentError(f"{field} must be from 0 to 3600 seconds, not {seconds}", field=field)
    return math.ceil(Decimal(repr(float(seconds))) * 1000)


def decimal_text(field: str, value: Exact, above_zero: bool = False) -> str:
    """Plain decimal text."""
    try:
        number = Decimal(repr(float(value))) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0 or (above_zero and not number):
        least = "above" if above_zero else "from"
        raise InvalidArgumentError(f"{field} must be a decimal {least} 0, not {value!s}", field=field)
    return f"{number:f}"


def nanos(field: str, time: Time | None) -> int:
    """Nanoseconds since 1970 UTC; 0 for None."""
    if isinstance(time, datetime):
        if time.utcoffset() is None:
            raise InvalidArgumentError(f"{field} must have a time zone: without it {time} is ambiguous", field=field)
        time = (time - _EPOCH) // timedelta(microseconds=1) * 1000
    if time is not None and not 0 <= time < 2**64:
        raise InvalidArgumentError(f"{field} must be a time since 1970, not {time}", field=field)
    return time or 0


def view(venues: Names, dust: Exact | None, quote_currencies: Names) -> dict[str, Any]:
    """What all requests for consolidated books have: whose levels count, and which are too small to count."""
    view = {"venues": names(venues), "quote_currencies": names(quote_currencies)}
    return view if dust is None else {**view, "dust": decimal_text("dust", dust)}
