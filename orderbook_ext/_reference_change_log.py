"""ChangeLog in plain Python."""

from __future__ import annotations

from ._reference_book import OrderBook
from ._reference_book_status import BookStatus, size_decimals
from ._reference_update_log import Levels, base_levels
from .model import LIVE
from .updates import MAX_LOG_CAPACITY, BookUpdate, UpdateKind

Scales = tuple[int, int]


class ChangeLog:
    """The levels that each update of one venue's book changed; see the interface in _book.pyi."""

    def __init__(self, entry: BookStatus, *, capacity: int) -> None:
        if not 0 < capacity <= MAX_LOG_CAPACITY:
            raise ValueError(f"1 to {MAX_LOG_CAPACITY} updates")
        self.entry = entry
        self._capacity = capacity
        self._updates: list[BookUpdate] = []
        self._lost = 0
        self._told: tuple[Levels, Levels] | None = None
        """The levels as they were last told; None: the book is hidden."""
        self._scales: Scales = (0, 0)
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
        if len(self._updates) == self._capacity:
            self._lost += 1
            return
        book = self.entry.book
        now = None if kind is UpdateKind.HIDDEN or book is None else self._read(book)
        if book is not None and now is not None:
            self._show(kind, now, (book.price_decimals, size_decimals(self.entry, book)))
        elif self._told is not None:
            self._told = None
            self._append(UpdateKind.HIDDEN, ((), ()))

    def _read(self, book: OrderBook) -> tuple[Levels, Levels] | None:
        """Both sides in base units; None: there is nothing to tell."""
        bids, asks = (base_levels(self.entry, side) for side in book.levels())
        if bids is None or asks is None:
            return None
        bids, asks = (tuple(level for level in side if level[1]) for side in (bids, asks))
        return None if bids and asks and bids[0][0] >= asks[0][0] else (bids, asks)

    def _show(self, kind: UpdateKind, now: tuple[Levels, Levels], scales: Scales) -> None:
        if kind is UpdateKind.FRAME and self._told is None:
            kind = UpdateKind.SHOWN
        elif kind is UpdateKind.FRAME and scales != self._scales:
            kind = UpdateKind.REPLACED
        before: tuple[Levels, Levels] = ((), ())
        if kind is UpdateKind.FRAME and self._told is not None:
            before = self._told
        self._told, self._scales = now, scales
        self._append(
            kind, (_difference(before[0], now[0], reverse=True), _difference(before[1], now[1], reverse=False))
        )

    def _append(self, kind: UpdateKind, changes: tuple[Levels, Levels]) -> None:
        entry = self.entry
        times = entry.exchange_time, entry.receive_time, entry.sequence
        self._updates.append(BookUpdate(kind, *times, *self._scales, *changes))


def _difference(before: Levels, now: Levels, *, reverse: bool) -> Levels:
    """What leads from one to the other, best first."""
    changes = {price: 0 for price, _ in before} | dict(now)
    return tuple(sorted(set(changes.items()) - set(before), reverse=reverse))
