"""Whether two servers had the same books: digests of venues' books, compared at equal sequence numbers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

KEPT = 10_000
"""Sequence numbers of one book that are remembered of each server."""
SHOWN = 20
"""Differences that are kept at most."""

Book = tuple[str, str]
"""Market and venue."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One book that is not the same on both servers."""

    market: str
    venue: str
    sequence: int
    """The venue's sequence number of both states."""
    digests: tuple[int, int]
    """Of the first server, and of the second."""
    receive_time_nanos: tuple[int, int]
    """When each server received the frame, UTC."""


@dataclass
class BookComparison:
    """What was compared of one book."""

    equal: int = 0
    different: int = 0
    seen: tuple[OrderedDict[int, tuple[int, int]], OrderedDict[int, tuple[int, int]]] = field(
        default_factory=lambda: (OrderedDict(), OrderedDict())
    )
    """By server: digest and receive time by sequence number."""


class DigestComparison:
    """Takes the states of two servers (0 and 1), in any order, on any thread."""

    def __init__(self) -> None:
        self.books: dict[Book, BookComparison] = {}
        self.first: list[Difference] = []
        """The first differences."""
        self._lock = threading.Lock()

    @property
    def equal(self) -> int:
        """States that were equal."""
        return sum(book.equal for book in self.books.values())

    @property
    def different(self) -> int:
        """States that were not."""
        return sum(book.different for book in self.books.values())

    def take(self, server: int, market: str, venue: str, sequence: int, digest: int, receive_time: int) -> None:
        """A state. States without a book or a sequence number say nothing, and neither does one that came before."""
        if not digest or sequence <= 0:
            return
        with self._lock:
            book = self.books.setdefault((market, venue), BookComparison())
            mine, other = book.seen[server], book.seen[1 - server]
            if sequence in mine:
                return
            mine[sequence] = digest, receive_time
            if len(mine) > KEPT:
                mine.popitem(last=False)
            if sequence in other:
                self._compare(book, (market, venue), sequence)

    def _compare(self, book: BookComparison, name: Book, sequence: int) -> None:
        (first, first_time), (second, second_time) = book.seen[0][sequence], book.seen[1][sequence]
        if first == second:
            book.equal += 1
            return
        book.different += 1
        if len(self.first) < SHOWN:
            found = Difference(*name, sequence, (first, second), (first_time, second_time))
            self.first.append(found)
