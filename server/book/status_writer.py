"""Writes what is known of one book where others read it."""

from __future__ import annotations

from collections.abc import Callable

from orderbook_ext import BookLock, BookStatus, ConsistencyLock, OrderBook

from ..model import VenueState


class StatusWriter:
    """One book's hand on an entry: a private one at first, the market's public one after adopt()."""

    def __init__(
        self, venue: str, lock: BookLock, consistency_lock: ConsistencyLock, on_change: Callable[[], None]
    ) -> None:
        self.entry = BookStatus(venue, lock)
        self.entry.state = VenueState.CONNECTING
        self.consistency_lock = consistency_lock
        """Reentrant; held while levels, times and state change together."""
        self.on_change = self._told = on_change
        self._lock = lock

    def set(self, state: VenueState, detail: str) -> None:
        """The state and why."""
        changed = self.entry.state != state
        with self.consistency_lock:
            self.entry.detail = detail
            self.entry.state = state
        if changed:
            self.on_change()

    def adopt(self, public: BookStatus, book: OrderBook) -> None:
        """Moves to `public`; the change is seamless when the books behind both are live."""
        private, self.entry = self.entry, public
        self.on_change = self._told
        with self.consistency_lock:
            public.book = book
            public.stamp(private.exchange_time, private.receive_time, private.receive_monotonic, private.sequence)
            public.gaps += private.gaps
            public.resyncs += private.resyncs
            public.checksums_verified += private.checksums_verified
            public.checksum_failures += private.checksum_failures
            public.unverified = private.unverified
            public.detail = private.detail
            public.state = private.state
        self.on_change()

    def release(self) -> None:
        """Leaves the public entry to a successor; nobody hears of changes any more."""
        state = self.entry.state
        self.entry = BookStatus(self.entry.name, self._lock)
        self.entry.state = state
        self.on_change = _nobody


def _nobody() -> None:
    """Nobody listens."""
