"""Mantissas as plain decimal text, without a Decimal in between: for whoever writes many numbers of one exponent."""

from __future__ import annotations

from collections.abc import Callable


def plain(exponent: int) -> Callable[[int], str]:
    """What writes mantissas that are not negative as text: value = mantissa * 10^exponent."""
    if exponent >= 0:
        zeros = "0" * exponent
        return lambda mantissa: f"{mantissa}{zeros}" if mantissa else "0"
    decimals = -exponent
    width = decimals + 1

    def text(mantissa: int) -> str:
        digits = str(mantissa).rjust(width, "0")
        return f"{digits[:-decimals]}.{digits[-decimals:]}"

    return text
