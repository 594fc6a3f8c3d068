"""What a client reads: frozen messages with ready numbers, names instead of indexes, and enums.

Prices are in quote units, sizes in base units: exact `Decimal` by default, `float` where the client was made with
`numbers="float"`. Times are integer nanoseconds since 1970-01-01 UTC; 0 means unknown. Ages are nanoseconds too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Generic

from .numbers import Number


class VenueState(IntEnum):
    """What the server knows of a venue's book of one pair. Only levels of a LIVE venue are ever published."""

    UNSPECIFIED = 0
    CONNECTING = 1
    SYNCING = 2
    LIVE = 3
    STALE = 4
    GAP = 5
    CROSSED = 6
    CHECKSUM_FAILED = 7
    SUSPECT = 8
    HALTED = 9
    UNSUPPORTED = 10
    DOWN = 11

    @classmethod
    def _missing_(cls, value: object) -> VenueState:  # noqa: ARG003
        """A state newer than this client is not trusted and not an error."""
        return cls.UNSPECIFIED


class Side(Enum):
    """Who took liquidity in a trade."""

    UNKNOWN = 0
    BUY = 1
    SELL = 2

    @classmethod
    def _missing_(cls, value: object) -> Side:  # noqa: ARG003
        return cls.UNKNOWN


@dataclass(frozen=True, slots=True)
class Header:
    """The first field of every streamed message."""

    publish_time_nanos: int
    """When the server encoded the message."""
    epoch: int
    """Start of the server process in nanoseconds. A new one means a restart: sequence began again."""
    sequence: int
    """Counts the states of this topic. A jump means that states were conflated into this one."""
    heartbeat: bool
    """Nothing has changed since the message before."""
    receive_time_nanos: int
    """When the server received the newest frame in this state."""
    exchange_time_nanos: int
    """The venue's own time in that frame."""


@dataclass(frozen=True, slots=True)
class Level(Generic[Number]):
    """One price level of one venue."""

    price: Number
    """In quote units."""
    size: Number
    """In base units."""
    venue: str
    """Name of the venue."""


@dataclass(frozen=True, slots=True)
class VenueQuality(Generic[Number]):
    """How far the numbers of one venue can be trusted."""

    venue: str
    state: VenueState
    exchange_time_nanos: int
    """The venue's time in its newest frame of this book."""
    receive_time_nanos: int
    """When the server received that frame."""
    age_nanos: int
    """Time since that frame when the message was published, by the server's monotonic clock."""
    venue_sequence: int
    """The venue's number of the newest update; its stamp, in its own unit, where it numbers nothing."""
    resyncs: int
    """Times the book was rebuilt after it had been live."""
    gaps: int
    checksums_verified: int
    checksum_failures: int
    whole_book: bool
    """The book is known whole on both sides; the two prices below are then None."""
    lowest_complete_bid: Number | None
    """Bids are proved complete from the best down to this price; None is nothing proved."""
    highest_complete_ask: Number | None
    """Asks are proved complete from the best up to this price; None is nothing proved."""
    bid_levels: int
    ask_levels: int
    detail: str
    """Why the venue is not live, for people; empty while it is."""
    unverified: bool
    """The venue's own checksum fails though everything else is in order: the book is served without that check."""
    audits: int
    """Times the live book was compared with the venue's answer to a request."""
    audit_bid_match_ppm: int
    """Of the last audit: millionths of the bid levels that were equal on both sides."""
    audit_ask_match_ppm: int
    ghost_levels: int
    """Of the last audit: levels that the book had and the venue did not."""
    missing_levels: int
    """Of the last audit: levels that the venue had and the book did not."""

    @property
    def live(self) -> bool:
        """The book is proved and published."""
        return self.state is VenueState.LIVE

    @property
    def age(self) -> float:
        """`age_nanos` in seconds."""
        return self.age_nanos / 1e9


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
        return tuple(quality.venue for quality in self.venues if quality.live)

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

    @property
    def live_venues(self) -> tuple[str, ...]:
        """Names of the venues that took part."""
        return tuple(quality.venue for quality in self.venues if quality.live)


@dataclass(frozen=True, slots=True)
class VenueStatus(Generic[Number]):
    """The state of every venue of one market."""

    header: Header
    market: str
    venues: tuple[VenueQuality[Number], ...]

    @property
    def live_venues(self) -> tuple[str, ...]:
        """Names of the venues whose book is live."""
        return tuple(quality.venue for quality in self.venues if quality.live)


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
