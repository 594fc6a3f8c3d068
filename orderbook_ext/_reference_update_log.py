"""UpdateLog in plain Python."""

from __future__ import annotations

from collections.abc import Sequence

from ._exact_levels import SweptSide
from ._reference_book_status import BookStatus, size_decimals
from .model import LIVE, MAX_MANTISSA
from .updates import MAX_LOG_CAPACITY, MAX_LOG_LEVELS, BookUpdate, UpdateKind

Levels = tuple[tuple[int, int], ...]


class UpdateLog:
    """Every update of one venue's book; see the interface in _book.pyi."""

    def __init__(self, entry: BookStatus, *, levels: int, capacity: int) -> None:
        if not 0 < levels <= MAX_LOG_LEVELS or not 0 < capacity <= MAX_LOG_CAPACITY:
            raise ValueError(f"1 to {MAX_LOG_LEVELS} levels and 1 to {MAX_LOG_CAPACITY} updates")
        self.entry = entry
        self._levels, self._capacity = levels, capacity
        self._updates: list[BookUpdate] = []
        self._lost = 0
        with entry.lock:
            entry._observers = (*entry._observers, self)
            self._put(UpdateKind.SHOWN if entry.state == LIVE else UpdateKind.HIDDEN)

    def close(self) -> None:
        with self.entry.lock:
            self.entry._observers = tuple(each for each in self.entry._observers if each is not self)

    @property
    def waiting(self) -> int:
        return len(self._updates)

    def take(self) -> tuple[list[BookUpdate], int]:
        with self.entry.lock:
            updates, self._updates = self._updates, []
            lost, self._lost = self._lost, 0
        return updates, lost

    def _put(self, kind: UpdateKind) -> None:
        """Notes an update; the lock is held."""
        if self._lost or len(self._updates) == self._capacity:
            self._lost += 1
            return
        self._updates.append(self._update(kind))

    def _update(self, kind: UpdateKind) -> BookUpdate:
        entry = self.entry
        times = entry.exchange_time, entry.receive_time, entry.sequence
        hidden = BookUpdate(UpdateKind.HIDDEN, *times, 0, 0, (), ())
        book = entry.book
        if kind is UpdateKind.HIDDEN or book is None:
            return hidden
        bids, asks = (base_levels(entry, side) for side in book.top(self._levels))
        if bids is None or asks is None or (bids and asks and bids[0][0] >= asks[0][0]):
            return hidden
        return BookUpdate(kind, *times, book.price_decimals, size_decimals(entry, book), bids, asks)


def base_levels(entry: BookStatus, levels: Sequence[tuple[int, int]]) -> Levels | None:
    """Levels of the entry's book in base units; None where a level has no place there."""
    book = entry.book
    assert book is not None
    unit, inverse = entry._unit
    exact = SweptSide(0, levels, (book.price_decimals, book.size_decimals), True, 0, unit, inverse, None)
    if unit is not None and not inverse and size_decimals(entry, book) != exact.size_decimals:
        return None if levels else ()
    sizes = [exact.size(price, size) for price, size in levels]
    if any(size is None or size > MAX_MANTISSA for size in sizes):
        return None
    return tuple((price, size or 0) for (price, _), size in zip(levels, sizes, strict=True))
