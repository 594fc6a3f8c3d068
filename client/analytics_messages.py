"""What a client reads of the analytics: averages, trade VWAP, candles, open interest, and the price of a real order.

Units are those of `messages`: prices and notionals in quote units, sizes and volumes in base units, times in integer
nanoseconds since 1970-01-01 UTC. Basis points are numbers like prices, at four decimals.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Generic

from .message_parts import Conversion, Header, PriceAverage, Side, VenueQuality
from .numbers import Number


@dataclass(frozen=True, slots=True)
class Averages(Generic[Number]):
    """Averages of (bid VWAP + ask VWAP) / 2 over windows that end now."""

    header: Header
    market: str
    price: Number | None
    """The price now; None while a side is empty."""
    vwap_levels: int
    """Levels a side of the VWAPs."""
    windows: tuple[PriceAverage[Number], ...]
    """One entry a window that the server is configured for, shortest first."""
    venues: tuple[VenueQuality[Number], ...]


@dataclass(frozen=True, slots=True)
class TradeVwap(Generic[Number]):
    """Volume-weighted average price of the trades in a sliding window: exact sums, rounded once."""

    header: Header
    market: str
    venue: str
    """Empty is all venues."""
    vwap: Number | None
    """None while the window holds no trade."""
    trades: int
    """Trades in the window: fewer than asked for until so many were seen."""
    volume: Number
    quote_volume: Number
    first_trade_time_nanos: int
    """The venue's time of the oldest trade in the window."""
    last_trade_time_nanos: int
    last_trade_id: str
    has_gap: bool
    """Trades are known to be missing between the oldest and the newest."""
    dropped: int
    """Values of this stream that the server dropped before this one because this client did not keep up."""
    venues: tuple[VenueQuality[Number], ...]
    """One entry a venue of the market."""


class CandleState(IntEnum):
    """How far a candle can be trusted."""

    UNSPECIFIED = 0
    OPEN = 1
    COMPLETE = 2
    PARTIAL_START = 3
    PARTIAL_GAP = 4

    @classmethod
    def _missing_(cls, value: object) -> CandleState:  # noqa: ARG003
        """A state newer than this client is not trusted and not an error."""
        return cls.UNSPECIFIED


class CandleSource(IntEnum):
    """Where the numbers of a candle come from: received trades, or the venue's own candle."""

    UNSPECIFIED = 0
    TRADES = 1
    VENUE = 2

    @classmethod
    def _missing_(cls, value: object) -> CandleSource:  # noqa: ARG003
        return cls.UNSPECIFIED


@dataclass(frozen=True, slots=True)
class Reconciliation(Generic[Number]):
    """A candle less the venue's own final candle of the same interval."""

    time_nanos: int
    """When they were compared."""
    open: Number | None
    """The four are None where one of the two had no trades."""
    high: Number | None
    low: Number | None
    close: Number | None
    volume: Number | None
    """In base units; None where the venue does not say."""
    quote_volume: Number | None
    """In quote units; None where the venue does not say."""
    alarm: bool
    """A difference is above the server's threshold."""


@dataclass(frozen=True, slots=True)
class MissingVenue:
    """A venue of which a candle has not all trades."""

    venue: str
    reason: str
    """For people."""
    partly: bool
    """Some of its trades may be in the candle; else none is."""


@dataclass(frozen=True, slots=True)
class Candle(Generic[Number]):
    """Open, high, low, close and volume of the trades in [open time, close time), by the venues' clocks."""

    header: Header
    market: str
    venue: str
    """Empty is all venues."""
    interval: str
    """Length, such as 1m, 4h or 1d."""
    open_time_nanos: int
    close_time_nanos: int
    """End of the interval, which belongs to the next one."""
    open: Number | None
    """Price of the first trade by time, then by id; the four are None where there were no trades."""
    high: Number | None
    low: Number | None
    close: Number | None
    volume: Number | None
    """None where the venue's own candle does not say."""
    quote_volume: Number | None
    """None where the venue's own candle does not say."""
    trades: int | None
    """None where the venue's own candle does not say."""
    vwap: Number | None
    """quote_volume / volume, rounded; None without both."""
    state: CandleState
    source: CandleSource
    revision: int
    """0 when it was first closed; every correction is one higher."""
    reconciliation: Reconciliation[Number] | None
    """None before the comparison with the venue's own candle, and where there is none."""
    open_interest: Number | None
    """Open interest at the end of the interval in base units; None where there is none."""
    dropped: int
    """Candles of this stream that the server dropped before this one because this client did not keep up."""
    venues: tuple[VenueQuality[Number], ...]
    """One entry a venue of the market; of a page of candles the last one has them."""
    counted_venues: tuple[str, ...]
    """The venues of which every trade of the interval is in it."""
    missing_venues: tuple[MissingVenue, ...]
    """The venues of which trades are missing, and why."""
    complete_over_counted: bool
    """It is complete over `counted_venues`: none of the others has a trade in it."""

    @property
    def closed(self) -> bool:
        """The interval is over; only corrections can follow."""
        return self.state is not CandleState.OPEN

    @property
    def complete(self) -> bool:
        """Every trade of the interval is in it, as far as the venue numbers or confirms them."""
        return self.state is CandleState.COMPLETE


@dataclass(frozen=True, slots=True)
class VenueInterest(Generic[Number]):
    """Open interest of one venue."""

    venue: str
    value: Number
    """In base units."""
    exchange_time_nanos: int
    """The venue's time of it; 0 if it does not say."""
    receive_time_nanos: int


@dataclass(frozen=True, slots=True)
class OpenInterest(Generic[Number]):
    """Contracts that are open on one market."""

    header: Header
    market: str
    venues: tuple[VenueInterest[Number], ...]
    """One entry a venue that has told its open interest."""
    qualities: tuple[VenueQuality[Number], ...]
    """One entry a venue of the market."""


@dataclass(frozen=True, slots=True)
class QuoteSlice(Generic[Number]):
    """One venue's part of a quote."""

    venue: str
    """`VenueQuality.name` of the book that is taken from."""
    size: Number
    notional: Number
    """Quote units before fees."""
    fee: Number
    """Taker fee in quote units."""
    fee_basis_points: Number
    """Rate of the taker fee."""
    worst_price: Number
    """Price of its worst level that is touched."""
    levels: int
    """Its levels that are touched."""


@dataclass(frozen=True, slots=True)
class Quote(Generic[Number]):
    """How an order would be filled now by the best prices of all live venues after their taker fees."""

    header: Header
    market: str
    side: Side
    """BUY takes asks, SELL takes bids."""
    filled: bool
    """The whole amount can be had, but for a rest below every lot. If not, everything below is of what is available."""
    reason: str
    """Why not, and how much is available, for people; empty if it can."""
    size: Number
    """Base units that would be traded."""
    notional: Number
    """Quote units that they would cost or bring before fees."""
    fees: Number
    """Taker fees in quote units."""
    average_price: Number | None
    """notional / size, rounded; None if nothing can be had."""
    effective_price: Number | None
    """The same with fees: what is paid or received for one base unit."""
    worst_price: Number | None
    """Price of the worst level that is touched."""
    mid: Number | None
    """Mid of the venues asked for; None while a side is empty."""
    slippage_basis_points: Number | None
    """How much worse `average_price` is than `mid`; None without both."""
    levels: int
    """Levels that are touched."""
    slices: tuple[QuoteSlice[Number], ...]
    """One entry a venue that takes part."""
    beyond_proved: bool
    """Some level that is touched lies beyond what its venue's book is proved complete to."""
    venues: tuple[VenueQuality[Number], ...]
    conversions: tuple[Conversion[Number], ...]
    """As in `Book`."""

    @property
    def live_venues(self) -> tuple[str, ...]:
        """Names of the venues whose books were asked."""
        return tuple(quality.name for quality in self.venues if quality.live)
