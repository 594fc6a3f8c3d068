"""The levels of one venue's side in whole numbers without a limit: in base units, without dust, converted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .model import MAX_DECIMALS, Number

MORE_DECIMALS = 2
"""That a converted price has over its book's prices."""
INVERSE_DECIMALS = 8


def power(decimals: int) -> int:
    """10 to the power of a count of decimals."""
    return int(10**decimals)


ExactLevel = tuple[int, int, bool]
"""Price and size at the side's own decimals, and whether it lies beyond what the book is proved to be complete to."""


@dataclass(frozen=True)
class SweptSide:
    """One side of one venue's book, as it was copied."""

    number: int
    """Of the venue in its view."""
    levels: Sequence[tuple[int, int]]
    """Price and size at the book's decimals, best first."""
    decimals: tuple[int, int]
    """Of the book's prices and sizes."""
    whole: bool
    extreme: int
    """The price to which the side is complete, at the book's decimals; 0 is none."""
    unit: Number | None
    inverse: bool
    rate: Number | None
    """Of this side; None where prices are the market's own."""

    @property
    def price_decimals(self) -> int:
        """Of the prices here."""
        more = 0 if self.rate is None else MORE_DECIMALS
        return min(MAX_DECIMALS, self.decimals[0] + more)

    @property
    def size_decimals(self) -> int:
        """Of the sizes in base units."""
        if self.unit is None:
            return self.decimals[1]
        return INVERSE_DECIMALS if self.inverse else self.decimals[1] + self.unit[1]

    @property
    def step(self) -> Number:
        """The step of the sizes in base units."""
        return (self.unit[0] if self.unit and not self.inverse else 1), self.size_decimals

    def exact(self, side: int, dust: Number, beyond_proved: bool = True) -> Iterator[ExactLevel]:
        """The levels, best first. One of an inverse contract at a price of 0 is worth nothing and left out."""
        scale, least = 10**self.size_decimals, Fraction(dust[0], 10 ** dust[1])
        for price, size in self.levels:
            base = self.size(price, size)
            if base is None or base <= least * scale:
                continue
            beyond = not self._proved(side, price)
            if beyond and not beyond_proved:
                return
            yield self.price(side, price), base, beyond

    def size(self, price: int, size: int) -> int | None:
        """In base units, at size_decimals; None of an inverse contract at a price of 0."""
        if self.unit is None:
            return size
        if not self.inverse:
            return size * self.unit[0]
        if not price:
            return None
        worth = Fraction(size * self.unit[0], 10 ** (self.decimals[1] + self.unit[1]))
        return int(worth / Fraction(price, 10 ** self.decimals[0]) * 10**INVERSE_DECIMALS)

    def price(self, side: int, price: int) -> int:
        """In the market's quote currency, at price_decimals."""
        return converted(price, self.decimals[0], self.rate, side)

    def _proved(self, side: int, price: int) -> bool:
        if self.whole:
            return True
        return 0 < self.extreme <= price if side == 0 else price <= self.extreme


def converted(price: int, decimals: int, rate: Number | None, side: int) -> int:
    """A price of a book at the decimals that it has when it is converted: bids rounded down, asks up."""
    if rate is None:
        return price
    own = min(MAX_DECIMALS, decimals + MORE_DECIMALS)
    exact = Fraction(price * rate[0] * 10**own, 10 ** (decimals + rate[1]))
    return exact.__floor__() if side == 0 else exact.__ceil__()
