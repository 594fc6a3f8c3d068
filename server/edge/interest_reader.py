"""Open interest out of the records of markets, told once per value."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from onebook.v1 import analytics_pb2

from ..market.feed_listener import FeedListener
from ..protocol.candle_source import OpenInterest
from ..registry import MarketRegistry
from .events import MarketKnown


class InterestReader:
    """Remembers the newest value of each venue, by market."""

    def __init__(self, registry: MarketRegistry, listener: FeedListener) -> None:
        self._registry, self._listener = registry, listener
        self._newest: dict[tuple[str, str], int] = {}
        """By market and venue: when the value was received."""

    def take(self, event: MarketKnown) -> None:
        """The record of a market."""
        markets = {market.name: market for market in list(self._registry.markets.values())}
        market = markets.get(event.market)
        if market is None:
            return
        for said in event.reference.open_interest.venues:
            key = event.market, said.venue
            if said.venue not in market.entries or said.receive_time_nanos <= self._newest.get(key, 0):
                continue
            update = _update(said)
            if update is not None:
                self._newest[key] = said.receive_time_nanos
                self._listener.open_interest(market, said.venue, update, said.receive_time_nanos)


def _update(said: analytics_pb2.VenueInterest) -> OpenInterest | None:
    """None for a value that is no number."""
    try:
        value = Decimal(said.value)
    except InvalidOperation:
        return None
    return OpenInterest(value, said.exchange_time_nanos) if value.is_finite() and value >= 0 else None
