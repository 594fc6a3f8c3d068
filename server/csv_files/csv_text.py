"""Rows of comma-separated values as text: exact decimals, times of UTC, and one line per row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timezone
from decimal import Decimal
from functools import lru_cache

from ..printable import printable
from ..units import SECOND

LONGEST = 1000
"""Characters of one text that a venue wrote."""


def row(values: Iterable[str]) -> str:
    """One line with its end. A value with a comma or a quotation mark is quoted (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


def decimal(value: Decimal | None) -> str:
    """All digits of a number, never with an exponent; empty text for None."""
    return "" if value is None else f"{value:f}"


def name(text: str) -> str:
    """Text of a venue as it may stand in a row: line ends and other control characters are escaped, as each line of a
    file is one row."""
    return printable(text, LONGEST)


def time_to_nanos(nanos: int) -> str:
    """A time in nanoseconds UTC as ISO 8601, such as 2026-11-29T08:00:00.123456789Z."""
    return f"{_seconds_text(nanos // SECOND)}.{nanos % SECOND:09d}Z"


def time_to_seconds(nanos: int) -> str:
    """The same to the second, such as 2026-11-29T08:00:00Z."""
    return f"{_seconds_text(nanos // SECOND)}Z"


@lru_cache(maxsize=256)  # Most times of a busy market are of a few seconds.
def _seconds_text(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}"
