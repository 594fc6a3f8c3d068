"""Finds books among the chunks of one day file."""

from __future__ import annotations

import sqlite3

from .book_chunk import SPAN, ChunkRow
from .markets import Market
from .pages import Key, Range
from .rows import BookRow
from .schema import COLUMNS, Kind

Found = dict[Key, BookRow]
"""Books by time and sequence: a book that two chunks hold is one book."""


def read_books(database: sqlite3.Connection, market_id: int, market: Market, wanted: Range) -> Found:
    """The first limit + 1 books of the range, and maybe more.

    Chunks of one market may overlap, where books were written again or a clock was set back. They are at most SPAN
    long: so a chunk that begins later than the books which are wanted has none of them.
    """
    start, end = wanted.narrowed()
    order = "desc" if wanted.newest_first else "asc"
    query = (
        f"select {COLUMNS[Kind.CHUNK]} from book_chunk where market_id = ? and first_ns >= ? and first_ns < ?"
        f" order by first_ns {order}, first_sequence {order}"
    )
    found: Found = {}
    last: int | None = None
    """Time of the last book that the page needs, once there are enough."""
    for values in database.execute(query, (market_id, start - SPAN, end)):
        chunk = ChunkRow.read(market, values)
        if last is not None and _behind(chunk, last, wanted.newest_first):
            break
        if chunk.last_time < (start if last is None or not wanted.newest_first else last):
            continue
        books = {(book.time, book.sequence): book for book in chunk.unpacked()}
        found.update({key: book for key, book in books.items() if wanted.holds(key)})
        if len(found) > wanted.limit:
            last = sorted(found, reverse=wanted.newest_first)[wanted.limit][0]
    return found


def _behind(chunk: ChunkRow, last: int, newest_first: bool) -> bool:
    """Whether this chunk and all that follow have no book up to the last one that is needed."""
    return chunk.first_time + SPAN < last if newest_first else chunk.first_time > last
