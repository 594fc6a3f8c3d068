"""Gathers the books of each market until a chunk is full or old, and takes a sample of them for SQL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NamedTuple

from ..units import SECOND
from .book_chunk import BOOKS, SPAN, ChunkRow, packed
from .folder import day_of
from .markets import Market
from .rows import BookRow, Level, Values

SAMPLE_EVERY = 10 * SECOND
"""Nanoseconds of the books' own time between two samples of one market."""


class SampleRow(NamedTuple):
    """One row of the table book_sample: a whole book that SQL can read without decompression."""

    market: Market
    time: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]

    def values(self) -> Values:
        return self.time, _flat(self.bids), _flat(self.asks)

    @classmethod
    def read(cls, market: Market, values: Values) -> SampleRow:
        time, bids, asks = values
        return cls(market, time, _levels(bids), _levels(asks))


def _flat(levels: tuple[Level, ...]) -> str:
    """The levels as a JSON list of mantissas: price, quantity, price, quantity, ..."""
    return json.dumps([number for level in levels for number in level], separators=(",", ":"))


def _levels(text: str) -> tuple[Level, ...]:
    numbers = json.loads(text)
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


@dataclass(slots=True)
class _Open:
    """The books of a chunk that is not yet closed."""

    books: list[BookRow]
    since: float
    """When the first one was added, seconds of the writer's clock."""


class BookBuffer:
    """The open chunks of all markets."""

    def __init__(self, books: int = BOOKS, sample_every: int = SAMPLE_EVERY) -> None:
        self._most, self._sample_every = books, sample_every
        self._open: dict[Market, _Open] = {}
        self._sampled: dict[Market, int] = {}

    @property
    def waiting(self) -> int:
        """Books in open chunks."""
        return sum(len(each.books) for each in self._open.values())

    def add(self, book: BookRow, now: float) -> list[ChunkRow | SampleRow]:
        """Adds a book; returns the rows that are complete by that. Raises NumberError for a book that cannot be kept.

        A chunk is of one day, and its times never fall: a book that does not follow begins another chunk.
        """
        book.check()
        rows: list[ChunkRow | SampleRow] = []
        found = self._open.get(book.market)
        if found is not None and not _follows(found.books, book):
            rows.append(self._closed(book.market))
            found = None
        if found is None:
            found = self._open[book.market] = _Open([], now)
        found.books.append(book)
        if len(found.books) >= self._most:
            rows.append(self._closed(book.market))
        slot = book.time // self._sample_every
        if self._sampled.get(book.market) != slot:
            self._sampled[book.market] = slot
            rows.append(SampleRow(book.market, book.time, book.bids, book.asks))
        return rows

    def close_older(self, than: float) -> list[ChunkRow]:
        """Closes the chunks that were begun at this time (seconds of the writer's clock) or before."""
        return [self._closed(market) for market, each in list(self._open.items()) if each.since <= than]

    def close_all(self) -> list[ChunkRow]:
        """Closes all chunks."""
        return [self._closed(market) for market in list(self._open)]

    def _closed(self, market: Market) -> ChunkRow:
        return packed(self._open.pop(market).books)


def _follows(books: list[BookRow], book: BookRow) -> bool:
    first, last = books[0], books[-1]
    in_order = (last.time, last.sequence) <= (book.time, book.sequence)
    return in_order and book.time - first.time <= SPAN and day_of(book.time) == day_of(first.time)
