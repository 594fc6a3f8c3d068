"""Books become chunks that are full or old, and samples."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.history.book_buffer import BookBuffer, SampleRow
from server.history.book_chunk import SPAN, ChunkRow
from server.history.folder import DAY, day_of
from server.history.rows import BookRow
from server.units import SECOND

from . import samples
from .samples import BTC, FINER, NOON, book


def chunks(rows: list[ChunkRow | SampleRow]) -> list[ChunkRow]:
    return [row for row in rows if isinstance(row, ChunkRow)]


def test_a_full_chunk_is_closed() -> None:
    buffer = BookBuffer(books=3)
    found = [len(chunks(buffer.add(book(number), 0.0))) for number in range(7)]
    assert found == [0, 0, 1, 0, 0, 1, 0]
    assert buffer.waiting == 1


def test_an_old_chunk_is_closed() -> None:
    buffer = BookBuffer()
    buffer.add(book(1), 5.0)
    buffer.add(book(2, FINER), 6.0)
    assert [chunk.market for chunk in buffer.close_older(5.0)] == [BTC]
    assert [chunk.market for chunk in buffer.close_all()] == [FINER]
    assert buffer.waiting == 0


def test_books_that_do_not_follow_begin_a_chunk() -> None:
    first = book(1)
    for time in (first.time - 1, first.time + SPAN + 1, first.time + DAY):
        buffer = BookBuffer()
        buffer.add(first, 0.0)
        assert len(chunks(buffer.add(first._replace(time=time), 0.0))) == 1


def test_one_sample_per_ten_seconds() -> None:
    buffer = BookBuffer()
    rows = [row for number in range(250) for row in buffer.add(book(number), 0.0) if isinstance(row, SampleRow)]
    assert [row.time for row in rows] == [NOON + number * 10 * SECOND for number in range(3)]
    assert SampleRow.read(BTC, rows[0].values()) == rows[0]


@given(st.lists(samples.books))
def test_nothing_is_lost(books: list[BookRow]) -> None:
    buffer = BookBuffer(books=3)
    closed = [chunk for each in books for chunk in chunks(buffer.add(each, 0.0))]
    closed += buffer.close_all()
    assert sorted(each for chunk in closed for each in chunk.unpacked()) == sorted(books)
    for chunk in closed:
        assert chunk.last_time - chunk.first_time <= SPAN
        assert day_of(chunk.last_time) == day_of(chunk.first_time)
