"""What a post may hold and how it is answered, as schemas of OpenAPI 3.1. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .push_request import LONGEST_TICKER, MOST_DIGITS, MOST_LEVELS, NUMBER

Schema = dict[str, Any]
_EXACT: Schema = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}
_TICKER: Schema = {"type": "string", "description": "The two assets, without what stands between them: BTCUSDT."}
_MARKET: Schema = {"type": "string", "description": "The name of the market: BTC/USDT."}
_COUNT: Schema = {"type": "integer", "minimum": 0, "description": "Levels of the post."}


def _number(minimum: Schema) -> Schema:
    return {"anyOf": [{"type": "string", "pattern": f"^{NUMBER}$", "maxLength": MOST_DIGITS}, minimum]}


def _side(words: str) -> Schema:
    level: Schema = {
        "type": "array",
        "prefixItems": [
            _number({"type": "number", "exclusiveMinimum": 0}),
            _number({"type": "number", "minimum": 0}),
        ],
        "minItems": 2,
        "maxItems": 2,
        "description": "Price and quantity, as text or as JSON numbers; every digit is kept.",
    }
    return {"type": "array", "items": level, "maxItems": MOST_LEVELS, "description": words}


BOOK: Schema = {
    "type": "object",
    "properties": {
        "ticker": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_TICKER,
            "description": "A pair of this server: BTC/USDT, BTC-USDT or BTCUSDT, in any case.",
        },
        "bids": _side("All bids, in any order; the best bid must be below the best ask."),
        "asks": _side("All asks, in any order."),
        "timestamp": {
            "type": ["string", "integer", "null"],
            "minimum": 0,
            "description": "Time of the book: a time (UTC without a zone), or nanoseconds since 1970 UTC.",
        },
    },
    "required": ["ticker", "bids", "asks"],
    "additionalProperties": False,
    "examples": [
        {
            "ticker": "BTCUSDT",
            "bids": [["64009.02", "0.5"]],
            "asks": [["64009.98", "0.2"]],
        }
    ],
}
TAKEN: Schema = {
    "type": "object",
    "properties": {"market": _MARKET, "bids": _COUNT, "asks": _COUNT},
    "required": ["market", "bids", "asks"],
    "additionalProperties": False,
}


def duration(seconds: Sequence[int]) -> Schema:
    """The question for averages; `seconds`: the durations of this server."""
    words = "Seconds, of the setting `averages`."
    return {
        "type": "object",
        "properties": {"duration": {"type": "integer", "enum": list(seconds), "description": words}},
        "required": ["duration"],
        "additionalProperties": False,
        "examples": [{"duration": seconds[0]}],
    }


def averages(seconds: Sequence[int]) -> Schema:
    """The averages of all markets."""
    average: Schema = {
        "ticker": _TICKER,
        "market": _MARKET,
        "price": {
            "anyOf": [_EXACT, {"type": "null"}],
            "description": "Volume and time weighted, rounded to at most 12 decimals; null while there is no price.",
        },
        "coverage": _EXACT | {"description": "The part of the duration in which there was a price, 0 to 1."},
        "timestamp_lower": {"type": "string", "format": "date-time", "description": "Beginning of the duration."},
        "timestamp_upper": {"type": "string", "format": "date-time", "description": "End of the duration."},
    }
    found: Schema = {
        "type": "object",
        "properties": average,
        "required": list(average),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "duration": {"type": "integer", "enum": list(seconds)},
            "average_prices": {"type": "array", "items": found},
        },
        "required": ["duration", "average_prices"],
        "additionalProperties": False,
    }
