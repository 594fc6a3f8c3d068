"""Messages of protobuf as objects of JSON: the shape that `onebook watch --json` prints, too.

Prices, sizes and all other exact numbers are text with every digit. Times are nanoseconds as text, as are the other
whole numbers that a double may not hold. Venues are names, enums are names in lower case, what is not known is null.
"""

from __future__ import annotations

from typing import Any

from orderbook_ext.json_plan import Kind

from .shapes import Field, Shape

_EXACT = 2**53
"""Whole numbers up to this one are doubles."""
MOST_DECIMALS = 400
"""Digits of an exponent that no message of the contract reaches."""
Exponents = tuple[int, int, int, int]
NONE: Exponents = (0, 0, 0, 0)


def object_of(
    shape: Shape, message: Any, exponents: Exponents = NONE, venues: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """The fields of a message. `exponents` and `venues` are those of the message around it. Raises ValueError."""
    for source, place in shape.exponents:
        exponents = _with(exponents, place, getattr(message, source))
    if shape.venues:
        venues = tuple(map(_venue_name, getattr(message, shape.venues)))
        if not venues and shape.is_nameless:
            venues = ("",)
    return {field.name: _value(field, message, exponents, venues or ()) for field in shape.fields}


def decimal(mantissa: int, exponent: int) -> str:
    """mantissa * 10**exponent in plain decimals: as many of them as the exponent says. Raises ValueError."""
    if abs(exponent) > MOST_DECIMALS:
        raise ValueError(f"no number of the contract has the exponent {exponent}")
    if exponent >= 0:
        return str(mantissa * 10**exponent)
    digits = str(abs(mantissa)).rjust(1 - exponent, "0")
    return f"{'-' * (mantissa < 0)}{digits[:exponent]}.{digits[exponent:]}"


def _value(field: Field, message: Any, exponents: Exponents, venues: tuple[str, ...]) -> Any:
    if field.is_optional and not message.HasField(field.source):
        return None
    if field.known_by and not any(getattr(message, name) for name in field.known_by):
        return None
    value = getattr(message, field.source)
    if field.is_list:
        return [_one(field, each, exponents, venues) for each in value]
    return _one(field, value, exponents, venues)


def _one(field: Field, value: Any, exponents: Exponents, venues: tuple[str, ...]) -> Any:
    kind = field.kind
    if kind is Kind.OBJECT:
        assert field.shape is not None
        return object_of(field.shape, value, _with(exponents, 0, exponents[field.scale]), venues)
    if kind is Kind.MANTISSA:
        return decimal(value, exponents[field.scale] + field.shift)
    if kind is Kind.VENUE:
        if value >= len(venues):
            raise ValueError(f"a message names a venue beyond its {len(venues)}")
        return venues[value]
    if kind is Kind.ENUM:
        return field.names[value if 0 <= value < len(field.names) else 0]
    if kind is Kind.DECIMAL:
        return value or "0"
    if kind is Kind.WHOLE_TEXT or (kind is Kind.NUMBER and abs(value) > _EXACT):
        return str(value)
    return value


def _with(exponents: Exponents, place: int, value: int) -> Exponents:
    made = list(exponents)
    made[place] = value
    return made[0], made[1], made[2], made[3]


def _venue_name(quality: Any) -> str:
    """A venue, or VENUE:CURRENCY for its book in another quote currency."""
    return f"{quality.venue}:{quality.quote_currency}" if quality.quote_currency else str(quality.venue)
