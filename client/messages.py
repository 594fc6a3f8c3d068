"""What a client reads: frozen messages with ready numbers, names instead of indexes, and enums.

Prices are in quote units, sizes in base units: exact `Decimal` by default, `float` where the client was made with
`numbers="float"`. Times are integer nanoseconds since 1970-01-01 UTC; 0 means unknown. Ages are nanoseconds too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from .message_parts import Conversion, Header, Level, PriceAverage, Side, VenueQuality, VenueState
from .numbers import Number


@dataclass(frozen=True, slots=True)
class Book(Generic[Number]):
    """The best levels of one market over one or more venues, best first."""

    header: Header
    market: str
    """BASE/QUOTE."""
    bids: tuple[Level[Number], ...]
    asks: tuple[Level[Number], ...]
    spread: Number | None
    """Best ask less best bid; negative where venues cross; None while a side is empty."""
    mid: Number | None
    """(best bid + best ask) / 2, exact; None while a side is empty."""
    venues: tuple[VenueQuality[Number], ...]
    """One entry a venue; venues that are not live are listed and have no levels."""
    proved_bid_levels: int
    """So many of `bids`, from the best on, lie where every live venue's book is proved complete."""
    proved_ask_levels: int
    conversions: tuple[Conversion[Number], ...]
    """One entry a quote currency that was converted into the market's."""

    @property
    def best_bid(self) -> Level[Number] | None:
        """The highest bid; None while there is none."""
        return self.bids[0] if self.bids else None

    @property
    def best_ask(self) -> Level[Number] | None:
        """The lowest ask; None while there is none."""
        return self.asks[0] if self.asks else None

    @property
    def live_venues(self) -> tuple[str, ...]:
        """Names of the venues whose levels are in this book."""
        return tuple(quality.name for quality in self.venues if quality.live)

    @property
    def crossed(self) -> bool:
        """Some venue's bid is above another's ask."""
        return self.spread is not None and self.spread < 0


@dataclass(frozen=True, slots=True)
class Summary(Generic[Number]):
    """The prices of one market in one small message."""

    header: Header
    market: str
    best_bid: Level[Number] | None
    best_ask: Level[Number] | None
    spread: Number | None
    mid: Number | None
    bid_vwap: Number | None
    """Volume-weighted average price of the best `vwap_levels` bids; None while there are none."""
    ask_vwap: Number | None
    vwap_price: Number | None
    """(bid VWAP + ask VWAP) / 2, rounded once; None while a side is empty."""
    vwap_levels: int
    """Levels a side that the VWAPs were asked over."""
    bid_levels_used: int
    ask_levels_used: int
    venues: tuple[VenueQuality[Number], ...]
    spread_basis_points: Number | None
    """Spread / mid in basis points, at four decimals; None while a side is empty."""
    microprice: Number | None
    """Best bid and ask, each weighted by the size of the other; None while a side is empty."""
    averages: tuple[PriceAverage[Number], ...]
    """Of `vwap_price`, one entry a window that the server is configured for, shortest first."""
    conversions: tuple[Conversion[Number], ...]
    """As in `Book`."""

    @property
    def live_venues(self) -> tuple[str, ...]:
        """Names of the venues that took part."""
        return tuple(quality.name for quality in self.venues if quality.live)


@dataclass(frozen=True, slots=True)
class VenueStatus(Generic[Number]):
    """The state of every venue of one market."""

    header: Header
    market: str
    venues: tuple[VenueQuality[Number], ...]

    @property
    def live_venues(self) -> tuple[str, ...]:
        """Names of the venues whose book is live."""
        return tuple(quality.name for quality in self.venues if quality.live)


@dataclass(frozen=True, slots=True)
class Trade(Generic[Number]):
    """One trade on one venue. A heartbeat of the trade stream has an empty `trade_id` and zeros."""

    header: Header
    market: str
    venue: str
    trade_id: str
    price: Number
    size: Number
    side: Side
    """Who took liquidity."""
    exchange_time_nanos: int
    receive_time_nanos: int
    dropped: int
    """Events of this stream that the server dropped before this one because this client did not keep up."""


@dataclass(frozen=True, slots=True)
class TradeGap:
    """Trades of one venue that are missing: the server did not get them, and could not have them afterwards."""

    header: Header
    market: str
    venue: str
    after_trade_id: str
    """The venue's id of the last trade before the gap; empty where it is not known."""
    before_trade_id: str
    """The venue's id of the first trade behind the gap; empty is the next one of this venue."""
    missing: int
    """How many; 0 where that cannot be told."""
    receive_time_nanos: int
    """When the server found the gap."""
    dropped: int
    """As in `Trade`."""

    def __str__(self) -> str:
        after = f" after {self.after_trade_id}" if self.after_trade_id else ""
        before = f" before {self.before_trade_id}" if self.before_trade_id else ""
        many = f"{self.missing:,} trades are" if self.missing > 1 else "1 trade is" if self.missing else "trades are"
        return f"{self.market} on {self.venue}: {many} missing{after}{before}"


@dataclass(frozen=True, slots=True)
class Listing:
    """What one venue says of one pair."""

    venue: str
    listed: bool
    reachable: bool
    """The venue's list of pairs could be read; without it `listed` is not known."""
    symbol: str
    tick_size: str
    """Smallest price step as decimal text."""
    lot_size: str
    """Smallest size step in base units as decimal text."""
    status: str
    """The venue's own word for the pair's trading status."""
    suggestion: str
    """For a pair that is not listed: the nearest one that is."""
    state: VenueState


@dataclass(frozen=True, slots=True)
class Market:
    """One market that the server keeps."""

    name: str
    base: str
    quote: str
    default: bool
    """This is the market of requests that name none."""
    listings: tuple[Listing, ...]


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
