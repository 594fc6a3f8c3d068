"""A slow model of which venues a merge can tell together, written without the core or its twin: in Fractions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

LARGEST = 2**63 - 1
LARGEST_SUM = 2**128 - 1


class ModelLevel(NamedTuple):
    """One level of one venue, as it is shown: in base units, converted, dust left out."""

    venue: int
    price: Fraction
    size: Fraction


Sides = tuple[Sequence[ModelLevel], Sequence[ModelLevel]]
"""All levels of all venues, bids and asks; each venue's in the order of its book."""


def merged(sides: Sides, venues: Collection[int], depth: int) -> tuple[list[ModelLevel], list[ModelLevel]]:
    """The best levels of these venues."""
    return _best(sides[0], venues, depth, -1), _best(sides[1], venues, depth, 1)


def _best(levels: Sequence[ModelLevel], venues: Collection[int], depth: int, sign: int) -> list[ModelLevel]:
    """Of the venues' next levels the best one, again and again: conversion can make prices of one book equal."""
    queues = [[level for level in levels if level.venue == venue] for venue in sorted(venues)]
    found: list[ModelLevel] = []
    while any(queues) and len(found) < depth:
        first = min(filter(None, queues), key=lambda queue: (sign * queue[0].price, -queue[0].size, queue[0].venue))
        found.append(first.pop(0))
    return found


def can_be_told(sides: Sides, venues: Collection[int], depth: int, vwap_levels: int) -> bool:
    """Whether one exponent of prices and one of sizes hold all levels that these venues would show."""
    shown = merged(sides, venues, depth)
    levels = [*shown[0], *shown[1]]
    price, size = needed(level.price for level in levels), needed(level.size for level in levels)
    if price is None or size is None:
        return False
    if any(level.price * 10**price > LARGEST or level.size * 10**size > LARGEST for level in levels):
        return False
    if all(shown) and (shown[0][0].price + shown[1][0].price) * 5 * 10**price > LARGEST:
        return False
    sums = (sum(level.price * level.size for level in side[:vwap_levels]) for side in shown)
    return all(total * 10 ** (price + size) <= LARGEST_SUM for total in sums)


def needed(numbers: Iterable[Fraction]) -> int | None:
    """The decimals that all of them have at least; None where more than 18 are."""
    most = 0
    for number in numbers:
        while most <= 18 and (number * 10**most).denominator != 1:
            most += 1
    return most if most <= 18 else None
