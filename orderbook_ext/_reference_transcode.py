"""Protobuf bytes to readable JSON, in Python: the twin of transcode.h."""

from __future__ import annotations

import json

from ._reference_wire_fields import Slot, all_of, wire_fields
from .json_plan import BAD_MESSAGE, FIELD_NUMBERS, Coding, FieldPlan, Kind, ShapePlan

_EXACT = 2**53
_MOST_DECIMALS = 400
_REPEATED, _MESSAGE = 8, 16


_ABSENT = Slot()


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
            found = all_of(payload, number)
            if len(found) > 1:
                raise ValueError(BAD_MESSAGE)
            if found:
                return self._line(place, found[0])
        return self._line(self._held[0][1], b"")

    def lines(self, payload: bytes) -> list[bytes]:
        """See _book.pyi."""
        number, place = self._held[0]
        return [self._line(place, data) for data in all_of(payload, number)]

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
            venues = [_venue(each, *shape.venues[1:]) for each in all_of(data, shape.venues[0])]
            if not venues and shape.is_nameless:
                venues = [""]
        parts = [f'"type": "{shape.type_name}"'] * typed
        for field in shape.fields:
            parts.append(f'"{field.name}": {self._field(field, data, slots, tuple(made), venues)}')
        return f"{{{', '.join(parts)}}}"

    def _field(
        self, field: FieldPlan, data: bytes, slots: dict[int, Slot], registers: tuple[int, ...], venues: list[str]
    ) -> str:
        if field.is_optional and field.number not in slots:
            return "null"
        if field.known_by and not any(slots.get(number, _ABSENT).value for number in field.known_by):
            return "null"
        if not field.is_list:
            return self._value(field, slots.get(field.number, _ABSENT), registers, venues)
        found = (Slot(each, len(each)) for each in all_of(data, field.number))
        return f"[{', '.join(self._value(field, each, registers, venues) for each in found)}]"

    def _value(self, field: FieldPlan, found: Slot, registers: tuple[int, ...], venues: list[str]) -> str:
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


def _slots(shape: ShapePlan, data: bytes) -> dict[int, Slot]:
    """The fields of a message by number: the last one of each."""
    found: dict[int, Slot] = {}
    for number, wire, slot in wire_fields(data):
        known = shape.wires[number] if number < FIELD_NUMBERS else 255
        if known == 255 or wire != known & 7:
            continue
        if known & _MESSAGE and not known & _REPEATED and number in found:
            raise ValueError(BAD_MESSAGE)
        found[number] = slot
    return found


def _venue(data: bytes, name: int, currency: int) -> str:
    texts = {number: slot.data for number, wire, slot in wire_fields(data) if wire == 2}
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
