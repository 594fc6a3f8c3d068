"""The venues' quality entries of messages that are made in Python: encoded in C, and put at the end of the message."""

from __future__ import annotations

from collections.abc import Iterable

from onebook.v1 import types_pb2
from orderbook_ext import BookError

from .. import clock
from ..market.live_view import LiveView
from ..market.market import Market


def with_fields(response: bytes, fields: bytes) -> bytes:
    """An encoded response, which holds one message and nothing else, with encoded fields at the end of that message."""
    if not fields:
        return response
    start = _varint_end(response, 0)
    body = response[_varint_end(response, start) :]
    return response[:start] + _varint(len(body) + len(fields)) + body + fields


def _varint_end(payload: bytes, place: int) -> int:
    while payload[place] > 127:
        place += 1
    return place + 1


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def withheld(
    venues: Iterable[str], reason: str, currencies: Iterable[str] | None = None
) -> list[types_pb2.VenueQuality]:
    """The entries of a message that shows nothing of any venue, for this reason."""
    names = list(venues)
    quotes = list(currencies) if currencies is not None else [""] * len(names)
    return [
        types_pb2.VenueQuality(venue=name, state=types_pb2.VENUE_STATE_SUSPECT, detail=reason, quote_currency=currency)
        for name, currency in zip(names, quotes, strict=True)
    ]


class MarketQuality:
    """The entries of all venues of one market. It belongs to one thread at a time."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._view = LiveView(market)

    def encoded(self, field: int, exponent: int | None = None) -> tuple[int, bytes]:
        """The entries now as the repeated field `field` of a message, with their prices at this exponent (None: the
        books' own), and that exponent; for with_fields().

        There are none while the books cannot be merged.
        """
        try:
            with self._market.consistency_lock:
                view = self._view.refreshed()
        except BookError:
            return exponent or 0, b""
        exponent = -view.price_decimals if exponent is None else exponent
        return exponent, view.encode_qualities(field, -exponent, clock.monotonic_ns())
