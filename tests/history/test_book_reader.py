"""Books are found in chunks that overlap, in both directions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.history.book_chunk import packed
from server.history.book_reader import read_books
from server.history.pages import made_range
from server.history.rows import BookRow
from server.history.schema import INSERT, TABLES, Kind
from server.units import SECOND
from tests.volume import examples

from .samples import BTC, NOON, book


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.executescript(TABLES)
    yield made
    made.close()


RUNS = st.lists(st.tuples(st.integers(0, 100), st.integers(1, 30)), max_size=8)
"""First number and count of consecutive books, 1.9 s apart: one chunk each, which overlap, as those of rebuilds do."""


@settings(max_examples=examples(60), deadline=None)
@given(RUNS, st.integers(-5, 250), st.integers(-5, 250), st.integers(1, 40), st.booleans())
def test_against_a_list(
    database: sqlite3.Connection, runs: list[tuple[int, int]], start: int, end: int, limit: int, newest: bool
) -> None:
    database.execute("delete from book_chunk")
    model: set[BookRow] = set()
    for first, count in runs:
        books = [book(number, step=SECOND * 19 // 10, levels=1) for number in range(first, first + count)]
        model.update(books)
        database.execute(INSERT[Kind.CHUNK], (1, *packed(books).values()))
    wanted = made_range(Kind.CHUNK, NOON + start * SECOND, NOON + end * SECOND, "", limit, newest)
    found = read_books(database, 1, BTC, wanted)
    expected = sorted((each for each in model if wanted.start <= each.time < wanted.end), reverse=newest)
    assert [found[key] for key in sorted(found, reverse=newest)][:limit] == expected[:limit]
    assert (len(found) > limit) == (len(expected) > limit)
