"""Which markets and venues a server has: messages, requests and calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from onebook.v1 import market_data_pb2 as api
from onebook.v1 import types_pb2 as pb

from .. import convert
from ..calls import Calls
from ..message_parts import VenueState
from ..numbers import Number
from ..query import Query
from ..rows import Rows

__all__ = ["Listing", "Market", "Venue"]


@dataclass(frozen=True, slots=True)
class Listing:
    """What one venue says of one pair."""

    venue: str
    listed: bool
    reachable: bool
    """The venue's list of pairs could be read; if False, `listed` is not known."""
    symbol: str
    tick_size: str
    """Smallest price step as decimal text."""
    lot_size: str
    """Smallest size step in base units as decimal text."""
    status: str
    """The venue's own word for the pair's trading status."""
    suggestion: str
    """For a pair that is not listed: the nearest listed pair."""
    state: VenueState
    contract_size: str = ""
    """What one unit of the venue's sizes is in base units, or in quote units if `inverse`; decimal text, empty is 1."""
    inverse: bool = False
    """The venue's sizes count quote units."""


@dataclass(frozen=True, slots=True)
class Market:
    """One market that the server keeps."""

    name: str
    base: str
    quote: str
    default: bool
    """Requests without a market get this market."""
    listings: Rows[Listing]


@dataclass(frozen=True, slots=True)
class Venue:
    """One venue that the server reads."""

    name: str
    title: str
    live_markets: tuple[str, ...]
    connections: int
    """Websocket connections open now."""
    websocket_url: str
    rest_url: str


def markets_query() -> Query[api.ListMarketsResponse, Rows[Market]]:
    """ListMarkets."""
    return Query(
        "markets",
        "ListMarkets",
        api.ListMarketsRequest(),
        lambda response: cast(api.ListMarketsResponse, response),
        lambda response: Rows([market_from_message(market) for market in response.markets], Market),
    )


def venues_query() -> Query[api.ListVenuesResponse, Rows[Venue]]:
    """ListVenues."""
    return Query(
        "venues",
        "ListVenues",
        api.ListVenuesRequest(),
        lambda response: cast(api.ListVenuesResponse, response),
        lambda response: Rows([venue_from_message(venue) for venue in response.venues], Venue),
    )


def listing_from_message(message: pb.Listing) -> Listing:
    """What one venue says of one pair."""
    return Listing(
        venue=message.venue,
        listed=message.listed,
        reachable=message.reachable,
        symbol=message.symbol,
        tick_size=message.tick_size,
        lot_size=message.lot_size,
        status=message.status,
        suggestion=message.suggestion,
        state=convert.state(message.state),
        contract_size=message.contract_size,
        inverse=message.inverse,
    )


def market_from_message(message: pb.Market) -> Market:
    """One market and what each venue says of it."""
    listings = Rows([listing_from_message(each) for each in message.listings], Listing)
    return Market(message.name, message.base, message.quote, message.default_market, listings)


def venue_from_message(message: pb.Venue) -> Venue:
    """One venue."""
    return Venue(
        name=message.name,
        title=message.title,
        live_markets=tuple(message.live_markets),
        connections=message.connections,
        websocket_url=message.websocket_url,
        rest_url=message.rest_url,
    )


class MarketCalls(Calls[Number]):
    """A part of `Client`."""

    def markets(self) -> Rows[Market]:
        """The markets that the server keeps; the first is the default."""
        return self._ask(markets_query())

    def venues(self) -> Rows[Venue]:
        """The venues that the server reads, by name."""
        return self._ask(venues_query())
