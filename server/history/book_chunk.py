"""A chunk: consecutive books of one market, packed and compressed together. docs/history.md describes the bytes.

A payload is, of n books, all integers little-endian: n times (int64), n sequence numbers (int64), n numbers of bids
(uint8), n numbers of asks (uint8), then the levels of all books, bids before asks, best first, each price and quantity
(int64, int64). Neighbouring books are nearly equal, so zstd finds a whole book again; differences would hide that.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..neighbours import recording
from ..units import SECOND
from .errors import HistoryError, Trouble
from .markets import Market
from .rows import BookRow, Level, Values

BOOKS = 64
"""Most books of one chunk."""
SPAN = 60 * SECOND
"""Most time between the first and the last book of a chunk, nanoseconds: bounds where a reader has to look."""


LEVEL = 3
"""Of zstd. At level 1 a chunk takes a fifth more and no less time, as packing takes longer than compressing."""


class ChunkRow(NamedTuple):
    """One row of the table book_chunk."""

    market: Market
    first_time: int
    first_sequence: int
    last_time: int
    books: int
    codec: int
    """0: the payload as it is; 1: zstd."""
    length: int
    """Bytes of the payload."""
    data: bytes
    """The payload as it is stored."""

    @property
    def time(self) -> int:
        """The time that says in which day's file the chunk is."""
        return self.first_time

    def values(self) -> Values:
        return tuple(self[1:])

    @classmethod
    def read(cls, market: Market, values: Values) -> ChunkRow:
        return cls(market, *values)

    def unpacked(self) -> list[BookRow]:
        """The books. Raises HistoryError if the chunk is damaged."""
        try:
            payload = recording.codecs.raw(self.codec, self.data, self.length)
            return list(_books(self.market, payload, self.books))
        except (ValueError, struct.error) as error:
            raise HistoryError(
                f"a chunk of books of {self.market.pair} cannot be read: {error}", Trouble.CORRUPT
            ) from error


def packed(books: Sequence[BookRow]) -> ChunkRow:
    """Books of one market, at least one, in order of time, as one row."""
    count = len(books)
    numbers: list[int] = []
    for book in books:
        for level in (*book.bids, *book.asks):
            numbers += level
    payload = b"".join(
        (
            struct.pack(f"<{count}q", *(book.time for book in books)),
            struct.pack(f"<{count}q", *(book.sequence for book in books)),
            bytes(len(book.bids) for book in books),
            bytes(len(book.asks) for book in books),
            struct.pack(f"<{len(numbers)}q", *numbers),
        )
    )
    compressor = recording.codecs.Compressor(level=LEVEL)
    first, last = books[0], books[-1]
    stored = compressor.stored(payload)
    codec, length = int(compressor.codec), len(payload)
    return ChunkRow(first.market, first.time, first.sequence, last.time, count, codec, length, stored)


def _books(market: Market, payload: bytes, count: int) -> Iterator[BookRow]:
    times = struct.unpack_from(f"<{count}q", payload)
    sequences = struct.unpack_from(f"<{count}q", payload, 8 * count)
    bids, asks = payload[16 * count : 17 * count], payload[17 * count : 18 * count]
    levels = sum(bids) + sum(asks)
    numbers = struct.unpack(f"<{2 * levels}q", payload[18 * count :])
    pairs: tuple[Level, ...] = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    at = 0
    for time, sequence, bid_count, ask_count in zip(times, sequences, bids, asks, strict=True):
        middle, end = at + bid_count, at + bid_count + ask_count
        yield BookRow(market, time, sequence, pairs[at:middle], pairs[middle:end])
        at = end
