"""One venue during a replay: its messages, connections and answers, and its books."""

from __future__ import annotations

from collections.abc import Sequence

from .book_watch import BookWatch
from .connection_watch import ConnectionWatch
from .distribution import Distribution
from .gap_report import Disconnect, VenueReport
from .report_window import ReportWindow
from .sentences import venue_sentence

KEPT = 1000
"""Disconnects of a venue that are named at most: the longest."""


class VenueWatch:
    """Counts what a venue sent. Times are nanoseconds UTC and never fall."""

    def __init__(self, venue: str, window: ReportWindow) -> None:
        self.venue = venue
        self.books: dict[str, BookWatch] = {}
        """By pair."""
        self._window = window
        self._messages = self._bytes = self._answers = self._answer_bytes = self._failed = 0
        self._by_part = [0] * window.parts
        self._connections: list[ConnectionWatch] = []

    def book(self, pair: str) -> BookWatch:
        """The book of this pair; made where it is missing."""
        if pair not in self.books:
            self.books[pair] = BookWatch(pair, self._window)
        return self.books[pair]

    def connection(self, number: int, pairs: Sequence[str]) -> ConnectionWatch:
        """A new connection that carries these pairs."""
        books = [self.book(pair) for pair in dict.fromkeys(pairs)]
        for book in books:
            book.subscribed = True
        made = ConnectionWatch(number, books, self._window)
        self._connections.append(made)
        return made

    def message(self, now: int, size: int) -> None:
        """A message of `size` bytes came on one of the venue's connections."""
        if now >= self._window.begin:
            self._messages += 1
            self._bytes += size
            self._by_part[self._window.part(now)] += 1

    def answer(self, now: int, size: int) -> None:
        """An answer by REST came."""
        if now >= self._window.begin:
            self._answers += 1
            self._answer_bytes += size

    def failed(self, now: int) -> None:
        """A request had no answer."""
        self._failed += now >= self._window.begin

    def result(self) -> VenueReport:
        """The report of this venue; after all connections and books are finished."""
        books = [book for _, book in sorted(self.books.items())]
        reports = tuple(book.result() for book in books if book.subscribed)
        frames, trades = Distribution(), Distribution()
        for book in books:
            frames.merge(book.latency)
            trades.merge(book.trades.latency)
        ended = [each for connection in self._connections for each in connection.disconnects]
        lengths = [each.end_ns - each.begin_ns for each in ended]
        offset = next((book.clock_offset for book in books if book.clock_offset is not None), None)
        return VenueReport(
            self.venue, venue_sentence(self.venue, reports, lengths), self._messages, self._bytes, self._answers,
            self._answer_bytes, self._failed, sum(each.opened_count for each in self._connections), len(ended),
            sum(lengths), max(lengths, default=0), _longest(ended), offset, frames.latency(), trades.latency(),
            tuple(self._by_part), reports, tuple(book.pair for book in books if not book.subscribed),
        )  # fmt: skip


def _longest(ended: Sequence[Disconnect]) -> tuple[Disconnect, ...]:
    kept = sorted(ended, key=lambda each: each.begin_ns - each.end_ns)[:KEPT]
    return tuple(sorted(kept, key=lambda each: (each.begin_ns, each.connection)))
