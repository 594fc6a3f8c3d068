"""Books of the past over several venues: what was kept of each venue at one time, together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ..model import VenueState
from ..units import SECOND
from .day_reader import Source
from .pages import MOST_ROWS
from .rows import BookRow, StatusRow
from .store import HistoryStore

REACH = 2 * SECOND
"""How long before a time a book may have been kept to be the book of that time: books are kept once per second."""
STATES_REACH = 7 * 86_400 * SECOND
"""How far back a venue's state is looked for."""


class Priced(NamedTuple):
    """A level of a merged book."""

    price: Decimal
    quantity: Decimal
    venue: str


class MergedBook(NamedTuple):
    """The books of several venues at one time."""

    time: int
    """When the newest of them was kept, nanoseconds UTC; 0: there is none."""
    bids: list[Priced]
    """Best first; of equal prices the larger quantity first, then in the order of the venues."""
    asks: list[Priced]
    kept: dict[str, int]
    """By venue: when its book was kept. Venues without a book are missing."""


def merged(books: Mapping[str, BookRow | None]) -> MergedBook:
    """The books of some venues as one."""
    rows = {venue: row for venue, row in books.items() if row is not None}
    sides: tuple[list[Priced], list[Priced]] = [], []
    for venue, row in rows.items():
        for side, levels in zip(sides, (row.bids, row.asks), strict=True):
            side += [Priced(row.market.price_of(p), row.market.quantity_of(q), venue) for p, q in levels]
    bids, asks = sides
    bids.sort(key=lambda level: (-level.price, -level.quantity))
    asks.sort(key=lambda level: (level.price, -level.quantity))
    kept = {venue: row.time for venue, row in rows.items()}
    return MergedBook(max(kept.values(), default=0), bids, asks, kept)


class MergedBooks:
    """Reads merged books of a pair's venues. All methods raise HistoryError."""

    def __init__(self, store: HistoryStore, base: str, quote: str, venues: Sequence[str]) -> None:
        self._store = store
        self._sources = {venue: Source(venue, base, quote) for venue in venues}

    def at(self, time: int, states: Mapping[str, StatusRow]) -> MergedBook:
        """The book of a time: of each venue the last one that was kept up to then, at most REACH before, unless the
        venue's book was withdrawn meanwhile. `states` are those of the same time."""
        books = {venue: self._store.book_at(source, time, REACH) for venue, source in self._sources.items()}
        for venue, state in states.items():
            book = books[venue]
            if book is not None and state.state is not VenueState.LIVE and state.time >= book.time:
                books[venue] = None
        return merged(books)

    def states(self, time: int) -> dict[str, StatusRow]:
        """The state of each venue at a time, where one is known."""
        found = {}
        for venue, source in self._sources.items():
            page = self._store.status(source, time - STATES_REACH, time + 1, limit=1, newest_first=True)
            if page.rows:
                found[venue] = page.rows[0]
        return found

    def between(self, start: int, end: int, limit: int, *, newest_first: bool = False) -> list[MergedBook]:
        """The first books of [start, end), at most `limit`: one per time at which books were kept."""
        by_time: dict[int, dict[str, BookRow | None]] = {}
        whole: list[int] = []
        wanted = min(limit + 1, MOST_ROWS)
        for venue, source in self._sources.items():
            page = self._store.books(source, start, end, limit=wanted, newest_first=newest_first)
            for row in page.rows:
                by_time.setdefault(row.time, {})[venue] = row
            if page.next:
                whole.append(page.rows[-1].time)
        times = sorted(by_time, reverse=newest_first)
        if whole:
            # Behind the end of a page the books of its venue are not known.
            edge = max(whole) if newest_first else min(whole)
            times = [time for time in times if (time >= edge if newest_first else time <= edge)]
        return [merged(by_time[time]) for time in times[:limit]]
