"""The levels of an encoded onebook.v1.Book, in Python: the twin of encoded_levels.h."""

from __future__ import annotations

from ._reference_wire_fields import all_of, wire_fields
from .model import NO_LEVELS, NO_PRICE, LevelError, Number

Levels = list[tuple[Number, Number]]
Sides = tuple[Levels, Levels]


def encoded_levels(
    response: bytes, fields: tuple[int, int, int], decimals: tuple[int, int], bounds: tuple[int, int]
) -> tuple[Sides, Sides]:
    """Bids and asks that are proved complete, and those beyond the bounds. Raises LevelError."""
    held, *sides = fields
    made: tuple[Sides, Sides] = (([], []), ([], []))
    try:
        found = all_of(response, held)
        if len(found) > 1:
            raise LevelError(NO_LEVELS)
        for number, wire, slot in wire_fields(found[0] if found else b""):
            for side, wanted in enumerate(sides):
                if (number, wire) == (wanted, 2):
                    price, size = _level(slot.data)
                    beyond = price > bounds[1] if side else price < bounds[0]
                    made[beyond][side].append(((price, decimals[0]), (size, decimals[1])))
    except LevelError:
        raise
    except ValueError:
        raise LevelError(NO_LEVELS) from None
    return made


def _level(data: bytes) -> tuple[int, int]:
    numbers = {1: 0, 2: 0}
    for number, wire, slot in wire_fields(data):
        if wire == 0 and number in numbers:
            numbers[number] = slot.value
    if max(numbers.values()) >> 63:
        raise LevelError(NO_LEVELS)
    if not numbers[1]:
        raise LevelError(NO_PRICE)
    return numbers[1], numbers[2]
