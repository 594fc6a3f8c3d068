"""What several messages are made of: header, level, a venue's quality, a price's average, a currency's conversion.

Units are those of `client.market_data`.
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


class TradesState(IntEnum):
    """Whether the server receives a venue's trades of one pair."""

    UNSPECIFIED = 0
    """The venue has no trade stream at this server, or nothing is known."""
    WAITING = 1
    """Subscribed, not yet confirmed."""
    RECEIVED = 2
    """All trades are received."""
    OVERDUE = 3
    """The subscription was not confirmed in time; it is asked for again."""
    REFUSED = 4
    """The venue refuses the subscription."""
    MUTE = 5
    """Accepted, but silent while the venue's other streams and other venues' trades go on."""

    @classmethod
    def _missing_(cls, value: object) -> TradesState:  # noqa: ARG003
        return cls.UNSPECIFIED


class Side(Enum):
    """Who took liquidity in a trade; what an order that is priced does to the base asset."""

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
    """Start of the server process in nanoseconds. A new value means a restart: the sequence began again."""
    sequence: int
    """Counts the states of this topic. A jump means that states were conflated into this state."""
    heartbeat: bool
    """Nothing has changed since the message before."""
    receive_time_nanos: int
    """When the server received the newest frame in this state."""
    exchange_time_nanos: int
    """The venue's own time in the newest frame."""
    past: bool = False
    """The message is from the server's history: what happened before the stream was opened. Its sequence is 0."""


@dataclass(frozen=True, slots=True)
class Level(Generic[Number]):
    """One price level of one venue."""

    price: Number
    """In quote units."""
    size: Number
    """In base units."""
    venue: str
    """`VenueQuality.name` of the book that has this level."""


@dataclass(frozen=True, slots=True)
class VenueQuality(Generic[Number]):
    """How far the numbers of one venue can be trusted."""

    venue: str
    state: VenueState
    exchange_time_nanos: int
    """The venue's time in its newest frame of this book."""
    receive_time_nanos: int
    """When the server received the newest frame."""
    age_nanos: int | None
    """Age of the newest frame at publication, by the server's monotonic clock; None without a frame."""
    venue_sequence: int
    """The venue's number of the newest update; if the venue does not number updates, its time stamp in its own unit."""
    resyncs: int
    """Number of times that a live book was rebuilt."""
    gaps: int
    checksums_verified: int
    checksum_failures: int
    whole_book: bool
    """The server knows the whole book on both sides; the two prices below are then None."""
    lowest_complete_bid: Number | None
    """Bids are proved complete from the best down to this price; None if no depth is proved."""
    highest_complete_ask: Number | None
    """Asks are proved complete from the best up to this price; None if no depth is proved."""
    bid_levels: int
    ask_levels: int
    detail: str
    """Why the venue is not live, for people; empty while it is live."""
    unverified: bool
    """The venue's own checksum fails although all other checks pass: the book is served without the checksum."""
    audits: int
    """Number of times that the live book was compared with the venue's answer to a request."""
    audit_bid_match_ppm: int
    """Last audit: millionths of the compared bid levels that were equal in book and answer."""
    audit_ask_match_ppm: int
    ghost_levels: int
    """Last audit: levels that the server's book had and the venue's answer did not."""
    missing_levels: int
    """Last audit: levels that the venue's answer had and the server's book did not."""
    quote_currency: str
    """Quote currency of this book, if it differs from the market's and was converted; else empty."""
    trades_state: TradesState
    clock_offset_nanos: int
    """The server's clock less the venue's, as estimated: positive where the server's is ahead."""
    clock_uncertainty_nanos: int
    """Largest distance of the true offset from the estimate; if this and the offset are 0, the offset is not known."""
    digest: int
    """64-bit digest of the book's best 10 levels per side: equal on all servers at the same `venue_sequence`; 0 while
    the book is not part of the message."""

    @property
    def name(self) -> str:
        """The venue, or VENUE:CURRENCY for its book in another quote currency; a venue may have several such books."""
        return f"{self.venue}:{self.quote_currency}" if self.quote_currency else self.venue

    @property
    def live(self) -> bool:
        """The book is proved and published."""
        return self.state is VenueState.LIVE

    @property
    def age(self) -> float | None:
        """`age_nanos` in seconds; None if no frame was received."""
        return None if self.age_nanos is None else self.age_nanos / 1e9


@dataclass(frozen=True, slots=True)
class Conversion(Generic[Number]):
    """How prices in another quote currency became prices in the market's, by the books of the server itself.

    What a bid is worth is its price x `bid`, rounded down; what an ask costs is its price x `ask`, rounded up.
    """

    quote_currency: str
    """The other quote currency."""
    rate_market: str
    """The market whose book gives the rate."""
    inverted: bool
    """The rate market is the other way round: `bid` is 1 / its best ask, `ask` is 1 / its best bid."""
    bid: Number | None
    """Units of the market's quote currency for one unit of the other when selling it; None while there is no rate."""
    ask: Number | None
    """Units of the market's quote currency for one unit of the other when buying it; None while there is no rate."""
    age_nanos: int | None
    """Time since the newest frame of the rate's book; None while there is no rate."""
    suspended: bool
    """The rate is not used, and the books in this currency are left out."""
    detail: str
    """Why the rate is not used, for people; empty while it is used."""

    @property
    def age(self) -> float | None:
        """`age_nanos` in seconds; None while there is no rate."""
        return None if self.age_nanos is None else self.age_nanos / 1e9


@dataclass(frozen=True, slots=True)
class PriceAverage(Generic[Number]):
    """Averages of the book VWAP price over one window."""

    window_nanos: int
    """Length of the window."""
    start_time_nanos: int
    end_time_nanos: int
    """The newest change or, where nothing changes, the moment of the message."""
    time_weighted: Number | None
    """Each value counts for as long as it held, by the venues' time; None if there was no price."""
    sample_mean: Number | None
    """Mean of all values, each counted once; None without samples."""
    samples: int
    coverage_ppm: int
    """Part of the window in which there was a price, in millionths."""

    @property
    def window(self) -> float:
        """`window_nanos` in seconds."""
        return self.window_nanos / 1e9

    @property
    def coverage(self) -> float:
        """Part of the window in which there was a price, from 0 to 1."""
        return self.coverage_ppm / 1e6
