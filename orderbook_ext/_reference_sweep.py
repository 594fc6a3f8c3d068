"""A sweep in plain Python: an order that takes the best levels of all venues at once, after their fees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from ._reference_entry import size_decimals, size_step
from ._reference_slot import Level, Scales, Slot, common_scales
from .model import MAX_NOTIONAL, LevelError, Number, ScaleError, parse_number
from .sweep import FEE_UNITS, Sweep, SweepSlice, SweepTerms


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
    terms: list[Terms]
    beyond_proved: bool


@dataclass
class Part:
    """Sums of what is taken, of one venue or of all."""

    size: int = 0
    notional: int = 0
    levels: int = 0
    prices: list[int] = field(default_factory=list)

    def add(self, price: int, size: int) -> None:
        self.size, self.notional, self.levels = self.size + size, self.notional + price * size, self.levels + 1
        self.prices.append(price)
        if self.notional > MAX_NOTIONAL:
            raise ScaleError("the sum of price x size passes 128 bits")

    def worst(self, side: int) -> int:
        return min(self.prices) if side == 0 else max(self.prices)


class Taker:
    """A venue that takes part, and its next level."""

    def __init__(self, slot: Slot, order: Order, scales: Scales, dust: Number) -> None:
        terms, self._sign = order.terms[slot.number], 1 if order.side == 0 else -1
        assert slot.book is not None
        step = size_step(slot.entry), size_decimals(slot.entry, slot.book)
        self.number = slot.number
        self.lot = int(_at_scale(terms.lot if terms.lot[0] else step, scales.size))
        self._factor = FEE_UNITS - self._sign * terms.fee
        self._levels = slot.levels(order.side, dust, scales, order.beyond_proved)
        self.level: Level | None = None
        self.price = 0
        self.advance()

    def advance(self) -> None:
        self.level = next(self._levels, None)
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


def read_order(
    side: int,
    size: str | int | Decimal | None,
    notional: str | int | Decimal | None,
    terms: Sequence[SweepTerms],
    venues: int,
    beyond_proved: bool,
) -> Order:
    if len(terms) != venues:
        raise ValueError(f"a sweep needs the terms of each of {venues} venues")
    read = [_read_terms(*each) for each in terms]
    amount = notional if size is None else size
    if amount is None or (size is not None and notional is not None):
        raise ValueError("a sweep is of a size or of a notional")
    parsed = parse_number(amount)
    if parsed[0] == 0:
        raise LevelError("an amount is greater than zero")
    return Order(side, size is None, parsed, read, beyond_proved)


def _read_terms(fee: int, lot: str | Decimal, min_size: str | Decimal, min_notional: str | Decimal) -> Terms:
    if type(fee) is not int or not -FEE_UNITS < fee < FEE_UNITS:
        raise ValueError(f"a fee is a whole number of 1e-8 below 1, not {fee!r:.80}")
    return Terms(fee, parse_number(lot), parse_number(min_size), parse_number(min_notional))


def _at_scale(number: Number, decimals: int) -> Fraction:
    return Fraction(number[0] * 10**decimals, 10 ** number[1])


def run_sweep(slots: list[Slot], dust: Number, order: Order) -> Sweep:
    """The sweep without the venues whose part is below their minimum: the smallest one is left out first."""
    scales = common_scales(slots)
    lots = [order.terms[slot.number].lot[1] for slot in slots if slot.book is not None]
    scales.size = max([scales.size, *lots])
    covered = scales.size + (scales.price if order.by_notional else 0)
    scales.size += max(0, order.amount[1] - covered)
    left_out: set[int] = set()
    while True:
        sweep = _sweep_once(slots, dust, order, scales, left_out)
        below = [part for part in sweep.slices if _below_minimum(order.terms[part.venue], part, scales)]
        if not below:
            return sweep
        left_out.add(min(below, key=lambda part: (part.notional, part.venue)).venue)


def _below_minimum(terms: Terms, part: SweepSlice, scales: Scales) -> bool:
    return part.size < _at_scale(terms.min_size, scales.size) or part.notional < _at_scale(
        terms.min_notional, scales.price + scales.size
    )


def _sweep_once(slots: list[Slot], dust: Number, order: Order, scales: Scales, left_out: set[int]) -> Sweep:
    by_notional, falling = order.by_notional, order.by_notional and order.side == 0
    rest = int(_at_scale(order.amount, scales.size + (scales.price if by_notional else 0)))
    if rest >= MAX_NOTIONAL:
        raise ScaleError("the amount does not fit 128 bits at the market's common scale")
    used = [slot for slot in slots if slot.book is not None and slot.number not in left_out]
    takers = [taker for slot in used if (taker := Taker(slot, order, scales, dust)).level is not None]
    total, parts, beyond = Part(), {taker.number: Part() for taker in takers}, False
    while best := min((taker for taker in takers if taker.level), key=Taker.rank, default=None):
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
