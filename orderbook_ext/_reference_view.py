"""ConsolidatedView in plain Python: what is merged, encoded and swept of its venues, under their locks."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal

from . import _reference_encode as encode
from ._exact_sweep import sweep_exactly
from ._reference_book import BookLock
from ._reference_book_status import BookStatus
from ._reference_merge import Merge, Merged, merge
from ._reference_slot import Slot
from ._reference_sweep import read_order
from .model import MAX_VENUES, MAX_VIEW_LEVELS, SideVwap, check_rate, parse_number
from .sweep import Sweep, SweepTerms


class ConsolidatedView:
    """The merged book of one market; see the interface in _book.pyi."""

    def __init__(
        self,
        market: str,
        venues: Sequence[BookStatus],
        *,
        levels: int,
        dust: str | Decimal | None = None,
        vwap_levels: int = 20,
        currencies: Sequence[str] = (),
    ) -> None:
        market.encode()
        if len(venues) > MAX_VENUES:
            raise ValueError(f"a view takes at most {MAX_VENUES} venues")
        if not (1 <= levels <= MAX_VIEW_LEVELS and 1 <= vwap_levels <= MAX_VIEW_LEVELS):
            raise ValueError(f"levels and vwap_levels lie in 1..{MAX_VIEW_LEVELS}")
        if currencies and len(currencies) != len(venues):
            raise ValueError("currencies has one text a venue")
        for currency in currencies:
            currency.encode()
        texts = currencies or [""] * len(venues)
        self._slots = [Slot(venue, number, texts[number]) for number, venue in enumerate(venues)]
        self._market, self._levels, self._vwap_levels = market, levels, vwap_levels
        self._dust = parse_number(dust) if dust is not None else (0, 0)
        distinct = {id(venue.lock): venue.lock for venue in venues}
        self._locks = [distinct[address] for address in sorted(distinct)] or [BookLock()]
        self.refresh()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with ExitStack() as stack:
            for lock in self._locks:
                stack.enter_context(lock)
            yield

    def refresh(self) -> None:
        with self._locked():
            self._merge: Merge = merge(self._market, self._slots, self._dust, self._levels, self._vwap_levels)

    # -- rates of other quote currencies

    def _slot(self, place: int) -> Slot:
        if not 0 <= place < len(self._slots) or not self._slots[place].currency:
            raise ValueError(f"there is no venue of another quote currency at {place}")
        return self._slots[place]

    def set_rate(self, place: int, bid: str | Decimal, ask: str | Decimal) -> None:
        slot, rate = self._slot(place), (parse_number(bid), parse_number(ask))
        check_rate(*rate)
        slot.rate = rate

    def suspend(self, place: int) -> None:
        self._slot(place).rate = None

    # -- the books as they are

    def sweep(
        self,
        side: int,
        *,
        size: str | int | Decimal | None = None,
        notional: str | int | Decimal | None = None,
        terms: Sequence[SweepTerms],
        beyond_proved: bool = False,
    ) -> Sweep:
        if side not in (0, 1):
            raise ValueError("side is 0 (sell into the bids) or 1 (buy the asks)")
        order = read_order(side, size, notional, terms, len(self._slots), beyond_proved)
        with self._locked():
            sides = [slot.swept(side, book) for slot in self._slots if (book := slot.book) is not None]
            return sweep_exactly(sides, self._dust, order)

    # -- the state of the last refresh

    @property
    def price_decimals(self) -> int:
        return self._merge.scales.price

    @property
    def size_decimals(self) -> int:
        return self._merge.scales.size

    @property
    def bids(self) -> tuple[Merged, ...]:
        return tuple(self._merge.shown[0])

    @property
    def asks(self) -> tuple[Merged, ...]:
        return tuple(self._merge.shown[1])

    @property
    def spread(self) -> int | None:
        return self._merge.spread

    @property
    def mid(self) -> int | None:
        return self._merge.mid

    @property
    def spread_basis_points(self) -> int | None:
        return self._merge.spread_basis_points

    @property
    def microprice(self) -> int | None:
        return self._merge.prices()[4]

    @property
    def states(self) -> tuple[int, ...]:
        return tuple(venue.state for venue in self._merge.venues)

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
        return self._merge.prices()[:4]

    def pack(self) -> bytes:
        return b"".join(struct.pack("=3q", *level) for level in (*self.bids, *self.asks))

    # -- encodings of it

    def encode_book(
        self,
        publish_time: int,
        monotonic: int,
        epoch: int,
        sequence: int,
        heartbeat: bool = False,
        extra: bytes = b"",
    ) -> bytes:
        return encode.book(self._merge, encode.Stamp(publish_time, monotonic, epoch, sequence, heartbeat), extra)

    def encode_summary(
        self,
        publish_time: int,
        monotonic: int,
        epoch: int,
        sequence: int,
        heartbeat: bool = False,
        extra: bytes = b"",
    ) -> bytes:
        stamp = encode.Stamp(publish_time, monotonic, epoch, sequence, heartbeat)
        return encode.summary(self._merge, stamp, self._vwap_levels, extra)

    def encode_status(
        self, publish_time: int, monotonic: int, epoch: int, sequence: int, heartbeat: bool = False
    ) -> bytes:
        return encode.status(self._merge, encode.Stamp(publish_time, monotonic, epoch, sequence, heartbeat))

    def encode_qualities(self, field: int, decimals: int, monotonic: int) -> bytes:
        return encode.qualities(self._merge, field, decimals, monotonic)

    def encode_compat(self) -> bytes:
        return encode.compat(self._merge)
