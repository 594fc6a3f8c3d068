"""Venues' checksums in plain Python: the text is built, then hashed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import zip_longest

from .shape import ChecksumRule

Levels = Sequence[tuple[int, int]]


def book_checksum(rule: ChecksumRule, sides: tuple[Levels, Levels], decimals: tuple[int, int]) -> int:
    """The CRC-32 of the best levels of (bids, asks), whose numbers are mantissas at `decimals`."""
    bids, asks = ([list(_level(rule, level, decimals)) for level in side[: rule.levels]] for side in sides)
    if rule.negative_asks:
        asks = [[price, f"-{size}"] for price, size in asks]
    if rule.interleaved:
        pairs: Iterator[Sequence[Sequence[str]]] = zip_longest(bids, asks, fillvalue=())
        text = ":".join(number for pair in pairs for level in pair for number in level)
    else:
        text = "".join(number for level in (*asks, *bids) for number in level)
    return zlib.crc32(text.encode())


def _level(rule: ChecksumRule, level: tuple[int, int], decimals: tuple[int, int]) -> Iterator[str]:
    wanted = (rule.price_decimals, rule.size_decimals)
    for mantissa, scale, digits in zip(level, decimals, wanted, strict=True):
        yield _spell(rule.spelling, Decimal(mantissa).scaleb(-scale), digits)


def _spell(spelling: str, value: Decimal, digits: int) -> str:
    if spelling == "digits":
        exact = value == round(value, digits)
        spelled = value.quantize(Decimal(1).scaleb(-digits)) if exact else value.normalize()
        return f"{spelled:f}".replace(".", "").lstrip("0") or "0"
    if spelling == "python":
        return _python(value)
    text = f"{value:f}"
    plain = text.rstrip("0").rstrip(".") if "." in text else text
    return _javascript(value) if spelling == "javascript" and 0 < value < Decimal("1e-6") else plain


def _python(value: Decimal) -> str:
    if value and not Decimal("1e-4") <= value < Decimal("1e16"):
        mantissa, exponent = _scientific(value)
        return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    text = f"{value:f}"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def _javascript(value: Decimal) -> str:
    mantissa, exponent = _scientific(value)
    return f"{mantissa}e{exponent:+d}"


def _scientific(value: Decimal) -> tuple[str, int]:
    digits = "".join(map(str, value.normalize().as_tuple().digits))
    return digits[0] + ("." + digits[1:] if digits[1:] else ""), value.adjusted()
