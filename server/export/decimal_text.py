"""Exact decimal text of scaled integers."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1 << 16)
def decimal_text(mantissa: int, decimals: int) -> str:
    """mantissa x 10^-decimals without needless zeros: 12300 at 3 decimals is "12.3"."""
    digits = str(abs(mantissa)).rjust(decimals + 1, "0")
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    sign = "-" if mantissa < 0 else ""
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"
