"""Writes the book of one venue at an edge: levels, times, state and counters of a record, where others read them."""

from __future__ import annotations

from collections.abc import Sequence

from onebook.v1 import types_pb2
from onebook.v1.market_data_pb2 import StreamVenueBookResponse
from orderbook_ext import Audit, BookError, BookStatus, OrderBook
from orderbook_ext.digest import DIGEST_LEVELS

from ..market.market import Market
from ..model import Instrument, VenueState
from .carried_counts import CarriedCounts
from .events import BookState
from .venue_sizes import Row, Rows, rows_of

CROSSED = "the best bid of the record is not below its best ask"
LARGEST = 2**63 - 1
FIELDS = (
    StreamVenueBookResponse.BOOK_FIELD_NUMBER,
    types_pb2.Book.BIDS_FIELD_NUMBER,
    types_pb2.Book.ASKS_FIELD_NUMBER,
)
"""Of the levels in the value of a record."""
MISMATCH = "the levels of the record do not have the digest that it says"


class BookWriter:
    """The hand of an edge on one entry. One thread at a time."""

    def __init__(self, market: Market, entry: BookStatus, instrument: Instrument | None) -> None:
        self._market, self.entry = market, entry
        self._counts = CarriedCounts()
        self._book = entry.book = OrderBook(lock=market.lock)
        self._scales: tuple[int, int] | None = None
        self._instrument = instrument
        self._rows: Rows = rows_of(None, 0, 0)
        self._texts: dict[tuple[int, int], Row] = {}
        """The rows of the levels of the newest record: most levels stay from record to record."""
        self._set_unit()

    @property
    def _counted(self) -> bool:
        """The venue counts sizes in another unit than the records."""
        instrument = self._instrument
        return instrument is not None and (instrument.contract != 1 or instrument.inverse)

    @property
    def instrument(self) -> Instrument | None:
        """What the ingester said of the pair at the venue."""
        return self._instrument

    def relist(self, instrument: Instrument | None) -> None:
        """The ingester says something new of the pair."""
        if instrument != self._instrument:
            self._instrument = instrument
            self._scales = None
            self._set_unit()

    def show(self, state: BookState, now: int, delay: int, *, switched: bool) -> bool:
        """Writes a state that was written `delay` before its arrival, which is now. Returns False for a live book
        whose levels do not have the digest of the record: it is withdrawn, as is one that is crossed."""
        quality, entry = state.quality, self.entry
        with self._market.consistency_lock:
            self._counts.take(quality, switched)
            for name, value in self._counts.shown.items():
                setattr(entry, name, value)
            self._write_evidence(state)
            fault = self._load(state) if state.live else ""
            if not state.live or fault:
                self._book.clear()
            if entry.book is not self._book:
                entry.book = self._book
            received = now - delay - quality.age_nanos if quality.receive_time_nanos else 0
            entry.stamp(quality.exchange_time_nanos, quality.receive_time_nanos, received, state.venue_sequence)
            entry.detail = fault or quality.detail
            entry.state = VenueState.SUSPECT if fault else quality.state
            if not fault and state.live and not self._proved(state):
                fault, entry.detail, entry.state = MISMATCH, MISMATCH, VenueState.SUSPECT
        self._market.changed()
        return fault != MISMATCH

    def withdraw(self, state: VenueState, reason: str) -> None:
        """The levels are not to be believed any more."""
        with self._market.consistency_lock:
            self._book.clear()
            self.entry.detail = reason
            self.entry.state = state
        self._market.changed()

    def _write_evidence(self, state: BookState) -> None:
        quality, entry = state.quality, self.entry
        entry.unverified = quality.unverified
        entry.trades_state = quality.trades_state
        entry.clock_offset, entry.clock_uncertainty = quality.clock_offset_nanos, quality.clock_uncertainty_nanos
        entry.audit = Audit(
            quality.audits, quality.audit_bid_match_ppm, quality.audit_ask_match_ppm, quality.ghost_levels,
            quality.missing_levels,
        )  # fmt: skip

    def _load(self, state: BookState) -> str:
        """Puts the levels of a live record into the book; returns what is wrong with them."""
        book, quality = state.book, state.quality
        scales = book.price_exponent, book.size_exponent
        if scales != self._scales:
            self._rescale(*scales)
        whole = quality.whole_book and len(book.bids) >= quality.bid_levels and len(book.asks) >= quality.ask_levels
        bounds = _bounds(state)
        try:
            if self._counted or max(scales) > 0:
                self._load_rows(book, bounds, whole)
            else:
                decimals = -scales[0], -scales[1]
                self._book.load_encoded(state.encoded, fields=FIELDS, decimals=decimals, bounds=bounds, whole=whole)
        except (BookError, ValueError) as error:
            return f"the record cannot be used: {error}"
        return CROSSED if self._book.crossed() else ""

    def _load_rows(self, book: types_pb2.Book, bounds: tuple[int, int], whole: bool) -> None:
        """The same for sizes that the venue counts in another unit. Raises BookError and ValueError."""
        known, self._texts = self._texts, {}
        bids = [(level.price, level.size) for level in book.bids]
        asks = [(level.price, level.size) for level in book.asks]
        rows = [self._made(side, known) for side in (bids, asks)]
        proved = sum(price >= bounds[0] for price, _ in bids), sum(price <= bounds[1] for price, _ in asks)
        self._book.load(rows[0][: proved[0]], rows[1][: proved[1]], whole=whole)
        if proved != (len(bids), len(asks)):
            self._book.apply(rows[0][proved[0] :], rows[1][proved[1] :])

    def _rescale(self, price_exponent: int, size_exponent: int) -> None:
        """Numbers have as many decimals as at the ingester, also where no level needs them."""
        self._scales = price_exponent, size_exponent
        self._rows, self._texts = rows_of(self._instrument, price_exponent, size_exponent), {}
        instrument = self._instrument
        decimals = instrument.size_decimals if instrument is not None and self._counted else max(0, -size_exponent)
        self._book = OrderBook(max(0, -price_exponent), decimals, lock=self._market.lock)

    def _made(self, levels: Sequence[tuple[int, int]], known: dict[tuple[int, int], Row]) -> list[Row]:
        made = []
        for level in levels:
            row = known.get(level) or self._rows(*level)
            self._texts[level] = row
            made.append(row)
        return made

    def _proved(self, state: BookState) -> bool:
        """Whether the book is the ingester's book, as far as the digest tells, which is of the best levels."""
        quality = state.quality
        counts = (len(state.book.bids), quality.bid_levels), (len(state.book.asks), quality.ask_levels)
        cut = any(here < min(DIGEST_LEVELS, there) for here, there in counts)
        return cut or not quality.digest or self.entry.digest()[1] == quality.digest

    def _set_unit(self) -> None:
        instrument = self._instrument
        if instrument is not None and self._counted:
            self.entry.set_unit(instrument.contract, inverse=instrument.inverse)
        else:
            self.entry.set_unit("1")


def _bounds(state: BookState) -> tuple[int, int]:
    """Down to which bid and up to which ask the levels of a record are proved complete."""
    quality, book = state.quality, state.book
    if quality.whole_book:
        return 0, LARGEST
    low = quality.lowest_complete_bid or (book.bids[0].price + 1 if book.bids else 0)
    high = quality.highest_complete_ask or (book.asks[0].price - 1 if book.asks else 0)
    return low, high
