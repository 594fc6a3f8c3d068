"""What ingesters say of markets: which there are, which venues they have, and how the venues list them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from onebook.v1 import reference_pb2, types_pb2

from ..model import Instrument, Listing, Pair, Reach, VenueState
from ..units import SECOND
from .events import MarketKnown

GONE = 12 * SECOND
"""How long after its removal a market is kept: another ingester's records within this time keep it."""
FRESH = 150 * SECOND
"""Age up to which a record says which venues a market has: each is written again every minute."""


class KnownMarkets:
    """The newest records of md.ref.v1. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._said: dict[str, dict[int, tuple[int, reference_pb2.Reference]]] = {}
        """By market and epoch, with the time of arrival."""
        self._removed: dict[str, int] = {}

    def know(self, event: MarketKnown, now: int) -> None:
        """An ingester has written of a market."""
        said = self._said.setdefault(event.market, {})
        said[event.epoch] = now, event.reference
        for epoch, (at, reference) in list(said.items()):
            older = reference.header.publish_time_nanos < event.reference.header.publish_time_nanos - FRESH
            if epoch != event.epoch and (older or now - at > FRESH):
                del said[epoch]
        self._removed.pop(event.market, None)

    def remove(self, market: str, now: int) -> None:
        """An ingester has removed a market."""
        if market in self._said:
            self._removed[market] = now

    def heard(self, market: str) -> None:
        """A book of the market was published: whoever has removed it, another ingester has it."""
        if self._removed:
            self._removed.pop(market, None)

    def expire(self, now: int) -> None:
        """Forgets the markets that no ingester has any more."""
        for market in [market for market, at in self._removed.items() if now - at >= GONE]:
            del self._removed[market]
            self._said.pop(market, None)

    @property
    def markets(self) -> tuple[str, ...]:
        """Names, the default market of an ingester first."""
        defaults = [
            name for name, said in self._said.items() if any(each.market.default_market for _, each in said.values())
        ]
        return tuple(dict.fromkeys([*defaults, *sorted(self._said)]))

    def newest(self, market: str) -> MarketKnown | None:
        """The newest record of a market."""
        said = self._said.get(market, {})
        if not said:
            return None
        epoch = max(said, key=lambda each: said[each][1].header.publish_time_nanos)
        return MarketKnown(market, epoch, said[epoch][1])

    def venues(self, market: str) -> tuple[str, ...]:
        """Names of the venues that the market has at any ingester."""
        return tuple(self._listings(market))

    def listing(self, pair: Pair, venue: str) -> Listing:
        """How the venue lists the pair, as far as ingesters say."""
        said = self._listings(str(pair)).get(venue)
        if said is None:
            reach = Reach.UNLISTED if str(pair) in self._said else Reach.UNKNOWN
            return Listing(venue, pair, reach, detail="no ingester reads this pair at the venue")
        return listing_of(pair, said)

    def _listings(self, market: str) -> Mapping[str, types_pb2.Listing]:
        """By venue; of several ingesters the newest that lists the pair, else the newest."""
        found: dict[str, types_pb2.Listing] = {}
        said = sorted(self._said.get(market, {}).values(), key=lambda each: each[1].header.publish_time_nanos)
        for _, reference in said:
            for listing in reference.market.listings:
                if listing.listed or not (listing.venue in found and found[listing.venue].listed):
                    found[listing.venue] = listing
        return found


def listing_of(pair: Pair, said: types_pb2.Listing) -> Listing:
    """A listing as the parts of a server take it."""
    reach = Reach.LISTED if said.listed else Reach.UNLISTED if said.reachable else Reach.UNKNOWN
    return Listing(said.venue, pair, reach, _instrument(pair, said) if said.listed else None, said.suggestion)


def _instrument(pair: Pair, said: types_pb2.Listing) -> Instrument | None:
    """None where the record does not have the numbers of an instrument."""
    try:
        tick, lot, contract = (Decimal(text) for text in (said.tick_size, said.lot_size, said.contract_size or "1"))
    except InvalidOperation:
        return None
    if not all(number.is_finite() and number > 0 for number in (tick, lot, contract)):
        return None
    trading = int(said.state) != VenueState.HALTED
    return Instrument(pair, said.symbol, tick, lot, said.status, trading, contract, said.inverse)
