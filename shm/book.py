"""A book that was read, with exact numbers. Names are those of `onebook.client.Book`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from time import monotonic_ns

from . import layout
from .book_parts import EXACT, Level, RawLevel, VenueQuality, VenueState, exact, quality_of, text_of, unit


class Book:
    """The best levels of one market over all venues of the server, as one publication. Parts are unpacked when asked
    for."""

    __slots__ = ("_fields", "_snapshot", "_venues", "alive", "market")

    def __init__(self, market: str, snapshot: bytes, alive: bool = True) -> None:
        """`snapshot`: a packed book of onebook_shm.h."""
        self.market = market
        """BASE/QUOTE."""
        self.alive = alive
        """Whether the server gave a sign of life within the last 2 seconds before this was read."""
        self._snapshot = snapshot
        self._fields: tuple[int, ...] | None = None
        self._venues: tuple[VenueQuality, ...] | None = None

    def __repr__(self) -> str:
        words = f"{self.market} #{self.sequence}: {self.best_bid} / {self.best_ask}"
        return f"<Book {words}{'' if self.alive else ', of a server that is gone'}>"

    def _field(self, place: int) -> int:
        fields = self._fields
        if fields is None:
            fields = self._fields = layout.BOOK.unpack_from(self._snapshot)
        return fields[place]

    # -- the publication

    @property
    def epoch(self) -> int:
        """Start of the server process in nanoseconds. A new value means a restart: the sequence began again."""
        return self._field(0)

    @property
    def sequence(self) -> int:
        """Counts the books of this market; the gRPC stream of the server's own options has the same number."""
        return self._field(1)

    @property
    def publish_time_nanos(self) -> int:
        """When the server made the book, UTC."""
        return self._field(2)

    @property
    def publish_monotonic_nanos(self) -> int:
        """The same by this machine's monotonic clock (`time.monotonic_ns()`)."""
        return self._field(3)

    @property
    def receive_time_nanos(self) -> int:
        """When the server received the newest frame in this book."""
        return self._field(4)

    @property
    def exchange_time_nanos(self) -> int:
        """The venue's own time in the newest frame."""
        return self._field(5)

    @property
    def heartbeat(self) -> bool:
        """Nothing had changed since the book before."""
        return bool(self._field(10) & layout.HEARTBEAT)

    @property
    def withheld(self) -> bool:
        """The server could not make the book: it has no levels, and the server's log says why."""
        return bool(self._field(10) & layout.WITHHELD)

    @property
    def age_nanos(self) -> int:
        """Time since the publication, now. A quiet book is published again every few seconds (`heartbeat`)."""
        return monotonic_ns() - self._field(3)

    # -- prices

    @property
    def price_exponent(self) -> int:
        """Decimal exponent of all prices."""
        return self._field(8)

    @property
    def size_exponent(self) -> int:
        """Decimal exponent of all sizes."""
        return self._field(9)

    @property
    def spread(self) -> Decimal | None:
        """Best ask less best bid; negative where venues cross; None while a side is empty."""
        return exact(self._field(6), self._field(8)) if self._two_sided else None

    @property
    def mid(self) -> Decimal | None:
        """(best bid + best ask) / 2, exact; None while a side is empty."""
        return exact(self._field(7), self._field(8) - 1) if self._two_sided else None

    @property
    def _two_sided(self) -> bool:
        return bool(self._field(10) & layout.TWO_SIDED)

    @property
    def crossed(self) -> bool:
        """Some venue's bid is above another's ask."""
        return bool(self._field(10) & layout.CROSSED)

    @property
    def proved_bid_levels(self) -> int:
        """Number of bids, from the best on, at which every live venue's book is proved complete."""
        return self._field(14)

    @property
    def proved_ask_levels(self) -> int:
        """The same of asks."""
        return self._field(15)

    # -- levels

    @property
    def raw_bids(self) -> tuple[RawLevel, ...]:
        """Best first; mantissas at `price_exponent` and `size_exponent`, and the index into `venues`."""
        return tuple(self._raw(layout.BOOK.size, self._field(11)))

    @property
    def raw_asks(self) -> tuple[RawLevel, ...]:
        """The same of asks."""
        return tuple(self._raw(self._asks_at, self._field(12)))

    @property
    def bids(self) -> tuple[Level, ...]:
        """Best first."""
        return self._levels(layout.BOOK.size, self._field(11))

    @property
    def asks(self) -> tuple[Level, ...]:
        """Best first."""
        return self._levels(self._asks_at, self._field(12))

    @property
    def best_bid(self) -> Level | None:
        """The highest bid; None while there is no bid."""
        return self._levels(layout.BOOK.size, 1)[0] if self._field(11) else None

    @property
    def best_ask(self) -> Level | None:
        """The lowest ask; None while there is no ask."""
        return self._levels(self._asks_at, 1)[0] if self._field(12) else None

    @property
    def _asks_at(self) -> int:
        return layout.BOOK.size + self._field(11) * layout.LEVEL.size

    def _raw(self, start: int, count: int) -> Iterator[RawLevel]:
        part = self._snapshot[start : start + count * layout.LEVEL.size]
        return layout.LEVEL.iter_unpack(part)

    def _levels(self, start: int, count: int) -> tuple[Level, ...]:
        price, size = unit(self._field(8)), unit(self._field(9))
        multiply, snapshot, venues = EXACT.multiply, self._snapshot, self._venues_at
        made = []
        for mantissa, amount, venue in self._raw(start, count):
            at = venues + venue * layout.VENUE.size
            name = text_of(snapshot[at : at + layout.NAME_BYTES])
            made.append(Level(multiply(mantissa, price), multiply(amount, size), name))
        return tuple(made)

    # -- venues

    @property
    def venues(self) -> tuple[VenueQuality, ...]:
        """One entry per venue; a venue that is not live is listed without levels."""
        venues = self._venues
        if venues is None:
            venues = self._venues = tuple(quality_of(self._snapshot, at, self._field(8)) for at in self._venue_places())
        return venues

    @property
    def digest(self) -> int:
        """64-bit digest of the market and its merged venues, as `onebook.client.Book.digest`; 0: unknown."""
        return self._field(17)

    @property
    def live_venues(self) -> tuple[str, ...]:
        """Names of the venues whose levels are in this book."""
        snapshot, state = self._snapshot, layout.VENUE_STATE
        return tuple(
            text_of(snapshot[at : at + layout.NAME_BYTES])
            for at in self._venue_places()
            if state.unpack_from(snapshot, at + layout.VENUE_STATE_AT)[0] == VenueState.LIVE
        )

    def age_of(self, quality: VenueQuality) -> int | None:
        """Nanoseconds since the venue's newest frame in this book, now; None without a frame."""
        return None if quality.age_nanos is None else quality.age_nanos + self.age_nanos

    @property
    def _venues_at(self) -> int:
        return self._asks_at + self._field(12) * layout.LEVEL.size

    def _venue_places(self) -> range:
        start = self._venues_at
        return range(start, start + self._field(13) * layout.VENUE.size, layout.VENUE.size)
