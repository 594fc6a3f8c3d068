"""Venues' checksums in plain Python: the text is built, then hashed."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import zip_longest

from .checksum import WRITTEN, ChecksumRule, Exponent, NumberText

Levels = Sequence[tuple[int, int]]
Written = Callable[[int, int], tuple[int, int]]
"""By side and price mantissa: with how many decimals the level's price and size were written; 0, 0 if unknown."""


def book_checksum(rule: ChecksumRule, sides: tuple[Levels, Levels], decimals: tuple[int, int], written: Written) -> int:
    """The CRC-32 of the best levels of (bids, asks), whose numbers are mantissas at `decimals`."""
    texts = [
        [_level(rule, side, level, decimals, written(side, level[0])) for level in levels[: rule.levels]]
        for side, levels in enumerate(sides)
    ]
    first, second = texts if rule.sides[0] == "bids" else reversed(texts)
    if rule.interleaved:
        ordered = [text for pair in zip_longest(first, second) for text in pair if text is not None]
    else:
        ordered = [*first, *second]
    return zlib.crc32(rule.between.join(ordered).encode())


def _level(
    rule: ChecksumRule, side: int, level: tuple[int, int], decimals: tuple[int, int], written: tuple[int, int]
) -> str:
    values = [Decimal(mantissa).scaleb(-scale) for mantissa, scale in zip(level, decimals, strict=True)]
    texts = {"price": _spell(rule.price, values[0], written[0]), "size": _spell(rule.size, values[1], written[1])}
    parts = (rule.ask_parts or rule.parts) if side == 1 else rule.parts
    return "".join(texts.get(part, part) for part in parts)


def _spell(text: NumberText, value: Decimal, written: int) -> str:
    value = value.normalize()
    exponent = text.exponent
    if exponent is not None and value and _is_outside(exponent, value.adjusted()):
        return _with_exponent(exponent, value)
    needed = max(0, -int(value.as_tuple().exponent))
    wanted = text.decimals if isinstance(text.decimals, int) else written if text.decimals == WRITTEN else text.least
    spelled = f"{value:.{max(needed, wanted)}f}"
    if not text.point:
        spelled = spelled.replace(".", "")
    return spelled if text.leading_zeros else spelled.lstrip("0")


def _is_outside(exponent: Exponent, power: int) -> bool:
    low, high = exponent.below, exponent.start
    return (low is not None and power < low) or (high is not None and power >= high)


def _with_exponent(exponent: Exponent, value: Decimal) -> str:
    digits = "".join(map(str, value.as_tuple().digits))
    fraction = digits[1:].ljust(exponent.decimals, "0")
    power = value.adjusted()
    sign = "-" if power < 0 else "+" if exponent.plus else ""
    return f"{digits[0]}{'.' if fraction else ''}{fraction}{exponent.mark}{sign}{abs(power):0{exponent.digits}d}"
