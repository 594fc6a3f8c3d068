"""Whole top-of-book frames that stand in for a book while its snapshot has to wait its turn."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from ..book.synchronizer import BookSync
from ..model import VenueState


class Bridges:
    """The bridge of each book that has one. It holds the public entry until the book itself is live.

    `make` makes a book's bridge: for the first connection, and again for every later one.
    """

    def __init__(self, make: Mapping[BookSync, Callable[[], BookSync]] | None = None) -> None:
        self._make = dict(make or {})
        self._bridges = {sync: made() for sync, made in self._make.items()}

    def __bool__(self) -> bool:
        return bool(self._bridges)

    @property
    def syncs(self) -> tuple[BookSync, ...]:
        """The bridges that are needed now."""
        return tuple(self._bridges.values())

    def of(self, sync: BookSync) -> BookSync | None:
        """The bridge of a book."""
        return self._bridges.get(sync)

    def drop(self, syncs: Container[BookSync]) -> None:
        """These books are given up."""
        for kept in (self._make, self._bridges):
            for sync in [sync for sync in kept if sync in syncs]:
                del kept[sync]

    def pass_over(self, sync: BookSync) -> BookSync | None:
        """Lets a book that is live take the public entry; returns the bridge that is of no use any more."""
        bridge = self._bridges.get(sync)
        if bridge is None or not sync.live:
            return None
        del self._bridges[sync]
        _hand_over(bridge, sync)
        return bridge

    def stand_in(self, state: VenueState, reason: str) -> list[BookSync]:
        """The connection is gone, and with the next one the snapshots have to wait again: books whose bridge was passed
        over get a new one, which holds the public entry. Returns the new ones."""
        new = {sync: make() for sync, make in self._make.items() if sync not in self._bridges}
        for sync, bridge in new.items():
            bridge.closed(state, reason)
            _hand_over(sync, bridge)
        self._bridges.update(new)
        return list(new.values())


def _hand_over(giver: BookSync, taker: BookSync) -> None:
    public = giver.entry
    giver.release()
    taker.adopt(public)
