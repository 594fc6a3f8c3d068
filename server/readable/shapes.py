"""The shape of a message in JSON, compiled once from its descriptor and its rules: which fields, made how, of what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from orderbook_ext.json_plan import Kind

from .rule import Rule
from .shape_rules import ENUM_NAMES, EXPONENTS, NAMELESS, RULES

_AS_TEXT = re.compile(r"(\w+_)?time_nanos|epoch|venue_sequence|digest")
"""Whole numbers that are text in JSON, as a double may not hold them."""
_PLAIN = Rule()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object."""

    name: str
    """In JSON."""
    source: str
    """In the contract."""
    number: int
    """In the bytes of protobuf."""
    kind: Kind
    is_list: bool
    is_optional: bool
    """Null where the message does not have the field."""
    known_by: tuple[str, ...]
    """Null unless one of these fields is neither 0 nor empty; those of the contract."""
    scale: int
    """Which exponent a mantissa has; of an object, what is the price exponent in there."""
    shift: int
    names: tuple[str, ...]
    """Of the values of an enum; a value beyond them has the first name."""
    shape: Shape | None
    """Of an object."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of message."""

    type_name: str
    """The `type` of a line."""
    descriptor: Descriptor
    fields: tuple[Field, ...]
    """In the order of the JSON."""
    exponents: tuple[tuple[str, int], ...]
    """The fields that set exponents, and which."""
    venues: str
    """The field with the list of venues that levels name by place; empty without one."""
    is_nameless: bool
    """Without venues, the place 0 is the empty name."""


@cache
def shape_of(descriptor: Descriptor) -> Shape:
    """The shape of a message of the contract, with all its fields."""
    fields = [_field(descriptor, field) for field in descriptor.fields if field.name not in EXPONENTS]
    exponents = [(field.name, EXPONENTS[field.name]) for field in descriptor.fields if field.name in EXPONENTS]
    venues = next((f.name for f in descriptor.fields if f.message_type and f.message_type.name == "VenueQuality"), "")
    return Shape(
        type_name(descriptor), descriptor, tuple(fields), tuple(exponents), venues, descriptor.name in NAMELESS
    )


def type_name(descriptor: Descriptor) -> str:
    """Such as trade_gap for TradeGap."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", descriptor.name).lower()


def _field(owner: Descriptor, field: FieldDescriptor) -> Field:
    rule = RULES.get(owner.name, {}).get(field.name, _PLAIN)
    is_list = is_repeated(field)
    is_message = field.message_type is not None
    kind = _kind(field, rule)
    if kind is Kind.NUMBER and (field.has_presence or rule.known_by):
        kind = Kind.WHOLE
    return Field(
        name=rule.name or field.name,
        source=field.name,
        number=field.number,
        kind=kind,
        is_list=is_list,
        is_optional=not is_list and bool(field.has_presence) and not (is_message and rule.always),
        known_by=rule.known_by,
        scale=rule.scale,
        shift=rule.shift,
        names=tuple(_enum_names(field)) if kind is Kind.ENUM else (),
        shape=shape_of(field.message_type) if is_message else None,
    )


def _kind(field: FieldDescriptor, rule: Rule) -> Kind:
    if field.message_type is not None:
        return Kind.OBJECT
    if rule.venue:
        return Kind.VENUE
    signed = field.cpp_type == FieldDescriptor.CPPTYPE_INT64 and not rule.whole
    return {
        FieldDescriptor.CPPTYPE_STRING: Kind.DECIMAL if rule.decimal else Kind.TEXT,
        FieldDescriptor.CPPTYPE_BOOL: Kind.BOOL,
        FieldDescriptor.CPPTYPE_ENUM: Kind.ENUM,
    }.get(
        field.cpp_type,
        Kind.MANTISSA if signed else Kind.WHOLE_TEXT if _AS_TEXT.fullmatch(field.name) else Kind.NUMBER,
    )


def _enum_names(field: Any) -> list[str]:
    """The names by number: VENUE_STATE_CHECKSUM_FAILED is checksum_failed."""
    kind: Any = field.enum_type
    start = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.name).upper() + "_"
    return [
        ENUM_NAMES.get(value.name) or str(value.name).removeprefix(start).lower()
        for value in sorted(kind.values, key=lambda value: int(value.number))
    ]


def is_repeated(field: Any) -> bool:
    """Whether the field is a list."""
    # Older releases of protobuf have label, newer ones is_repeated.
    known = getattr(field, "is_repeated", None)
    return bool(known) if known is not None else field.label == field.LABEL_REPEATED
