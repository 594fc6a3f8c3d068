"""Messages as lines of JSON: one object per line, exact decimals as strings, times as strings of nanoseconds.

Times are strings because jq, JavaScript and all that keeps numbers as doubles would round them: nanoseconds since 1970
need 61 bits and a double has 53. So are the epoch and the venues' own numbers, which may be times too. All else that
counts is a number; lengths of time fit in one.

The keys are `type`, the name of the message's class in lower case (book, trade_gap, venue_status), and the names of its
fields, which are part of the public interface: none is renamed or removed, new ones may be added. Enums are their names
in lower case, absent numbers are null.

    {"type": "book", "header": {"publish_time_nanos": "1795000020123456789", "epoch": "1795...", "sequence": 7, ...},
     "market": "BTC/USDT", "bids": [{"price": "61837.63", "size": "0.12", "venue": "NAME"}], "asks": [...],
     "spread": "0.01", "mid": "61837.635", "venues": [{"venue": "NAME", "state": "live", ...}]}
"""

from __future__ import annotations

import json
import re
from dataclasses import fields
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from .json_fields import Selection

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_NAMES: dict[type[Any], tuple[tuple[str, bool, bool], ...]] = {}

# Whole numbers that a double may not hold, by their names.
_AS_TEXT = re.compile(r"(\w+_)?time_nanos|epoch|venue_sequence|digest")
_EXACT = 2**53


def to_json(message: DataclassInstance, selection: Selection | None = None) -> str:
    """One line without its line feed; `selection` says which fields it has."""
    line = {"type": _type_name(type(message)), **_object(message)}
    return json.dumps(line if selection is None else selection.of(line), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    return _object(value)


def _object(message: Any) -> dict[str, Any]:
    return {
        name: _whole(getattr(message, name), as_text) if is_whole else _plain(getattr(message, name))
        for name, is_whole, as_text in _names(type(message))
    }


def _whole(value: int, as_text: bool) -> int | str:
    """A whole number that every reader of JSON reads as it is."""
    return str(value) if as_text or abs(value) > _EXACT else value


def _names(kind: type[Any]) -> tuple[tuple[str, bool, bool], ...]:
    """The fields of a class: name, whether it is a whole number, and whether that is written as text."""
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(
            (field.name, field.type == "int", _AS_TEXT.fullmatch(field.name) is not None) for field in fields(kind)
        )
    return names


def _type_name(kind: type[Any]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
