"""Messages as lines of JSON: one object a line, exact decimals as strings, times as integer nanoseconds.

The keys are `type` (book, summary, venue_status, trade, trade_gap, averages, trade_vwap, candle, open_interest, quote)
and the field names of the classes in `messages` and `analytics_messages`, which are part of the public interface: none
is renamed or removed, new ones may be added. Enums are their names in lower case, absent numbers are null.

    {"type": "book", "header": {"publish_time_nanos": 1, "epoch": 1, "sequence": 7, "heartbeat": false, ...},
     "market": "BTC/USDT", "bids": [{"price": "61837.63", "size": "0.12", "venue": "NAME"}], "asks": [...],
     "spread": "0.01", "mid": "61837.635", "venues": [{"venue": "NAME", "state": "live", ...}]}
"""

from __future__ import annotations

import json
import re
from dataclasses import fields
from decimal import Decimal
from enum import Enum
from typing import Any

from .analytics_messages import Averages, Candle, OpenInterest, Quote, TradeVwap
from .messages import Book, Summary, Trade, TradeGap, VenueStatus

_NAMES: dict[type[Any], tuple[str, ...]] = {}

Message = Book | Summary | VenueStatus | Trade | TradeGap | Averages | TradeVwap | Candle | OpenInterest | Quote


def to_json(message: Message) -> str:
    """One line without its line feed."""
    return json.dumps({"type": _type_name(type(message)), **_object(message)}, ensure_ascii=False)


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
    return {name: _plain(getattr(message, name)) for name in _names(type(message))}


def _names(kind: type[Any]) -> tuple[str, ...]:
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(field.name for field in fields(kind))
    return names


def _type_name(kind: type[Any]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
