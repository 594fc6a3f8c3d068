"""Numbers of a book at one scale or another."""

from __future__ import annotations

from .model import MAX_MANTISSA, Number, ScaleError


def at_scale(number: Number, decimals: int) -> int:
    """Its mantissa there; ScaleError if it does not fit 64 bits."""
    scaled = number[0] * 10 ** (decimals - number[1])
    if scaled > MAX_MANTISSA:
        raise ScaleError(f"{number[0]}e-{number[1]} does not fit 64 bits with {decimals} decimals")
    return int(scaled)


def fits(number: Number, decimals: int) -> bool:
    """Whether its mantissa fits 64 bits there."""
    return bool(number[0] * 10 ** (decimals - number[1]) <= MAX_MANTISSA)


def needed(mantissa: int, decimals: int) -> Number:
    """Without zeros at its end."""
    while decimals and mantissa % 10 == 0:
        mantissa, decimals = mantissa // 10, decimals - 1
    return mantissa, decimals


def decimals_for(numbers: list[Number], wanted: int) -> int:
    """The decimals nearest to those wanted at which all fit; ScaleError if there are none."""
    least = max([0, *(decimals for _, decimals in numbers)])
    decimals = max(least, wanted)
    for number in numbers:
        while decimals > least and not fits(number, decimals):
            decimals -= 1
        at_scale(number, decimals)
    return decimals


def shifted(mantissa: int, digits: int) -> int:
    """A mantissa with so many digits more, or fewer."""
    return int(mantissa * 10**digits) if digits >= 0 else int(mantissa // 10**-digits)


def moved_extreme(extreme: int, side: int, digits: int) -> int:
    """At another scale; where it has no place there it is moved towards the best price."""
    if digits < 0:
        return int(-(-extreme // 10**-digits) if side == 0 else extreme // 10**-digits)
    finer = shifted(extreme, digits)
    return finer if finer <= MAX_MANTISSA else 0
