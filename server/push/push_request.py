"""The bodies of posts, read exactly. Pure.

{"ticker": "BTCUSDT", "bids": [["64009.02", "0.5"], ...], "asks": [[64009.98, 0.2], ...],
 "timestamp": "2026-11-29T12:00:00.123456"}
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..readable.times import nanos
from ..request_errors import RequestError, invalid, shown
from ..suggestions import did_you_mean

MOST_LEVELS = 1000
"""Per side."""
MOST_DIGITS = 40
"""Characters of a number; those that a book cannot hold exactly are refused by the book."""
MOST_EXPONENT = 40
LONGEST_TICKER = 64
NUMBER = r"\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"
"""What a number is as text. Decimal itself takes spaces, underscores and digits of other scripts, too."""

_NUMBER = re.compile(NUMBER)

Level = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class BookPost:
    """One whole book."""

    ticker: str
    bids: list[Level]
    asks: list[Level]
    time: int
    """Nanoseconds UTC; 0: the post has no timestamp."""


def book_post(body: bytes) -> BookPost:
    """The book of a body. Raises RequestError."""
    fields = _object(body, ("ticker", "bids", "asks", "timestamp"))
    ticker = fields.get("ticker")
    if not isinstance(ticker, str) or not ticker or len(ticker) > LONGEST_TICKER:
        raise invalid("ticker", "must be the name of a pair, such as BTCUSDT or BTC/USDT")
    return BookPost(ticker, _side(fields, "bids"), _side(fields, "asks"), _time(fields.get("timestamp")))


def duration_post(body: bytes) -> int:
    """The duration of a body such as {"duration": 30}, in seconds. Raises RequestError."""
    duration = _object(body, ("duration",)).get("duration")
    if isinstance(duration, bool) or not isinstance(duration, int) or duration <= 0:
        raise invalid("duration", "must be a whole number of seconds, such as 30")
    return duration


def _object(body: bytes, known: Collection[str]) -> Mapping[str, Any]:
    """Numbers with a point or an exponent come as decimals: a double would round them."""
    try:
        fields = json.loads(body, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, ArithmeticError, RecursionError) as error:
        words = f": {error}" if isinstance(error, _Refused) else ""
        raise invalid("body", f"must be a JSON object{words}") from None
    if not isinstance(fields, dict):
        raise invalid("body", "must be a JSON object")
    if not all(_is_text(each) for each in (*fields, *fields.values()) if isinstance(each, str)):
        raise invalid("body", "must be a JSON object whose text is Unicode")
    for name in fields:
        if name not in known:
            raise invalid(name[:64], f"there is no such field{did_you_mean(name[:64], list(known))}")
    return fields


class _Refused(ValueError):
    """JSON that json reads and that means nothing here."""


def _is_text(text: str) -> bool:
    """False for half of a pair of surrogates, which JSON can write and which no answer could quote."""
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _refuse(word: str) -> None:
    raise _Refused(f"{word} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Refused("a field stands there twice")
    return fields


def _side(fields: Mapping[str, Any], name: str) -> list[Level]:
    rows = fields.get(name)
    if rows is None:
        raise invalid(name, "is missing: both sides of the book must be there, an empty one as []")
    if not isinstance(rows, list):
        raise invalid(name, 'must be a list of ["price", "quantity"]')
    if len(rows) > MOST_LEVELS:
        raise invalid(name, f"has {len(rows)} levels, and {MOST_LEVELS} is the most")
    return [_level(f"{name}[{number}]", row) for number, row in enumerate(rows)]


def _level(where: str, row: Any) -> Level:
    if not isinstance(row, list) or len(row) != 2:
        raise invalid(where, 'must be ["price", "quantity"]')
    price, quantity = (_number(where, value) for value in row)
    if price <= 0:
        raise invalid(where, "has a price that is not above 0")
    return price, quantity


def _number(where: str, value: Any) -> Decimal:
    """An exact number that is not negative."""
    text = str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    if not text or len(text) > MOST_DIGITS:
        raise invalid(where, f"{shown(str(value))} is no number of at most {MOST_DIGITS} characters")
    if isinstance(value, str) and not _NUMBER.fullmatch(text):
        raise invalid(where, f"{shown(text)} is no number that a book can have")
    try:
        number = Decimal(text)
    except ArithmeticError:  # An exponent that no Decimal can have.
        raise invalid(where, f"{shown(text)} is no number that a book can have") from None
    if number < 0 or abs(number.adjusted()) > MOST_EXPONENT:
        raise invalid(where, f"{shown(text)} is no number that a book can have")
    return number


def _time(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, str | int) or (isinstance(value, int) and value < 0):
        raise invalid("timestamp", "must be a time such as 2026-11-29T12:00:00Z, or nanoseconds since 1970")
    # A length of time ("6h") is a time of a question, not of a book.
    if isinstance(value, str) and value[-1:].lower() in ("s", "m", "h", "d"):
        raise invalid("timestamp", f"was {shown(value)}, which is no time such as 2026-11-29T12:00:00Z")
    return int(nanos("timestamp", str(value), 0))


def read_error(error: Exception) -> RequestError:
    """The error of a book that cannot hold a post exactly."""
    return invalid("bids", f"this book cannot be kept exactly: {error}")
