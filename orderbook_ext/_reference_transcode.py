"""Protobuf bytes to readable JSON, in Python: the twin of transcode.h."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from .json_plan import BAD_MESSAGE, FIELD_NUMBERS, Coding, FieldPlan, Kind, ShapePlan

_EXACT = 2**53
_MOST_DECIMALS = 400
_REPEATED, _MESSAGE = 8, 16


class _Slot(NamedTuple):
    """What was found of a field: its bytes, and its value or their length."""

    data: bytes = b""
    value: int = 0
    seen: bool = False


_ABSENT = _Slot()


class JsonWriter:
    """See _book.pyi."""

    def __init__(self, shapes: tuple[ShapePlan, ...], held: tuple[tuple[int, int], ...]) -> None:
        for shape in shapes:
            _check(shape, len(shapes))
        if not all(0 <= place < len(shapes) for _, place in held):
            raise ValueError("a message has no plan")
        self._shapes, self._held = shapes, tuple(held)

    def line(self, payload: bytes) -> bytes:
        """See _book.pyi."""
        for number, place in self._held:
            found = _all_of(payload, number)
            if len(found) > 1:
                raise ValueError(BAD_MESSAGE)
            if found:
                return self._line(place, found[0])
        return self._line(self._held[0][1], b"")

    def lines(self, payload: bytes) -> list[bytes]:
        """See _book.pyi."""
        number, place = self._held[0]
        return [self._line(place, data) for data in _all_of(payload, number)]

    def _line(self, place: int, data: bytes) -> bytes:
        return self._message(self._shapes[place], data, (0, 0, 0, 0), [], True).encode()

    def _message(
        self, shape: ShapePlan, data: bytes, registers: tuple[int, ...], venues: list[str], typed: bool = False
    ) -> str:
        slots = _slots(shape, data)
        made = list(registers)
        for number, register in shape.exponents:
            made[register] = _zigzag(slots.get(number, _ABSENT).value & 0xFFFFFFFF)
        if shape.venues[0]:
            venues = [_venue(each, *shape.venues[1:]) for each in _all_of(data, shape.venues[0])]
            if not venues and shape.is_nameless:
                venues = [""]
        parts = [f'"type": "{shape.type_name}"'] * typed
        for field in shape.fields:
            parts.append(f'"{field.name}": {self._field(field, data, slots, tuple(made), venues)}')
        return f"{{{', '.join(parts)}}}"

    def _field(
        self, field: FieldPlan, data: bytes, slots: dict[int, _Slot], registers: tuple[int, ...], venues: list[str]
    ) -> str:
        if field.is_optional and field.number not in slots:
            return "null"
        if field.known_by and not any(slots.get(number, _ABSENT).value for number in field.known_by):
            return "null"
        if not field.is_list:
            return self._value(field, slots.get(field.number, _ABSENT), registers, venues)
        found = (_Slot(each, len(each)) for each in _all_of(data, field.number))
        return f"[{', '.join(self._value(field, each, registers, venues) for each in found)}]"

    def _value(self, field: FieldPlan, found: _Slot, registers: tuple[int, ...], venues: list[str]) -> str:
        kind = field.kind
        if kind == Kind.OBJECT:
            inner = (registers[field.scale], *registers[1:])
            return self._message(self._shapes[field.child], found.data, inner, venues)
        if kind in (Kind.TEXT, Kind.DECIMAL):
            return _quoted(found.data) if found.data or kind == Kind.TEXT else '"0"'
        if kind == Kind.BOOL:
            return "true" if found.value else "false"
        if kind == Kind.ENUM:
            value = found.value & 0xFFFFFFFF
            return f'"{field.names[value if value < len(field.names) else 0]}"'
        if kind == Kind.VENUE:
            place = found.value & 0xFFFFFFFF
            if place >= len(venues):
                raise ValueError("a message names a venue that it does not have")
            return json.dumps(venues[place], ensure_ascii=False)
        value = _number(field.coding, found.value)
        if kind == Kind.MANTISSA:
            return f'"{_decimal(value, registers[field.scale] + field.shift)}"'
        is_text = kind == Kind.WHOLE_TEXT or (kind == Kind.NUMBER and abs(value) > _EXACT)
        return f'"{value}"' if is_text else str(value)


def _check(shape: ShapePlan, count: int) -> None:
    """Raises ValueError for a plan that the C core does not take."""
    if len(shape.wires) != FIELD_NUMBERS or len(shape.exponents) > 4:
        raise ValueError("a plan has the types of 64 fields, and at most 4 exponents")
    for field in shape.fields:
        if len(field.known_by) > 2 or (field.kind == Kind.ENUM and not field.names):
            raise ValueError("a field is known by at most 2 others, and an enum has names")
        if not (0 <= field.number < FIELD_NUMBERS and 0 <= field.child < count and 0 <= field.scale < 4):
            raise ValueError(f"{field.name} is outside of its plan")


def _fields(data: bytes) -> Iterator[tuple[int, int, _Slot]]:
    """Number, type of the wire and content of every field. Raises ValueError."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        wire = key & 7
        if key > 0xFFFFFFFF or not key >> 3:
            raise ValueError(BAD_MESSAGE)
        if wire == 0:
            value, place = _varint(data, place)
            yield key >> 3, wire, _Slot(b"", value, True)
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
        yield key >> 3, wire, _Slot(found, size if wire == 2 else int.from_bytes(found, "little"), True)


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


def _slots(shape: ShapePlan, data: bytes) -> dict[int, _Slot]:
    """The fields of a message by number: the last one of each."""
    found: dict[int, _Slot] = {}
    for number, wire, slot in _fields(data):
        known = shape.wires[number] if number < FIELD_NUMBERS else 255
        if known == 255 or wire != known & 7:
            continue
        if known & _MESSAGE and not known & _REPEATED and number in found:
            raise ValueError(BAD_MESSAGE)
        found[number] = slot
    return found


def _all_of(data: bytes, number: int) -> list[bytes]:
    """The texts or messages in a field."""
    return [slot.data for found, wire, slot in _fields(data) if (found, wire) == (number, 2)]


def _venue(data: bytes, name: int, currency: int) -> str:
    texts = {number: slot.data for number, wire, slot in _fields(data) if wire == 2}
    parts = [texts.get(name, b""), texts.get(currency, b"")]
    return ":".join(map(_text, parts if parts[1] else parts[:1]))


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ValueError(BAD_MESSAGE) from None


def _quoted(data: bytes) -> str:
    return json.dumps(_text(data), ensure_ascii=False)


def _zigzag(value: int) -> int:
    return value >> 1 if not value & 1 else -(value >> 1) - 1


def _number(coding: int, value: int) -> int:
    if coding == Coding.ZIGZAG:
        return _zigzag(value)
    if coding == Coding.UINT32:
        return value & 0xFFFFFFFF
    return value - 2**64 if coding == Coding.SIGNED and value >> 63 else value


def _decimal(mantissa: int, exponent: int) -> str:
    """mantissa * 10**exponent with as many decimals as the exponent says."""
    if abs(exponent) > _MOST_DECIMALS:
        raise ValueError("no number of the contract has this exponent")
    if exponent >= 0:
        return str(mantissa * 10**exponent)
    digits = str(abs(mantissa)).rjust(1 - exponent, "0")
    return f"{'-' * (mantissa < 0)}{digits[:exponent]}.{digits[exponent:]}"
