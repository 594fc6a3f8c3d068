"""What a book consists of: levels, and how far each venue can be trusted. Names are those of `onebook.client`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from . import layout

# Own context: exact whatever the caller did to the thread's, and a trap instead of a rounded price.
EXACT = Context(prec=400, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact])
RawLevel = tuple[int, int, int]
"""Mantissas of price and size, and the index of the venue."""


class VenueState(IntEnum):
    """What the server knows of a venue's book. Only levels of a LIVE venue are shown."""

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
        """A state newer than this reader is not trusted and not an error."""
        return cls.UNSPECIFIED


class TradesState(IntEnum):
    """Whether the server receives a venue's trades of the pair."""

    UNSPECIFIED = 0
    WAITING = 1
    RECEIVED = 2
    OVERDUE = 3
    REFUSED = 4
    MUTE = 5

    @classmethod
    def _missing_(cls, value: object) -> TradesState:  # noqa: ARG003
        return cls.UNSPECIFIED


class Level(NamedTuple):
    """One price level of one venue."""

    price: Decimal
    """In quote units."""
    size: Decimal
    """In base units."""
    venue: str


@dataclass(frozen=True, slots=True)
class VenueQuality:
    """How far the numbers of one venue can be trusted."""

    venue: str
    state: VenueState
    exchange_time_nanos: int
    """The venue's time in its newest frame of this book."""
    receive_time_nanos: int
    """When the server received the newest frame."""
    age_nanos: int | None
    """Age of the newest frame at publication; None without a frame. `Book.age_of()` is the age now."""
    venue_sequence: int
    """The venue's number of the newest update; if the venue does not number updates, its time stamp in its own unit."""
    resyncs: int
    """Number of times that a live book was rebuilt."""
    gaps: int
    checksums_verified: int
    checksum_failures: int
    whole_book: bool
    """The server knows the whole book on both sides; the two prices below are then None."""
    lowest_complete_bid: Decimal | None
    """Bids are proved complete from the best down to this price; None if no depth is proved."""
    highest_complete_ask: Decimal | None
    bid_levels: int
    ask_levels: int
    detail: str
    """Why the venue is not live, for people, at most 95 bytes of it; empty while the venue is live."""
    unverified: bool
    """The venue's own checksum fails although all other checks pass: the book is served without the checksum."""
    audits: int
    audit_bid_match_ppm: int
    audit_ask_match_ppm: int
    ghost_levels: int
    missing_levels: int
    trades_state: TradesState
    clock_offset_nanos: int
    clock_uncertainty_nanos: int

    @property
    def live(self) -> bool:
        """The book is proved and published."""
        return self.state is VenueState.LIVE


@lru_cache(maxsize=64)
def unit(exponent: int) -> Decimal:
    """10**exponent."""
    return Decimal(10**exponent) if exponent >= 0 else Decimal((0, (1,), exponent))


def exact(mantissa: int, exponent: int) -> Decimal:
    """The exact value of mantissa * 10**exponent, with as many decimals as the exponent says."""
    return EXACT.multiply(mantissa, unit(exponent))


@lru_cache(maxsize=1024)
def text_of(field: bytes) -> str:
    """The text of a field that ends with zeros."""
    return field.rstrip(b"\0").decode()


_STATES = {int(state): state for state in VenueState}  # a lookup here costs a tenth of VenueState(number)
_TRADES_STATES = {int(state): state for state in TradesState}


def quality_of(snapshot: bytes, at: int, exponent: int) -> VenueQuality:
    """The entry of a packed book at this offset; prices are at this exponent."""
    (
        name, detail, state, trades_state, exchange_time, receive_time, age, sequence, resyncs, gaps, verified,
        failures, flags, bid, ask, bid_levels, ask_levels, audits, bid_match, ask_match, ghosts, missing,
        offset, uncertainty,
    ) = layout.VENUE.unpack_from(snapshot, at)  # fmt: skip
    return VenueQuality(
        text_of(name),
        _STATES.get(state, VenueState.UNSPECIFIED),
        exchange_time,
        receive_time,
        age if receive_time else None,
        sequence,
        resyncs,
        gaps,
        verified,
        failures,
        bool(flags & layout.WHOLE_BOOK),
        exact(bid, exponent) if bid else None,
        exact(ask, exponent) if ask else None,
        bid_levels,
        ask_levels,
        text_of(detail),
        bool(flags & layout.UNVERIFIED),
        audits,
        bid_match,
        ask_match,
        ghosts,
        missing,
        _TRADES_STATES.get(trades_state, TradesState.UNSPECIFIED),
        offset,
        uncertainty,
    )
