"""What records say, as the parts of an edge take it. Types alone."""

from __future__ import annotations

from dataclasses import dataclass

from onebook.v1 import reference_pb2, types_pb2

from ..model import Trade, TradeGap


@dataclass(frozen=True, slots=True)
class BookState:
    """One venue's book of one market, whole."""

    market: str
    venue: str
    epoch: int
    """Which life of which ingester wrote the record."""
    sequence: int
    """Counts the states of this key within the epoch; a heartbeat may repeat the number."""
    published: int
    """When the ingester wrote the state, nanoseconds UTC by its clock."""
    live: bool
    venue_sequence: int
    trades: bool
    """The ingester receives all trades of the venue."""
    book: types_pb2.Book
    quality: types_pb2.VenueQuality
    encoded: bytes
    """The record's value: levels are read from it without making objects of them."""


@dataclass(frozen=True, slots=True)
class TradeSeen:
    """A trade, or a gap, as one ingester published it."""

    market: str
    venue: str
    epoch: int
    what: Trade | TradeGap
    receive_time: int
    dropped: int
    """Events that the ingester lost on the way into the topic before this one."""


@dataclass(frozen=True, slots=True)
class MarketKnown:
    """What an ingester says of a market."""

    market: str
    epoch: int
    reference: reference_pb2.Reference


@dataclass(frozen=True, slots=True)
class MarketRemoved:
    """An ingester has removed the market."""

    market: str


Event = BookState | TradeSeen | MarketKnown | MarketRemoved
