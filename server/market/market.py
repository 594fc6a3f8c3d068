"""One pair: the books of its venues under one lock, and the state of each venue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

from orderbook_ext import BookLock, BookStatus, ChangeMark, ConsistencyLock, ConsolidatedView

from ..model import Pair, VenueState
from .state_logger import StateLogger

DEFAULT_VWAP_LEVELS = 20


class Market:
    """The venues' entries of one pair. Feeds write them, views read them; `lock` makes both whole."""

    def __init__(self, pair: Pair, venues: Sequence[str], on_change: Callable[[Market], None]) -> None:
        self.pair = pair
        self.name = str(pair)
        self.lock = BookLock()
        """Shared by all books and entries of this market."""
        self.consistency_lock = ConsistencyLock()
        """Held while a book, its times and its state change together, and while a message is made of them: `lock`
        makes each step whole, this the sum of them. Never held for longer than a frame or a message takes."""
        self.entries: dict[str, BookStatus] = {venue: self._entry(venue) for venue in venues}
        """By venue. Replaced, never changed, when a venue comes or goes: whoever iterates sees one state of it."""
        self.trades: dict[str, int] = {}
        """By venue: how many trades came from it so far. Each venue writes its own."""
        self.trade_gaps: dict[str, int] = {}
        """By venue: how many gaps in its trades were reported so far. Each venue writes its own."""
        self.watched = 0
        """Open streams of this market: its books are built before the books of markets without streams."""
        self._counting = threading.Lock()
        self.changed = ChangeMark(partial(on_change, self))
        """Called where a book or a state changed, on feed threads: it only leaves a mark. While that stands further
        calls do nothing, unless `changed.every` says that each of them counts."""
        self.journal = StateLogger(self.name)
        """Tells the log when a venue's book comes or goes; written by the dispatcher thread."""

    @property
    def dirty(self) -> bool:
        """Set when a change is noted, cleared before the books are read."""
        return self.changed.marked

    @dirty.setter
    def dirty(self, value: bool) -> None:
        self.changed.marked = value

    def _entry(self, venue: str) -> BookStatus:
        entry = BookStatus(venue, self.lock)
        entry.state = VenueState.CONNECTING
        return entry

    @property
    def venues(self) -> tuple[str, ...]:
        """Names of the venues, in the order of their indexes."""
        return tuple(self.entries)

    def watch(self, more: int) -> None:
        """Adds to the number of open streams of this market; negative: subtracts."""
        with self._counting:
            self.watched += more

    def add_venue(self, venue: str) -> None:
        """A venue is read from now on; it comes last."""
        with self.consistency_lock:
            self.entries = {**self.entries, venue: self._entry(venue)}
        self.changed()

    def remove_venue(self, venue: str) -> None:
        """A venue is no longer read. Its feed may continue to write to its entry, which has no readers any more."""
        with self.consistency_lock:
            self.entries = {name: entry for name, entry in self.entries.items() if name != venue}
        self.journal.forget(venue)
        self.changed()

    def report(self, venue: str, state: VenueState, detail: str) -> None:
        """A venue's state that is known without a book: unlisted, halted, unreachable. Ignored for a removed venue."""
        entry = self.entries.get(venue)
        if entry is None:
            return
        with self.consistency_lock:
            entry.detail = detail
            entry.state = state
        self.changed()

    def live_venues(self) -> list[str]:
        """Venues whose book is proved now."""
        return [name for name, entry in self.entries.items() if entry.state == VenueState.LIVE]

    def states(self) -> tuple[tuple[str, int, str, int, int, int], ...]:
        """The content of a status message per venue, without times: equal tuples need no new message."""
        return tuple(
            (name, entry.state, entry.detail, entry.resyncs, entry.gaps, entry.trades_state)
            for name, entry in self.entries.items()
        )

    def view(
        self,
        levels: int,
        dust: Decimal,
        venues: Sequence[str] = (),
        vwap_levels: int = DEFAULT_VWAP_LEVELS,
    ) -> ConsolidatedView:
        """A merged view of these venues (none: all), if the market has them. It belongs to one thread at a time."""
        entries = [entry for name, entry in self.entries.items() if not venues or name in venues]
        return ConsolidatedView(self.name, entries, levels=levels, dust=dust, vwap_levels=vwap_levels)
