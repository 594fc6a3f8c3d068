"""BookStatus in plain Python: what a market knows of one venue's book, and its sizes in base units."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING

from ._exact_levels import INVERSE_DECIMALS
from ._reference_book import BookLock, OrderBook
from .digest import DIGEST_LEVELS, book_digest
from .model import LIVE, MAX_DECIMALS, Audit, LevelError, Number, parse_number
from .updates import UpdateKind

if TYPE_CHECKING:
    from typing import Protocol

    class Observer(Protocol):
        """Is told of every update, under the lock."""

        def _put(self, kind: UpdateKind) -> None: ...


class BookStatus:
    """What the market knows of one venue's book; see the interface in _book.pyi."""

    def __init__(self, name: str, lock: BookLock) -> None:
        name.encode()
        self.name = name
        self._lock = lock
        self._book: OrderBook | None = None
        self._state = 0
        self._observers: tuple[Observer, ...] = ()
        self.detail = ""
        self.resyncs = self.gaps = self.checksums_verified = self.checksum_failures = 0
        self.frames = 0
        self.exchange_time = self.receive_time = self.receive_monotonic = self.sequence = 0
        self.unverified = False
        self.audit = Audit()
        self.trades_state = self.clock_offset = self.clock_uncertainty = 0
        self._unit: tuple[Number | None, bool] = (None, False)
        self._measures = False
        self.measured = 0, 0

    def set_unit(self, unit: str | Decimal, *, inverse: bool = False) -> None:
        mantissa, decimals = parse_number(unit)
        if mantissa == 0:
            raise LevelError("a unit is greater than zero")
        self._unit = (mantissa, decimals), inverse

    @property
    def book(self) -> OrderBook | None:
        return self._book

    @book.setter
    def book(self, book: OrderBook | None) -> None:
        if book is not None and book.lock is not self._lock:
            raise ValueError(f"{self.name}: the book has another lock than its market")
        with self._lock:
            self._book = book
            if self._state == LIVE:
                self._tell(UpdateKind.HIDDEN if book is None else UpdateKind.REPLACED)

    @property
    def state(self) -> int:
        return self._state

    @state.setter
    def state(self, state: int) -> None:
        if state < 0:
            raise ValueError("a state is not negative")
        with self._lock:
            before, self._state = self._state, state
            if (before == LIVE) != (state == LIVE):
                self._tell(UpdateKind.HIDDEN if before == LIVE else UpdateKind.SHOWN)

    def _tell(self, kind: UpdateKind) -> None:
        for observer in self._observers:
            observer._put(kind)

    @property
    def lock(self) -> BookLock:
        return self._lock

    def digest(self) -> tuple[int, int]:
        with self._lock:
            return self.sequence, self._digest()

    def _digest(self) -> int:
        book = self._book if self._state == LIVE else None
        return 0 if book is None else digest_of(book)

    def stamp(self, exchange_time: int, receive_time: int, receive_monotonic: int, sequence: int) -> None:
        with self._lock:
            self.exchange_time, self.receive_time = exchange_time, receive_time
            self.receive_monotonic, self.sequence = receive_monotonic, sequence
            self.frames += 1
            if self._state == LIVE:
                if self._measures:
                    self.measured, self._measures = (receive_monotonic, time.monotonic_ns()), False
                self._tell(UpdateKind.FRAME)

    def measure(self) -> None:
        with self._lock:
            self.measured, self._measures = (0, 0), True


def digest_of(book: OrderBook) -> int:
    """The digest of a book as it is now."""
    return book_digest(book.top(DIGEST_LEVELS), book.price_decimals, book.size_decimals)


def size_decimals(venue: BookStatus, book: OrderBook) -> int:
    """Of the sizes in base units."""
    unit, inverse = venue._unit
    if unit is None:
        return book.size_decimals
    decimals = INVERSE_DECIMALS if inverse else book.size_decimals + unit[1]
    return decimals if decimals <= MAX_DECIMALS else book.size_decimals
