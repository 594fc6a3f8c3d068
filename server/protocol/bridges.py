"""Whole top-of-book frames that stand in for a book while its snapshot has to wait its turn."""

from __future__ import annotations

from collections.abc import Container, Mapping

from .book_sync import BookSync


class Bridges:
    """The bridge of each book that has one. It holds the public entry until the book itself is live."""

    def __init__(self, bridges: Mapping[BookSync, BookSync] | None = None) -> None:
        self._bridges = dict(bridges or {})

    def __bool__(self) -> bool:
        return bool(self._bridges)

    @property
    def syncs(self) -> tuple[BookSync, ...]:
        """The bridges that are still needed."""
        return tuple(self._bridges.values())

    def of(self, sync: BookSync) -> BookSync | None:
        """The bridge of a book."""
        return self._bridges.get(sync)

    def drop(self, syncs: Container[BookSync]) -> None:
        """These books, or bridges, are given up."""
        self._bridges = {
            sync: bridge for sync, bridge in self._bridges.items() if sync not in syncs and bridge not in syncs
        }

    def pass_over(self, sync: BookSync) -> BookSync | None:
        """Lets a book that is live take the public entry; returns the bridge that is of no use any more."""
        bridge = self._bridges.get(sync)
        if bridge is None or not sync.live:
            return None
        del self._bridges[sync]
        public = bridge.entry
        bridge.release()
        sync.adopt(public)
        return bridge
