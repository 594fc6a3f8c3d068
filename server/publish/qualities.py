"""The venues' quality entries for messages that are not encoded in C."""

from __future__ import annotations

import time
from collections.abc import Iterable

from onebook.v1 import types_pb2
from onebook.v1.market_data_pb2 import StreamVenueStatusResponse
from orderbook_ext import BookError, ConsolidatedView

from ..market.live_view import LiveView
from ..market.market import Market

_LARGEST = 2**63 - 1


def encoded_status(view: ConsolidatedView, monotonic: int, epoch: int, sequence: int, heartbeat: bool) -> bytes:
    """Header and quality entries of a view as refreshed last, for read_status(); the consistency lock is held."""
    return view.encode_status(time.time_ns(), monotonic, epoch, sequence, heartbeat)


def read_status(payload: bytes) -> types_pb2.VenueStatus:
    """What encoded_status() wrote; no consistency lock needs to be held for it."""
    return StreamVenueStatusResponse.FromString(payload).status


def at_exponent(status: types_pb2.VenueStatus, exponent: int) -> Iterable[types_pb2.VenueQuality]:
    """The entries with their prices at another exponent; a price that this cannot hold exactly is left out."""
    for quality in status.venues:
        for field in ("lowest_complete_bid", "highest_complete_ask"):
            setattr(quality, field, _moved(getattr(quality, field), status.price_exponent - exponent))
        yield quality


def _moved(mantissa: int, digits: int) -> int:
    if digits >= 0:
        wider = mantissa * 10**digits
        return wider if wider <= _LARGEST else 0
    narrower, rest = divmod(mantissa, 10**-digits)
    return 0 if rest else narrower


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

    def now(self, exponent: int | None = None) -> tuple[int, Iterable[types_pb2.VenueQuality]]:
        """The entries now, with their prices at this exponent (None: the books' own), and that exponent.

        There are none while the books cannot be merged.
        """
        try:
            with self._market.consistency_lock:
                payload = encoded_status(self._view.refreshed(), time.monotonic_ns(), 0, 0, False)
        except BookError:
            return exponent or 0, ()
        status = read_status(payload)
        exponent = status.price_exponent if exponent is None else exponent
        return exponent, at_exponent(status, exponent)
