"""Which venues a merge takes, and at which scales, so that every number fits 64 bits: fit.h in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ._exact_levels import SweptSide, power
from ._reference_slot import Scales, Slot, common_scales
from .model import MAX_DECIMALS, MAX_MANTISSA, MAX_NOTIONAL, Number

NO_LIMIT = 99


class Candidate(NamedTuple):
    """The next level of a venue; a number is None if no message can hold it."""

    venue: int
    price: Number | None
    size: Number | None
    price_rank: int
    size_rank: int
    raw: tuple[Number, Number]
    """Price and size as the book has them."""


@dataclass
class Demand:
    """What numbers ask of a scale: at least `needed` decimals, at most `room`."""

    needed: int = 0
    room: int = NO_LIMIT
    finest: Number = (0, 0)
    largest: Number = (0, 0)

    def add(self, number: Number) -> None:
        room = _room(number)
        if number[1] > self.needed:
            self.needed, self.finest = number[1], number
        if room < self.room:
            self.room, self.largest = room, number

    def met(self, decimals: int, spare: int = 0) -> bool:
        return self.needed <= decimals and decimals + spare <= self.room


@dataclass
class Demands:
    """Of one venue, or of all together."""

    price: Demand = field(default_factory=Demand)
    size: Demand = field(default_factory=Demand)

    def met(self, scales: Scales, spare: int) -> bool:
        return self.price.met(scales.price, spare) and self.size.met(scales.size)

    def fault(self, scales: Scales, spare: int) -> str:
        """Why these scales do not do: its own other numbers come first, then those of others."""
        for name, demand in (("size", self.size), ("price", self.price)):
            if demand.room < demand.needed:
                return f"its {name} {plain(demand.largest)} does not fit 64 bits with the {_needed(demand.needed)}"
        for name, demand, decimals, less in (
            ("size", self.size, scales.size, 0),
            ("price", self.price, scales.price, spare),
        ):
            if demand.room < decimals + less:
                return f"its {name} {plain(demand.largest)} does not fit 64 bits with the {_needed(decimals)}"
            if demand.needed > decimals:
                fine = f"its {name} {plain(demand.finest)} leaves other levels no place in 64 bits"
                return f"{fine} with its {_decimals(demand.needed)}"
        raise AssertionError("the scales do")


class Fit:
    """The walk over the levels of all venues that take part, and who they are."""

    def __init__(self, slots: list[Slot], dust: Number, depth: int, vwap_levels: int) -> None:
        self._slots, self._dust, self._depth, self._vwap_levels = slots, _rank(*dust), depth, vwap_levels
        self._used = [slot for slot in slots if slot.book is not None]
        self._walked: tuple[list[Candidate], list[Candidate]] = ([], [])
        self.scales = Scales()
        self.sides: tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]] = ([], [])
        """Price and size at the scales, and the number of the venue."""
        self.left_out: dict[int, str] = {}
        """By the venue's number: why."""
        self._alone: set[int] = set()
        self._choose()

    def _choose(self) -> None:
        rounds = choices = 0
        while True:
            if self._walk():
                trouble = self._write()
                if not trouble:
                    break
                choices += 2 if trouble == "mid" else 1
                if trouble == "sum":
                    self._leave_largest_product()
                else:
                    self._leave_fewest(int(trouble == "mid"))
            rounds += 1
        if choices and (rounds > 1 or choices > 1):
            self._take_back()

    # -- walking

    def _walk(self) -> bool:
        """False if venues had to be left out, because no message can hold some number of theirs."""
        before = len(self.left_out)
        self._walked = self._walk_side(0), self._walk_side(1)
        return len(self.left_out) == before

    def _walk_side(self, side: int) -> list[Candidate]:
        walks = {
            slot.number: _candidates(slot.swept(side, slot.book), side, self._dust)
            for slot in self._used
            if slot.book is not None and slot.number not in self.left_out
        }
        heads: dict[int, Candidate] = {}
        shown: list[Candidate] = []
        due = list(walks)
        sign = -1 if side == 0 else 1
        while len(shown) < self._depth:
            heads |= {number: level for number in due if (level := next(walks[number], None)) is not None}
            if not heads:
                break
            best = min(heads.values(), key=lambda level: (sign * level.price_rank, -level.size_rank, level.venue))
            shown.append(heads.pop(best.venue))
            self._require(best)
            due = [best.venue]
        return shown

    def _require(self, level: Candidate) -> None:
        if level.size is None:
            reason = f"its size {plain(level.raw[1])}, in base units, fits no 64-bit number"
        elif level.price is None:
            reason = f"its price {plain(level.raw[0])}, converted, fits no 64-bit number"
        else:
            return
        if self._leave(level.venue, reason):
            self._alone.add(level.venue)

    def _leave(self, number: int, reason: str) -> bool:
        """The first reason stays."""
        if number in self.left_out:
            return False
        self.left_out[number] = f"left out: {reason}"
        self._used = [slot for slot in self._used if slot.number != number]
        return True

    # -- choosing

    def _leave_fewest(self, spare: int) -> None:
        demands = self._demands()
        grid = [Scales(price, size) for size in range(MAX_DECIMALS, -1, -1) for price in range(MAX_DECIMALS, -1, -1)]
        best = max(grid, key=lambda scales: sum(each.met(scales, spare) for each in demands.values()))
        staying = [each for each in demands.values() if each.met(best, spare)]
        least = Scales(
            max((each.price.needed for each in staying), default=0),
            max((each.size.needed for each in staying), default=0),
        )
        for number, each in demands.items():
            if not each.met(best, spare):
                self._leave(number, each.fault(least, spare))

    def _demands(self) -> dict[int, Demands]:
        demands = {slot.number: Demands() for slot in self._used}
        for level in (*self._walked[0], *self._walked[1]):
            _add(demands[level.venue], level)
        return demands

    def _leave_largest_product(self) -> None:
        summed = [
            (price * size, level)
            for side, walked in zip(self.sides, self._walked, strict=True)
            for (price, size, _), level in zip(side[: self._vwap_levels], walked, strict=False)
        ]
        level = max(summed, key=lambda each: each[0])[1]
        assert level.size is not None
        self._leave(level.venue, f"its size {plain(level.size)} times its price makes a sum of more than 128 bits")

    def _take_back(self) -> None:
        taken = True
        while taken:
            taken = False
            for slot in self._slots:
                if slot.number not in self.left_out or slot.number in self._alone:
                    continue
                used, reason = self._used, self.left_out.pop(slot.number)
                self._used = sorted([*used, slot], key=lambda each: each.number)
                if self._walk() and not self._write():
                    taken = True
                else:
                    self._used = used
                    self.left_out.setdefault(slot.number, reason)
        self._walk()
        self._write()

    # -- scales

    def _write(self) -> str:
        """At the finest scales that do, at most those of the books; else what does not fit."""
        all_ = Demands()
        for level in (*self._walked[0], *self._walked[1]):
            _add(all_, level)
        price, size = all_.price, all_.size
        if price.needed > price.room or size.needed > size.room:
            return "levels"
        common = common_scales(self._used)
        to = Scales(max(price.needed, min(common.price, price.room)), max(size.needed, min(common.size, size.room)))
        while True:
            self.scales = to
            self.sides = [_at(level, to) for level in self._walked[0]], [_at(level, to) for level in self._walked[1]]
            if all(self.sides) and (self.sides[0][0][0] + self.sides[1][0][0]) * 5 > MAX_MANTISSA:
                if to.price == price.needed:
                    return "mid"
                to = Scales(to.price - 1, to.size)
            elif any(sum(p * s for p, s, _ in side[: self._vwap_levels]) > MAX_NOTIONAL for side in self.sides):
                if to.size > size.needed:
                    to = Scales(to.price, to.size - 1)
                elif to.price > price.needed:
                    to = Scales(to.price - 1, to.size)
                else:
                    return "sum"
            else:
                return ""


def _add(demands: Demands, level: Candidate) -> None:
    assert level.price is not None
    assert level.size is not None
    demands.price.add(level.price)
    demands.size.add(level.size)


def _at(level: Candidate, scales: Scales) -> tuple[int, int, int]:
    assert level.price is not None
    assert level.size is not None
    price, size = level.price, level.size
    return price[0] * power(scales.price - price[1]), size[0] * power(scales.size - size[1]), level.venue


def _candidates(swept: SweptSide, side: int, dust: int) -> Iterator[Candidate]:
    for price, size in swept.levels:
        base = swept.size(price, size) if _computable(swept, size) else None
        size_rank = _rank(base, swept.size_decimals)
        if size_rank <= dust:
            continue
        own = swept.price(side, price)
        raw = _stripped(price, swept.decimals[0]), _stripped(size, swept.decimals[1])
        yield Candidate(
            swept.number,
            _told(own, swept.price_decimals),
            _told(base, swept.size_decimals),
            _rank(own, swept.price_decimals),
            size_rank,
            raw,
        )


def _computable(swept: SweptSide, size: int) -> bool:
    """The core turns inverse contracts into base units with 128 bits."""
    if swept.unit is None or not swept.inverse:
        return True
    shift = swept.size_decimals + swept.decimals[0] - swept.decimals[1] - swept.unit[1]
    return size * swept.unit[0] * power(max(0, shift)) <= MAX_NOTIONAL


def _rank(value: int | None, decimals: int) -> int:
    """In units of the finest decimals, rounded up; what has no place in 128 bits is the largest of all."""
    if value is None:
        return MAX_NOTIONAL
    if decimals > MAX_DECIMALS:
        return -(-value // power(decimals - MAX_DECIMALS))
    return min(value * power(MAX_DECIMALS - decimals), MAX_NOTIONAL)


def _stripped(value: int, decimals: int) -> Number:
    while decimals and value % 10 == 0:
        value, decimals = value // 10, decimals - 1
    return value, decimals


def _told(value: int | None, decimals: int) -> Number | None:
    if value is None:
        return None
    number = _stripped(value, decimals)
    return number if number[0] <= MAX_MANTISSA and number[1] <= MAX_DECIMALS else None


def _room(number: Number) -> int:
    """The most decimals at which the number fits 64 bits."""
    if not number[0]:
        return NO_LIMIT
    more = 0
    while number[0] * power(more + 1) <= MAX_MANTISSA:
        more += 1
    return number[1] + more


def plain(number: Number) -> str:
    """As decimal text."""
    digits = str(number[0]).rjust(number[1] + 1, "0")
    return f"{digits[: -number[1]]}.{digits[-number[1] :]}" if number[1] else digits


def _needed(count: int) -> str:
    return f"{_decimals(count)} that other numbers need"


def _decimals(count: int) -> str:
    return f"{count} decimal{'' if count == 1 else 's'}"
