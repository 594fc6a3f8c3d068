"""The nouns of the server: pairs, instruments, listings, venue states and trades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from enum import Enum, IntEnum
from typing import NamedTuple, TypeVar

from .causes import Cause
from .errors import ConfigError
from .names import folded, is_asset, spelled

T = TypeVar("T")


@dataclass(frozen=True, order=True, slots=True)
class Pair:
    """A base and a quote asset, written BASE/QUOTE. USD, USDT and USDC are three different quotes.

    Assets keep their spelling, AAPLx as well as names in other scripts: two pairs are equal if they are spelled alike.
    """

    base: str
    quote: str

    def __str__(self) -> str:
        return f"{self.base}/{self.quote}"

    @classmethod
    def parse(cls, text: str) -> Pair:
        """Reads BASE/QUOTE, or BASE-QUOTE where neither has a hyphen. Raises ConfigError on anything else.

        Assets without a capital letter are written in capitals; all others stay as they are spelled.
        """
        parts = text.strip().split("/" if "/" in text else "-")
        if len(parts) != 2 or not all(is_asset(part) for part in parts):
            raise ConfigError(f"pair {text!r:.80} was not BASE/QUOTE, such as BTC/USDT")
        if folded(parts[0]) == folded(parts[1]):
            raise ConfigError(f"pair {text!r:.80} names the same asset twice")
        return cls(*map(spelled, parts))

    @property
    def folded(self) -> tuple[str, str]:
        """What pairs have in common whose spellings differ in case alone."""
        return folded(self.base), folded(self.quote)


def by_spelling(known: Mapping[Pair, T], pair: Pair) -> T | None:
    """What is known of a pair: by its exact spelling, else by one that differs in case alone."""
    if pair in known:
        return known[pair]
    return next((value for other, value in list(known.items()) if other.folded == pair.folded), None)


class MarketKind(Enum):
    """The kind of market. One venue name stands for one kind: BTCUSDT is a spot pair at one venue and a contract at
    another."""

    SPOT = "spot"
    PERPETUAL = "perpetual"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One pair as one venue lists it."""

    pair: Pair
    symbol: str
    """The venue's own symbol, as its lists write it."""
    tick: Decimal
    """Smallest price step in quote units."""
    lot: Decimal
    """Smallest size step in the venue's own unit, which is the base asset unless `contract` says otherwise."""
    status: str
    """The venue's own word."""
    trading: bool
    """Whether the venue trades it now."""
    contract: Decimal = Decimal(1)
    """Base units in one unit of size; quote units if `inverse`."""
    inverse: bool = False
    """Sizes count quote units: a level of them is worth size x contract / price base units."""
    written_decimals: tuple[int, int] | None = None
    """Decimals of prices and sizes as the venue writes them, for checksums; else those of tick and lot."""
    min_size: Decimal = Decimal(0)
    """Smallest order, in the same unit as `lot`; 0 if the venue does not state it."""
    min_notional: Decimal = Decimal(0)
    """Smallest order in quote units; 0 if the venue does not state it."""

    @property
    def price_decimals(self) -> int:
        return decimals_of(self.tick)

    @property
    def size_decimals(self) -> int:
        return decimals_of(self.lot)


def decimals_of(step: Decimal) -> int:
    """Digits after the point that multiples of this step need."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


class Reach(Enum):
    """The state of a pair's listing at a venue."""

    LISTED = "listed"
    UNLISTED = "unlisted"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Listing:
    """The answer of one venue to the question whether it has a pair."""

    venue: str
    pair: Pair
    reach: Reach
    instrument: Instrument | None = None
    suggestion: str = ""
    detail: str = ""
    cause: Cause = Cause.OTHER
    """Why it is not known, where it is unreachable."""


class VenueState(IntEnum):
    """State of one venue's book of one pair: the numbers of onebook.v1.VenueState."""

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


class TradesState(IntEnum):
    """Whether the trades of a venue are received: the numbers of onebook.v1.TradesState."""

    UNSPECIFIED = 0
    WAITING = 1
    RECEIVED = 2
    OVERDUE = 3
    REFUSED = 4
    MUTE = 5


class Side(IntEnum):
    """Aggressor of a trade: the numbers of onebook.v1.AggressorSide."""

    UNKNOWN = 0
    BUY = 1
    SELL = 2


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade, with the aggressor's side and the venue's own id."""

    symbol: str
    trade_id: str
    price: Decimal
    size: Decimal
    side: Side
    exchange_time: int
    """Nanoseconds UTC by the venue's clock."""

    @property
    def number(self) -> int:
        """The id as a number, of a venue whose ids are numbers: they are digits only when they leave its file."""
        return int(self.trade_id)

    def in_base(self, instrument: Instrument) -> Trade:
        """The same trade with its size in base units; of inverse contracts rounded down to 8 decimals."""
        if instrument.contract == 1 and not instrument.inverse:
            return self
        size = self.size * instrument.contract
        if instrument.inverse:
            size = (size / self.price).quantize(Decimal("1e-8"), ROUND_DOWN)
        return replace(self, size=size)


@dataclass(frozen=True, slots=True)
class TradeGap:
    """Trades of one stream that are missing, and that the venue's history does not have either."""

    after_id: str
    """The venue's id of the last trade before the gap."""
    before_id: str
    """And of the first one behind it."""
    missing: int
    """How many are missing; 0: at least none, the venue's ids do not tell."""


class Receipt(NamedTuple):
    """When a frame was received."""

    time: int
    """Nanoseconds UTC."""
    monotonic: int
    """Nanoseconds of the monotonic clock, for ages and latencies."""
