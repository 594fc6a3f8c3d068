"""One pair: the books of its venues under one lock, and what is known of each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from decimal import Decimal

from orderbook_ext import BookLock, ConsolidatedView, VenueEntry

from ..model import Pair, VenueState
from .journal import StateJournal

DEFAULT_VWAP_LEVELS = 20


class Market:
    """The venues' entries of one pair. Feeds write them, views read them; `lock` makes both whole."""

    def __init__(self, pair: Pair, venues: Sequence[str], on_change: Callable[[Market], None]) -> None:
        self.pair = pair
        self.name = str(pair)
        self.lock = BookLock()
        """Shared by all books and entries of this market."""
        self.gate = threading.RLock()
        """Held while a book, its times and its state change together, and while a message is made of them: `lock`
        makes each step whole, this the sum of them. Never held for longer than a frame or a message takes."""
        self.entries: dict[str, VenueEntry] = {venue: VenueEntry(venue, self.lock) for venue in venues}
        self.dirty = False
        """Set by every change, cleared by the publisher before it reads the books."""
        self.journal = StateJournal(self.name)
        """Tells the log when a venue's book comes or goes; written by the publisher thread."""
        self._on_change = on_change
        for entry in self.entries.values():
            entry.state = VenueState.CONNECTING

    @property
    def venues(self) -> tuple[str, ...]:
        """Names of the venues, in the order of their indexes."""
        return tuple(self.entries)

    def changed(self) -> None:
        """A book or a state changed. Called on feed threads: it only leaves a mark."""
        self._on_change(self)

    def report(self, venue: str, state: VenueState, detail: str) -> None:
        """A venue's state that is known without a book: unlisted, halted, unreachable."""
        entry = self.entries[venue]
        with self.gate:
            entry.detail = detail
            entry.state = state
        self.changed()

    def live_venues(self) -> list[str]:
        """Venues whose book is proved now."""
        return [name for name, entry in self.entries.items() if entry.state == VenueState.LIVE]

    def states(self) -> tuple[tuple[int, str, int, int], ...]:
        """What a status message would say of each venue, but for times: equal tuples need no new message."""
        return tuple((entry.state, entry.detail, entry.resyncs, entry.gaps) for entry in self.entries.values())

    def view(
        self,
        levels: int,
        dust: Decimal,
        venues: Sequence[str] = (),
        vwap_levels: int = DEFAULT_VWAP_LEVELS,
    ) -> ConsolidatedView:
        """A merged view of these venues (none: all). A view belongs to one thread at a time."""
        entries = [self.entries[venue] for venue in venues] if venues else list(self.entries.values())
        return ConsolidatedView(self.name, entries, levels=levels, dust=dust, vwap_levels=vwap_levels)
