"""Whole top-of-book frames that stand in for a book while its snapshot has to wait its turn."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from ..book.synchronizer import BookSynchronizer
from ..model import VenueState


class ProvisionalBooks:
    """The provisional book of each book that has one. It holds the public entry until the book itself is live.

    `make` makes a book's provisional book: for the first connection, and again for every later one.
    """

    def __init__(self, make: Mapping[BookSynchronizer, Callable[[], BookSynchronizer]] | None = None) -> None:
        self._make = dict(make or {})
        self._books = {sync: made() for sync, made in self._make.items()}

    def __bool__(self) -> bool:
        return bool(self._books)

    @property
    def syncs(self) -> tuple[BookSynchronizer, ...]:
        """The provisional books that are needed now."""
        return tuple(self._books.values())

    def of(self, sync: BookSynchronizer) -> BookSynchronizer | None:
        """The provisional book of a book."""
        return self._books.get(sync)

    def drop(self, syncs: Container[BookSynchronizer]) -> None:
        """These books are given up."""
        for kept in (self._make, self._books):
            for sync in [sync for sync in kept if sync in syncs]:
                del kept[sync]

    def pass_over(self, sync: BookSynchronizer) -> BookSynchronizer | None:
        """Lets a book that is live take the public entry; returns the provisional book that is of no use any more."""
        standing = self._books.get(sync)
        if standing is None or not sync.live:
            return None
        del self._books[sync]
        _hand_over(standing, sync)
        return standing

    def stand_in(self, state: VenueState, reason: str) -> list[BookSynchronizer]:
        """The connection is gone, and with the next one the snapshots have to wait again: books that need a provisional
        book again get a new one, which holds the public entry. Returns the new ones."""
        new = {sync: make() for sync, make in self._make.items() if sync not in self._books}
        for sync, standing in new.items():
            standing.closed(state, reason)
            _hand_over(sync, standing)
        self._books.update(new)
        return list(new.values())


def _hand_over(giver: BookSynchronizer, taker: BookSynchronizer) -> None:
    public = giver.entry
    giver.release()
    taker.adopt(public)
