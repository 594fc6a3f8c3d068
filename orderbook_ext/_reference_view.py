"""VenueEntry and ConsolidatedView in plain Python: merge, dust, sums, and encodings equal to those of the C core."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from . import _reference_wire as wire
from ._reference_book import BookLock, OrderBook, sum_levels
from .model import (
    LIVE,
    MAX_MANTISSA,
    MAX_VENUES,
    MAX_VIEW_LEVELS,
    VWAP_DECIMALS,
    Audit,
    LevelError,
    ScaleError,
    SideVwap,
    parse_number,
)

Merged = tuple[int, int, int]
INVERSE_DECIMALS = 8


class VenueEntry:
    """What the market knows of one venue's book; see the interface in _book.pyi."""

    def __init__(self, name: str, lock: BookLock) -> None:
        name.encode()
        self.name = name
        self._lock = lock
        self._book: OrderBook | None = None
        self.state = 0
        self.detail = ""
        self.resyncs = self.gaps = self.checksums_verified = self.checksum_failures = 0
        self.exchange_time = self.receive_time = self.receive_monotonic = self.sequence = 0
        self.unverified = False
        self.audit = Audit()
        self._unit: tuple[Fraction, bool] | None = None

    def set_unit(self, unit: str | Decimal, *, inverse: bool = False) -> None:
        mantissa, decimals = parse_number(unit)
        if mantissa == 0:
            raise LevelError("a unit is greater than zero")
        self._unit = (Fraction(mantissa, 10**decimals), inverse)
        self._unit_decimals = INVERSE_DECIMALS if inverse else decimals

    def _size_decimals(self, book: OrderBook) -> int:
        """Of the sizes in base units."""
        if self._unit is None:
            return book.size_decimals
        return INVERSE_DECIMALS if self._unit[1] else book.size_decimals + self._unit_decimals

    def _base_size(self, book: OrderBook, price: int, size: int) -> int:
        """A size of the book as a mantissa at _size_decimals()."""
        if self._unit is None:
            return size
        exact = Fraction(size, 10**book.size_decimals) * self._unit[0]
        if self._unit[1]:
            exact /= Fraction(price, 10**book.price_decimals)
        return int(exact * 10 ** self._size_decimals(book))

    @property
    def book(self) -> OrderBook | None:
        return self._book

    @book.setter
    def book(self, book: OrderBook | None) -> None:
        if book is not None and book.lock is not self._lock:
            raise ValueError(f"{self.name}: the book has another lock than its market")
        self._book = book

    @property
    def lock(self) -> BookLock:
        return self._lock

    def stamp(self, exchange_time: int, receive_time: int, receive_monotonic: int, sequence: int) -> None:
        with self._lock:
            self.exchange_time, self.receive_time = exchange_time, receive_time
            self.receive_monotonic, self.sequence = receive_monotonic, sequence


@dataclass
class VenueState:
    """One VenueQuality, as of the last refresh; extremes at the view's price scale."""

    name: str
    state: int
    detail: str
    times: tuple[int, int, int]  # exchange, receive, receive by the monotonic clock
    sequence: int
    counters: tuple[int, int, int, int]  # resyncs, gaps, checksums verified, checksum failures
    whole: bool = False
    extremes: tuple[int, int] = (0, 0)
    counts: tuple[int, int] = (0, 0)
    proofs: tuple[int, ...] = ()  # unverified, audits, bid match, ask match, ghosts, missing
    held: bool = False


@dataclass
class Merge:
    """The state a refresh made."""

    price_decimals: int
    size_decimals: int
    sides: tuple[list[Merged], list[Merged]]
    venues: list[VenueState]
    vwaps: tuple[SideVwap, SideVwap]
    times: tuple[int, int]  # exchange, receive
    spread: int | None
    mid: int | None
    proved: tuple[int, int] = (0, 0)


class ConsolidatedView:
    """The merged book of one market; see the interface in _book.pyi."""

    def __init__(
        self,
        market: str,
        venues: Sequence[VenueEntry],
        *,
        levels: int,
        dust: str | Decimal | None = None,
        vwap_levels: int = 20,
    ) -> None:
        market.encode()
        if len(venues) > MAX_VENUES:
            raise ValueError(f"a view takes at most {MAX_VENUES} venues")
        if not (1 <= levels <= MAX_VIEW_LEVELS and 1 <= vwap_levels <= MAX_VIEW_LEVELS):
            raise ValueError(f"levels and vwap_levels lie in 1..{MAX_VIEW_LEVELS}")
        if len({id(venue.lock) for venue in venues}) > 1:
            raise ValueError("the venues of a view share one lock")
        self._market, self._venues, self._levels, self._vwap_levels = market, tuple(venues), levels, vwap_levels
        self._dust = parse_number(dust) if dust is not None else (0, 0)
        self._lock = venues[0].lock if venues else BookLock()
        self.refresh()

    def refresh(self) -> None:
        with self._lock:
            self._merge = self._merged()

    @property
    def price_decimals(self) -> int:
        return self._merge.price_decimals

    @property
    def size_decimals(self) -> int:
        return self._merge.size_decimals

    @property
    def bids(self) -> tuple[Merged, ...]:
        return tuple(self._merge.sides[0][: self._levels])

    @property
    def asks(self) -> tuple[Merged, ...]:
        return tuple(self._merge.sides[1][: self._levels])

    @property
    def spread(self) -> int | None:
        return self._merge.spread

    @property
    def mid(self) -> int | None:
        return self._merge.mid

    @property
    def proved(self) -> tuple[int, int]:
        return self._merge.proved

    @property
    def exchange_time(self) -> int:
        return self._merge.times[0]

    @property
    def receive_time(self) -> int:
        return self._merge.times[1]

    @property
    def bid_vwap(self) -> SideVwap:
        return self._merge.vwaps[0]

    @property
    def ask_vwap(self) -> SideVwap:
        return self._merge.vwaps[1]

    def vwap_prices(self) -> tuple[int, int | None, int | None, int | None]:
        scale = self._merge.price_decimals
        exact = [Fraction(side.notional, side.size * 10**scale) if side.size else None for side in self._merge.vwaps]
        bid, ask = exact
        mean = (bid + ask) / 2 if bid is not None and ask is not None else None
        decimals = max(VWAP_DECIMALS, scale)
        while True:
            # Fraction rounds half to even
            rounded = [None if value is None else round(value * 10**decimals) for value in (bid, ask, mean)]
            if all(value is None or value <= MAX_MANTISSA for value in rounded):
                return decimals, rounded[0], rounded[1], rounded[2]
            decimals -= 1

    def pack(self) -> bytes:
        return b"".join(struct.pack("=3q", *level) for level in (*self.bids, *self.asks))

    # -- merging

    def _merged(self) -> Merge:
        live = [(venue, venue.book) for venue in self._venues if venue.state == LIVE and venue.book is not None]
        price_decimals = max((book.price_decimals for _, book in live), default=0)
        size_decimals = max((venue._size_decimals(book) for venue, book in live), default=0)
        sides = self._walk(0, price_decimals, size_decimals), self._walk(1, price_decimals, size_decimals)
        vwaps = sum_levels(sides[0][: self._vwap_levels]), sum_levels(sides[1][: self._vwap_levels])
        spread = mid = None
        if sides[0] and sides[1]:
            spread, mid = sides[1][0][0] - sides[0][0][0], (sides[0][0][0] + sides[1][0][0]) * 5
            if mid > MAX_MANTISSA:
                raise ScaleError(f"the mid price of {self._market} does not fit 64 bits")
        states = [self._state_of(venue, price_decimals) for venue in self._venues]
        proved = self._proved(sides[0], states, 0), self._proved(sides[1], states, 1)
        newest = max(((s.times[1], s.times[0]) for s in states if s.state == LIVE), default=(0, 0))
        times = (max(newest[1], 0), max(newest[0], 0))
        return Merge(price_decimals, size_decimals, sides, states, vwaps, times, spread, mid, proved)

    def _proved(self, levels: list[Merged], states: list[VenueState], index: int) -> int:
        """How many of the shown levels lie where the books of all live venues are known to be complete."""
        sign = 1 if index == 0 else -1
        ends = [state.extremes[index] for state in states if state.held and not state.whole]
        shown = levels[: self._levels]
        return sum(all(end and (level[0] - end) * sign >= 0 for end in ends) for level in shown)

    def _walk(self, index: int, price_decimals: int, size_decimals: int) -> list[Merged]:
        """The best levels of one side, dust left out; a level is rescaled only when it is its venue's next."""
        walks = [self._levels_of(venue, index) for venue in self._venues]
        heads: list[Merged] = []
        merged: list[Merged] = []
        due = [*range(len(walks))]
        while True:
            heads += [
                self._at_common_scale(number, walks[number].pop(0), price_decimals, size_decimals)
                for number in due
                if walks[number]
            ]
            if not heads or len(merged) == max(self._levels, self._vwap_levels):
                return merged
            sign = -1 if index == 0 else 1
            head = min(heads, key=lambda level: (sign * level[0], -level[1], level[2]))
            heads.remove(head)
            merged.append(head)
            due = [head[2]] if len(merged) < max(self._levels, self._vwap_levels) else []

    def _levels_of(self, venue: VenueEntry, index: int) -> list[tuple[int, int]]:
        if venue.state != LIVE or venue.book is None:
            return []
        book = venue.book
        floor = Fraction(self._dust[0], 10 ** self._dust[1]) * 10 ** venue._size_decimals(book)
        levels = [(price, venue._base_size(book, price, size)) for price, size in book.levels()[index]]
        return [level for level in levels if level[1] > floor]

    def _at_common_scale(self, number: int, level: tuple[int, int], price_decimals: int, size_decimals: int) -> Merged:
        book = self._venues[number].book
        assert book is not None
        price = level[0] * 10 ** (price_decimals - book.price_decimals)
        size = level[1] * 10 ** (size_decimals - self._venues[number]._size_decimals(book))
        if max(price, size) > MAX_MANTISSA:
            raise ScaleError(f"{self._venues[number].name}: a level does not fit 64 bits at the market's common scale")
        return price, size, number

    def _state_of(self, venue: VenueEntry, price_decimals: int) -> VenueState:
        state = VenueState(
            venue.name,
            venue.state,
            venue.detail,
            (venue.exchange_time, venue.receive_time, venue.receive_monotonic),
            venue.sequence,
            (venue.resyncs, venue.gaps, venue.checksums_verified, venue.checksum_failures),
        )
        state.proofs = (int(venue.unverified), *venue.audit)
        book = venue.book
        if venue.state == LIVE and book is not None:
            state.held = True
            factor = 10 ** (price_decimals - book.price_decimals)
            state.whole, state.counts = book.whole, book.counts()
            if not book.whole:
                state.extremes = book.lowest_complete_bid * factor, book.highest_complete_ask * factor
            if max(state.extremes) > MAX_MANTISSA:
                raise ScaleError(f"{venue.name}: a level does not fit 64 bits at the market's common scale")
        return state

    # -- encoding

    def encode_book(
        self, publish_time: int, monotonic: int, epoch: int, sequence: int, heartbeat: bool = False
    ) -> bytes:
        merge = self._merge
        body = self._head(publish_time, epoch, sequence, heartbeat)
        body += wire.integer(4, wire.zigzag(-merge.size_decimals))
        body += b"".join(wire.message(5, _level(level)) for level in self.bids)
        body += b"".join(wire.message(6, _level(level)) for level in self.asks)
        body += _spread_and_mid(merge)
        body += self._qualities(9, monotonic)
        body += b"".join(wire.integer(number, levels) for number, levels in zip((10, 11), merge.proved, strict=True))
        return wire.message(1, body)

    def encode_summary(
        self, publish_time: int, monotonic: int, epoch: int, sequence: int, heartbeat: bool = False
    ) -> bytes:
        merge = self._merge
        body = self._head(publish_time, epoch, sequence, heartbeat)
        body += wire.integer(4, wire.zigzag(-merge.size_decimals))
        for number, side in zip((5, 6), merge.sides, strict=True):
            body += wire.message(number, _level(side[0])) if side else b""
        body += _spread_and_mid(merge)
        decimals, *prices = self.vwap_prices()
        body += wire.integer(9, wire.zigzag(-decimals))
        body += b"".join(wire.present(number, price) for number, price in zip((10, 11, 12), prices, strict=True))
        used = (self._vwap_levels, merge.vwaps[0].levels, merge.vwaps[1].levels)
        body += b"".join(wire.integer(number, levels) for number, levels in zip((13, 14, 15), used, strict=True))
        return wire.message(1, body + self._qualities(16, monotonic))

    def encode_status(
        self, publish_time: int, monotonic: int, epoch: int, sequence: int, heartbeat: bool = False
    ) -> bytes:
        return wire.message(1, self._head(publish_time, epoch, sequence, heartbeat) + self._qualities(4, monotonic))

    def encode_compat(self) -> bytes:
        merge = self._merge
        body = wire.double(1, (merge.spread or 0) / 10**merge.price_decimals)
        for number, side in zip((2, 3), (self.bids, self.asks), strict=True):
            body += b"".join(wire.message(number, self._compat_level(level)) for level in side)
        return body

    def _compat_level(self, level: Merged) -> bytes:
        body = wire.text(1, self._merge.venues[level[2]].name)
        body += wire.double(2, level[0] / 10**self._merge.price_decimals)
        return body + wire.double(3, level[1] / 10**self._merge.size_decimals)

    def _head(self, publish_time: int, epoch: int, sequence: int, heartbeat: bool) -> bytes:
        exchange_time, receive_time = self._merge.times
        header = wire.fixed64(1, publish_time) + wire.fixed64(2, epoch) + wire.integer(3, sequence)
        header += wire.integer(4, heartbeat) + wire.fixed64(5, receive_time) + wire.fixed64(6, exchange_time)
        scale = wire.integer(3, wire.zigzag(-self._merge.price_decimals))
        return wire.message(1, header) + wire.text(2, self._market) + scale

    def _qualities(self, number: int, monotonic: int) -> bytes:
        return b"".join(wire.message(number, _quality(venue, monotonic)) for venue in self._merge.venues)


def _level(level: Merged) -> bytes:
    return b"".join(wire.integer(number, value) for number, value in enumerate(level, 1))


def _spread_and_mid(merge: Merge) -> bytes:
    spread = None if merge.spread is None else wire.zigzag(merge.spread)
    return wire.present(7, spread) + wire.present(8, merge.mid)


def _quality(venue: VenueState, monotonic: int) -> bytes:
    exchange, receive, received = venue.times
    age = max(0, monotonic - received) if received > 0 else 0
    body = wire.text(1, venue.name) + wire.integer(2, venue.state)
    body += wire.fixed64(3, max(exchange, 0)) + wire.fixed64(4, max(receive, 0))
    numbers = (age, max(venue.sequence, 0), *venue.counters, venue.whole, *venue.extremes, *venue.counts)
    body += b"".join(wire.integer(number, value) for number, value in enumerate(numbers, 5))
    body += wire.text(16, venue.detail)
    return body + b"".join(wire.integer(number, value) for number, value in enumerate(venue.proofs, 17))
