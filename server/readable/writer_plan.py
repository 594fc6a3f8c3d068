"""Shapes as the plan of the writer of JSON, which reads the bytes of protobuf without making messages of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from orderbook_ext.json_plan import FIELD_NUMBERS, NO_FIELD, Coding, FieldPlan, Kind, ShapePlan

from .shapes import Field, Shape, is_repeated

_REPEATED, _MESSAGE = 8, 16
_WIRES = {
    FieldDescriptor.TYPE_FIXED64: 1,
    FieldDescriptor.TYPE_STRING: 2,
    FieldDescriptor.TYPE_MESSAGE: 2 | _MESSAGE,
}
"""Types on the wire that are no varint."""
_CODINGS = {
    FieldDescriptor.TYPE_UINT32: Coding.UINT32,
    FieldDescriptor.TYPE_INT64: Coding.SIGNED,
    FieldDescriptor.TYPE_SINT64: Coding.ZIGZAG,
}


def planned(shapes: Sequence[Shape]) -> tuple[tuple[ShapePlan, ...], list[int]]:
    """The plan of these kinds of messages and all inside them, and the places of these kinds in the plan."""
    plans: list[ShapePlan] = []
    places = [_add(plans, shape) for shape in shapes]
    return tuple(plans), places


def _add(plans: list[ShapePlan], shape: Shape) -> int:
    """The place of the shape, behind those of its objects."""
    descriptor: Any = shape.descriptor
    numbers = {field.name: field.number for field in descriptor.fields}
    children = [0 if field.shape is None else _add(plans, field.shape) for field in shape.fields]
    fields = tuple(
        _field(field, descriptor.fields_by_name[field.source], numbers, child)
        for field, child in zip(shape.fields, children, strict=True)
    )
    venues = (0, 0, 0)
    if shape.venues and _names_venues(shape):
        quality = descriptor.fields_by_name[shape.venues].message_type.fields_by_name
        venues = (numbers[shape.venues], quality["venue"].number, quality["quote_currency"].number)
    exponents = tuple((numbers[name], register) for name, register in shape.exponents)
    plans.append(ShapePlan(shape.type_name, exponents, venues, shape.is_nameless, _wires(descriptor), fields))
    return len(plans) - 1


def _field(field: Field, source: FieldDescriptor, numbers: dict[str, int], child: int) -> FieldPlan:
    return FieldPlan(
        name=field.name,
        number=field.number,
        kind=field.kind,
        coding=_CODINGS.get(source.type, Coding.UNSIGNED),
        is_list=field.is_list,
        is_optional=field.is_optional,
        known_by=tuple(numbers[name] for name in field.known_by),
        scale=field.scale,
        shift=field.shift,
        names=field.names,
        child=child,
    )


def _names_venues(shape: Shape) -> bool:
    """Whether a value in there is the name of a venue by its place."""
    return any(
        field.kind is Kind.VENUE or (field.shape is not None and _names_venues(field.shape)) for field in shape.fields
    )


def _wires(descriptor: Any) -> bytes:
    """By the number of a field: its type on the wire, and what it is."""
    made = bytearray([NO_FIELD] * FIELD_NUMBERS)
    for field in descriptor.fields:
        made[field.number] = _WIRES.get(field.type, 0) | (_REPEATED if is_repeated(field) else 0)
    return bytes(made)
