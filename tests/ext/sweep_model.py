"""A slow model of a sweep, written without the core or its twin: a list of all levels, in Fractions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple


class ModelLevel(NamedTuple):
    """One level of one venue, as it is shown: in base units, converted, dust left out."""

    venue: int
    price: Fraction
    size: Fraction
    proved: bool


@dataclass
class ModelTerms:
    """The terms of one venue; lot is never 0 here."""

    fee: Fraction
    lot: Fraction
    min_size: Fraction = Fraction(0)
    min_notional: Fraction = Fraction(0)


@dataclass
class Fills:
    """What was taken of each venue: (price, size) in order."""

    taken: dict[int, list[tuple[Fraction, Fraction]]]
    rest: Fraction
    filled: bool
    beyond_proved: bool

    def size(self, venue: int) -> Fraction:
        return sum((size for _, size in self.taken.get(venue, [])), Fraction(0))

    def notional(self, venue: int) -> Fraction:
        return sum((price * size for price, size in self.taken.get(venue, [])), Fraction(0))


def model_sweep(
    side: int,
    levels: list[ModelLevel],
    terms: list[ModelTerms],
    amount: Fraction,
    by_notional: bool,
    beyond_proved: bool,
) -> Fills:
    """As ConsolidatedView.sweep says. `levels` are those of the side; each venue's in any order."""
    allowed = [level for level in levels if level.proved or beyond_proved]
    while True:
        fills = _fill(side, allowed, terms, amount, by_notional)
        small = [
            venue
            for venue in fills.taken
            if fills.size(venue) < terms[venue].min_size or fills.notional(venue) < terms[venue].min_notional
        ]
        if not small:
            return fills
        smallest = min(small, key=lambda venue: (fills.notional(venue), venue))
        allowed = [level for level in allowed if level.venue != smallest]


def _fill(side: int, levels: list[ModelLevel], terms: list[ModelTerms], amount: Fraction, by_notional: bool) -> Fills:
    sign = 1 if side else -1

    def after_fee(level: ModelLevel) -> Fraction:
        return level.price * (1 + sign * terms[level.venue].fee)

    due = sorted(levels, key=lambda level: (sign * after_fee(level), -level.size, level.venue))
    venues = {level.venue for level in levels}
    fills = Fills({}, amount, False, False)

    def lots_left(venue: int, number: int) -> bool:
        """A lot of the venue is no more than what is left; by the price that comes next, or else came last."""
        lot = terms[venue].lot
        if not by_notional:
            return fills.rest >= lot
        coming = [level.price for level in due[number:] if level.venue == venue]
        price = coming[0] if coming else [level.price for level in due if level.venue == venue][-1]
        return bool(price) and fills.rest >= lot * price

    stop = len(due)
    for number, level in enumerate(due):
        if not any(lots_left(venue, number) for venue in venues):
            stop = number
            break
        lot = terms[level.venue].lot
        left = fills.rest
        if by_notional:
            left = fills.rest / level.price if level.price else Fraction(0)
        size = min(level.size, left) // lot * lot
        if size:
            fills.taken.setdefault(level.venue, []).append((level.price, size))
            fills.rest -= size * level.price if by_notional else size
            fills.beyond_proved |= not level.proved
    fills.filled = bool(fills.taken) and not any(lots_left(venue, stop) for venue in venues)
    return fills
