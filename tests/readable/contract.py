"""The calls of the contract, random responses of them, and what the client makes of a response."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache, partial
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as some

from client.analytics.averages import from_message as averages_from
from client.analytics.candles import from_message as candle_from
from client.analytics.open_interest import from_message as interest_from
from client.analytics.order_flow import from_message as flow_from
from client.analytics.quotes import from_message as quote_from
from client.analytics.vwap import from_message as vwap_from
from client.market_data.books import from_message as book_from
from client.market_data.markets import market_from_message, venue_from_message
from client.market_data.past_states import change_from_message
from client.market_data.past_states import interest_from_message as past_interest_from
from client.market_data.summaries import from_message as summary_from
from client.market_data.trades import from_message as trade_from
from client.market_data.trades import gap_from_message
from client.market_data.venue_status import from_message as status_from
from client.numbers import Scales
from onebook.v1 import analytics_pb2, history_pb2, market_data_pb2
from server.readable.objects import object_of
from server.readable.shapes import Shape, is_repeated

SCALES: Scales[Decimal] = Scales("decimal")
FILES: tuple[Any, ...] = (market_data_pb2, analytics_pb2, history_pb2)
CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "Book": partial(book_from, scales=SCALES),
    "Summary": partial(summary_from, scales=SCALES),
    "VenueStatus": partial(status_from, scales=SCALES),
    "Trade": partial(trade_from, scales=SCALES),
    "TradeGap": gap_from_message,
    "Market": market_from_message,
    "Venue": venue_from_message,
    "Averages": partial(averages_from, scales=SCALES),
    "TradeVwap": partial(vwap_from, scales=SCALES),
    "Candle": partial(candle_from, scales=SCALES),
    "OpenInterest": partial(interest_from, scales=SCALES),
    "Quote": partial(quote_from, scales=SCALES),
    "OrderFlow": partial(flow_from, scales=SCALES),
    "VenueStateChange": change_from_message,
    "PastInterest": partial(past_interest_from, scales=SCALES),
}
"""By the name of the message: how the client converts it."""
DECIMAL_TEXTS = frozenset(
    {
        *("bid", "ask", "volume", "quote_volume", "open_interest", "value", "size", "notional", "fees", "fee"),
        *("bid_size", "ask_size", "best_level", "by_level", "integrated", "buy_volume", "sell_volume"),
        *("unknown_volume", "volume_delta"),
    }
)
EXPONENTS = frozenset({"price_exponent", "size_exponent", "vwap_exponent"})
BITS = {
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SINT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_FIXED64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_SINT32: (-(2**31), 2**31 - 1),
}


def responses() -> Iterator[tuple[str, type[Message]]]:
    """Every call of the services that HTTP serves, and the class of its response."""
    for file in FILES:
        for service in file.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                yield f"{service.full_name}/{method.name}", message_factory.GetMessageClass(method.output_type)


def text_of(shape: Shape, message: Any) -> str:
    """One line of JSON, made by way of a message and an object."""
    return json.dumps({"type": shape.type_name, **object_of(shape, message)}, ensure_ascii=False)


def texts_of(shapes: list[Shape], response: Any) -> list[str]:
    """The lines of a response, made so."""
    fields = [field for field in response.DESCRIPTOR.fields if field.name != "next_page_token"]
    if is_repeated(fields[0]):
        return [text_of(shapes[0], each) for each in getattr(response, fields[0].name)]
    held = [place for place, field in enumerate(fields) if response.HasField(field.name)]
    place = held[0] if held else 0
    return [text_of(shapes[place], getattr(response, fields[place].name))]


def converted(response: Any) -> list[Any]:
    """What the client hands out of a response, message by message."""
    fields = [field for field in response.DESCRIPTOR.fields if field.name != "next_page_token"]
    if is_repeated(fields[0]):
        convert = CONVERSIONS[fields[0].message_type.name]
        return [convert(each) for each in getattr(response, fields[0].name)]
    held = [field for field in fields if response.HasField(field.name)] or fields
    return [CONVERSIONS[held[0].message_type.name](getattr(response, held[0].name))]


# A strategy is worked out at its first use: each is made once.
COUNTS, INNER_COUNTS = some.integers(0, 3), some.integers(0, 2)


@cache
def messages(descriptor: Any, depth: int = 0) -> some.SearchStrategy[Message]:
    """A message of any content that the client can convert."""
    return _messages(descriptor, depth)


@some.composite
def _messages(draw: Any, descriptor: Any, depth: int) -> Message:
    message: Any = message_factory.GetMessageClass(descriptor)()
    names = [field for field in descriptor.fields if field.message_type and field.message_type.name == "VenueQuality"]
    for field in sorted(descriptor.fields, key=lambda field: field not in names):
        count = draw(INNER_COUNTS if depth else COUNTS)
        if field.name in {"trade", "gap"} and depth == 0 and message.ListFields():
            continue  # A response has one of the two.
        if is_repeated(field):
            for _ in range(count):
                if field.message_type is None:
                    getattr(message, field.name).append(draw(_values(field)))
                else:
                    getattr(message, field.name).add().CopyFrom(draw(messages(field.message_type, depth + 1)))
        elif not count:
            continue
        elif field.message_type is None:
            setattr(message, field.name, draw(_values(field)))
        else:
            getattr(message, field.name).CopyFrom(draw(messages(field.message_type, depth + 1)))
            if field.message_type.name in CONVERSIONS or depth == 0:
                getattr(message, field.name).SetInParent()
    _fit_venues(message)
    return message  # type: ignore[no-any-return]


def _fit_venues(message: Any) -> None:
    """Levels name venues that the message has; without venues there are no levels."""
    kind = message.DESCRIPTOR.name
    lists = {"Book": ("bids", "asks"), "Quote": ("slices",)}.get(kind, ())
    count = len(message.venues) if lists or kind == "Summary" else 0
    for name in lists:
        if not count:
            message.ClearField(name)
        for level in getattr(message, name):
            level.venue %= count
    if kind == "Summary":
        for name in ("best_bid", "best_ask"):
            if message.HasField(name):
                getattr(message, name).venue %= count or 1


@cache
def _values(field: Any) -> some.SearchStrategy[Any]:
    if field.name in EXPONENTS:
        return some.integers(-20, 6)
    if field.enum_type is not None:
        return some.integers(0, len(field.enum_type.values) + 2)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return some.booleans()
    if field.type == FieldDescriptor.TYPE_STRING:
        if field.name in DECIMAL_TEXTS and field.containing_type.name not in {"Venue", "Listing"}:
            return some.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12).map(
                lambda value: f"{value:f}"
            )
        return some.text(max_size=12)
    low, high = BITS[field.type]
    return some.one_of(some.integers(low, high), some.sampled_from([low, high, 0, 1, 2**31 - 1]))
