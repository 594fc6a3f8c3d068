"""What is special about one field of a message, where its type does not say it. Types and constants alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PRICE, SIZE, VWAP, FIXED = range(4)
"""Which exponent of a message; FIXED is 0, and the rule says the rest."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is special about one field."""

    name: str = ""
    """Its name in JSON, if it is another one."""
    scale: int = PRICE
    """The exponent of a mantissa; in a list or an object, what is the price exponent in there."""
    shift: int = 0
    """Added to the exponent."""
    decimal: bool = False
    """The text is a decimal number; empty is 0."""
    whole: bool = False
    """A signed number that is no mantissa."""
    venue: bool = False
    """The number is a place in the message's list of venues."""
    known_by: tuple[str, ...] = ()
    """Null unless one of these fields is neither 0 nor empty."""
    always: bool = False
    """An object that is there even if the message does not have it."""


DECIMAL = Rule(decimal=True)
VENUE = Rule(venue=True)


def known(*names: str) -> dict[str, Rule]:
    """Decimal texts that are null while they are empty."""
    return {name: Rule(decimal=True, known_by=(name,)) for name in names}


HEADER = {"header": Rule(always=True)}
HALF = Rule(shift=-1)
"""The mean of two prices has one more decimal."""
IN_VWAP = Rule(scale=VWAP)
Rules = Mapping[str, Mapping[str, Rule]]
"""By message and field of the contract."""
