"""Chunks hold books exactly, and damage shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.history.book_chunk import ChunkRow, packed
from server.history.errors import HistoryError, Trouble
from server.history.rows import BookRow

from . import samples
from .samples import BTC, book


@given(
    st.lists(st.builds(BookRow, st.just(BTC), *[st.integers(0, 2**62)] * 2, samples.levels, samples.levels), min_size=1)
)
def test_round_trip(books: list[BookRow]) -> None:
    chunk = packed(books)
    assert chunk.unpacked() == books
    assert ChunkRow.read(BTC, chunk.values()) == chunk


def test_levels_up_to_255() -> None:
    books = [book(1, levels=255), book(2, levels=0)]
    assert packed(books).unpacked() == books


def test_neighbouring_books_take_little_space() -> None:
    assert len(packed([book(number) for number in range(64)]).data) < 64 * 640 / 5


@pytest.mark.parametrize("change", [{"data": b"rubbish"}, {"length": 5}, {"codec": 9}, {"books": 3}])
def test_damage_is_an_error(change: dict[str, object]) -> None:
    chunk = packed([book(1), book(2)])._replace(**change)  # type: ignore[arg-type]
    with pytest.raises(HistoryError) as error:
        chunk.unpacked()
    assert error.value.trouble is Trouble.CORRUPT
