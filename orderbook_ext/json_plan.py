"""The plan of readable JSON: which fields of a message are written, made how, of what. Data alone.

A plan is a tuple of shapes, one per kind of message, that name each other by their places in it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

FIELD_NUMBERS = 64
"""Fields of the contract have numbers below this one."""
NO_FIELD = 255
BAD_MESSAGE = "the bytes are no message of this call"


class Kind(IntEnum):
    """How a value becomes JSON."""

    TEXT = 0
    DECIMAL = 1
    """Decimal text; empty is 0."""
    NUMBER = 2
    """A whole number; text where a double does not hold it."""
    WHOLE = 3
    """A whole number, however large."""
    WHOLE_TEXT = 4
    """A whole number as text."""
    BOOL = 5
    ENUM = 6
    MANTISSA = 7
    VENUE = 8
    """The name of a venue, by its place in the message's list."""
    OBJECT = 9


class Coding(IntEnum):
    """How a whole number is in the bytes."""

    UNSIGNED = 0
    UINT32 = 1
    SIGNED = 2
    ZIGZAG = 3


class FieldPlan(NamedTuple):
    """One field of an object."""

    name: str
    number: int
    kind: int
    coding: int
    is_list: bool
    is_optional: bool
    """Null where the message does not have the field."""
    known_by: tuple[int, ...]
    """Null unless one of these fields, at most two, is neither 0 nor empty."""
    scale: int
    """The register of the exponent; of an object, what its register 0 begins with."""
    shift: int
    """Added to the exponent."""
    names: tuple[str, ...]
    """Of an enum; a value beyond them has the first name."""
    child: int
    """The shape of an object."""


class ShapePlan(NamedTuple):
    """One kind of message."""

    type_name: str
    exponents: tuple[tuple[int, int], ...]
    """Fields of type sint32 that set registers."""
    venues: tuple[int, int, int]
    """The list of venues that levels name by place, and the name and the currency in its messages; 0: nobody asks."""
    is_nameless: bool
    """Without venues, the place 0 is the empty name."""
    wires: bytes
    """By number of the field, FIELD_NUMBERS of them: the type on the wire, 8 more for a list, 16 more for a message;
    NO_FIELD: no such field."""
    fields: tuple[FieldPlan, ...]
