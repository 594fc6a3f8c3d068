"""Fields of protobuf bytes, one after the other, in Python: the twin of wire_fields.h."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .json_plan import BAD_MESSAGE


class Slot(NamedTuple):
    """What was found of a field: its bytes, and its value or their length."""

    data: bytes = b""
    value: int = 0
    seen: bool = False


def wire_fields(data: bytes) -> Iterator[tuple[int, int, Slot]]:
    """Number, type of the wire and content of every field. Raises ValueError."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        wire = key & 7
        if key > 0xFFFFFFFF or not key >> 3:
            raise ValueError(BAD_MESSAGE)
        if wire == 0:
            value, place = _varint(data, place)
            yield key >> 3, wire, Slot(b"", value, True)
            continue
        if wire == 2:
            size, place = _varint(data, place)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(BAD_MESSAGE)
        found = data[place : place + size]
        if len(found) < size:
            raise ValueError(BAD_MESSAGE)
        place += size
        yield key >> 3, wire, Slot(found, size if wire == 2 else int.from_bytes(found, "little"), True)


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            break
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            if value >> 64:
                break
            return value, place
    raise ValueError(BAD_MESSAGE)


def all_of(data: bytes, number: int) -> list[bytes]:
    """The texts or messages in a field."""
    return [slot.data for found, wire, slot in wire_fields(data) if (found, wire) == (number, 2)]
