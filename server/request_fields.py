"""Fields of requests that mean the same in every call."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from orderbook_ext import BookError
from orderbook_ext.model import parse_number

from .request_errors import invalid

MAX_DECIMAL_TEXT = 40


def decimal_of(field: str, text: str) -> Decimal:
    """A number of at least 0 from a request's text. Raises RequestError."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise invalid(field, f"expected a decimal number, was {text[:40]!r}") from None
    if not value.is_finite() or value < 0 or len(text) > MAX_DECIMAL_TEXT or abs(value.adjusted()) > 18:
        raise invalid(field, f"expected a decimal from 0 to 10^18, was {text[:40]!r}")
    try:
        parse_number(value)
    except BookError:
        raise invalid(field, f"expected at most 18 decimals and 64 bits of digits, was {text[:40]!r}") from None
    return value.normalize()
