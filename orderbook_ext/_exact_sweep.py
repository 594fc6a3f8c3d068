"""A sweep in whole numbers without a limit: an order takes the best levels of all venues at once, after their fees.

It is the sweep of the Python twin, and what the C core falls back on where a number passes its 64 or 128 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ._exact_levels import ExactLevel, SweptSide, power
from .model import MAX_DECIMALS, Number
from .sweep import FEE_UNITS, Sweep, SweepSlice


@dataclass
class Terms:
    """SweepTerms as they were read."""

    fee: int
    lot: Number
    min_size: Number
    min_notional: Number


@dataclass
class Order:
    """What is to be done."""

    side: int
    by_notional: bool
    amount: Number
    terms: Sequence[Terms]
    """One a venue of the view."""
    beyond_proved: bool


@dataclass
class _Scales:
    """Decimals of prices and of sizes."""

    price: int
    size: int


@dataclass
class _Part:
    """Sums of what is taken, of one venue or of all."""

    size: int = 0
    notional: int = 0
    levels: int = 0
    prices: list[int] = field(default_factory=list)

    def add(self, price: int, size: int) -> None:
        self.size, self.notional, self.levels = self.size + size, self.notional + price * size, self.levels + 1
        self.prices.append(price)

    def worst(self, side: int) -> int:
        return min(self.prices) if side == 0 else max(self.prices)


class _Taker:
    """A venue that takes part, and its next level."""

    def __init__(self, swept: SweptSide, order: Order, scales: _Scales, dust: Number) -> None:
        terms, self._sign = order.terms[swept.number], 1 if order.side == 0 else -1
        self.number = swept.number
        lot = terms.lot if terms.lot[0] else swept.step
        self.lot = lot[0] * power(scales.size - lot[1])
        self._factor = FEE_UNITS - self._sign * terms.fee
        self._price_factor = power(scales.price - swept.price_decimals)
        self._size_factor = power(scales.size - swept.size_decimals)
        self._levels = swept.exact(order.side, dust, order.beyond_proved)
        self.level: ExactLevel | None = None
        self.price = 0
        self.advance()

    def advance(self) -> None:
        level = next(self._levels, None)
        self.level = level and (level[0] * self._price_factor, level[1] * self._size_factor, level[2])
        if self.level is not None:
            self.price = self.level[0]

    def rank(self) -> tuple[int, int, int]:
        """The lowest is taken first."""
        assert self.level is not None
        return -self._sign * self.level[0] * self._factor, -self.level[1], self.number

    def can_take(self, by_notional: bool, left: int) -> bool:
        if by_notional:
            return self.price > 0 and left >= self.lot * self.price
        return left >= self.lot

    def size_to_take(self, by_notional: bool, left: int) -> int:
        """How much of the level: whole lots, and no more than is left."""
        assert self.level is not None
        price, size, _ = self.level
        if by_notional:
            left = left // price if price else 0
        most = min(size, left)
        return most - most % self.lot


def sweep_exactly(sides: Sequence[SweptSide], dust: Number, order: Order) -> Sweep:
    """The sweep without the venues whose part is below their minimum: the smallest one is left out first."""
    scales = _scales_of(sides, order)
    left_out: set[int] = set()
    while True:
        used = [side for side in sides if side.number not in left_out]
        sweep = _sweep_once(used, dust, order, scales)
        below = [part for part in sweep.slices if _below_minimum(order.terms[part.venue], part, scales)]
        if not below:
            return sweep
        left_out.add(min(below, key=lambda part: (part.notional, part.venue)).venue)


def _scales_of(sides: Sequence[SweptSide], order: Order) -> _Scales:
    """The finest of the venues, with room for the lots and the amount."""
    lots = [order.terms[side.number].lot[1] for side in sides]
    scales = _Scales(
        max((side.price_decimals for side in sides), default=0), max([0, *lots, *map(_size_decimals, sides)])
    )
    covered = scales.size + (scales.price if order.by_notional else 0)
    scales.size += max(0, order.amount[1] - covered)
    return scales


def _size_decimals(side: SweptSide) -> int:
    """As the core has them where it reads no level."""
    return side.decimals[1] if side.size_decimals > MAX_DECIMALS and not side.levels else side.size_decimals


def _below_minimum(terms: Terms, part: SweepSlice, scales: _Scales) -> bool:
    return _below(part.size, scales.size, terms.min_size) or _below(
        part.notional, scales.price + scales.size, terms.min_notional
    )


def _below(mantissa: int, decimals: int, least: Number) -> bool:
    return mantissa * power(least[1]) < least[0] * power(decimals)


def _sweep_once(sides: Sequence[SweptSide], dust: Number, order: Order, scales: _Scales) -> Sweep:
    by_notional, falling = order.by_notional, order.by_notional and order.side == 0
    rest = order.amount[0] * 10 ** (scales.size + (scales.price if by_notional else 0) - order.amount[1])
    takers = [taker for side in sides if (taker := _Taker(side, order, scales, dust)).level is not None]
    total, parts, beyond = _Part(), {taker.number: _Part() for taker in takers}, False
    while best := min((taker for taker in takers if taker.level), key=_Taker.rank, default=None):
        if not any(taker.can_take(by_notional, rest) for taker in takers if falling or taker.level):
            break
        size = best.size_to_take(by_notional, rest)
        if size and best.level:
            rest -= size * best.price if by_notional else size
            beyond |= best.level[2]
            parts[best.number].add(best.price, size)
            total.add(best.price, size)
        best.advance()
    return Sweep(
        bool(total.levels) and not any(taker.can_take(by_notional, rest) for taker in takers),
        scales.price,
        scales.size,
        total.size,
        total.notional,
        rest,
        total.worst(order.side) if total.levels else None,
        total.levels,
        beyond,
        tuple(
            SweepSlice(number, part.size, part.notional, part.worst(order.side), part.levels)
            for number, part in sorted(parts.items())
            if part.levels
        ),
    )
