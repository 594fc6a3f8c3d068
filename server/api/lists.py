"""Markets, venues and listings as messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from onebook.v1 import types_pb2

from ..addresses import redacted
from ..market.market import Market
from ..model import Listing, Reach
from ..registry import Feed


def market_message(market: Market, feeds: Mapping[str, Feed], default: bool) -> types_pb2.Market:
    """A market with each venue's listing of it."""
    return types_pb2.Market(
        name=market.name,
        base=market.pair.base,
        quote=market.pair.quote,
        default_market=default,
        listings=[listing_message(market, name, feeds.get(name)) for name in market.venues],
    )


def venue_message(name: str, feed: Feed, markets: Iterable[Market]) -> types_pb2.Venue:
    """A venue and where it is live."""
    return types_pb2.Venue(
        name=name,
        title=feed.venue.TITLE,
        live_markets=[market.name for market in markets if name in market.live_venues()],
        connections=feed.connections,
        websocket_url=redacted(feed.options.endpoint.ws),
        rest_url=redacted(feed.options.endpoint.rest),
    )


def listing_message(market: Market, venue: str, feed: Feed | None) -> types_pb2.Listing:
    """One venue's listing of a market; the market may just have been added or removed."""
    listing = feed.listings.get(market.pair) if feed is not None else None
    listing = listing or Listing(venue, market.pair, Reach.UNKNOWN)
    entry, instrument = market.entries.get(venue), listing.instrument
    message = types_pb2.Listing(
        venue=venue,
        listed=listing.reach is Reach.LISTED,
        reachable=listing.reach in (Reach.LISTED, Reach.UNLISTED),
        suggestion=listing.suggestion,
        state=types_pb2.VenueState.ValueType(entry.state if entry is not None else 0),
    )
    if instrument is not None:
        message.symbol = instrument.symbol
        message.tick_size = f"{instrument.tick.normalize():f}"
        message.lot_size = f"{instrument.lot.normalize():f}"
        message.status = instrument.status
        if instrument.contract != 1:
            message.contract_size = f"{instrument.contract.normalize():f}"
        message.inverse = instrument.inverse
    return message
