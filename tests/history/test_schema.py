"""Tables and the statements that fill them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from server.history.schema import COLUMNS, INSERT, TABLES, Kind, insert_statement


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:")
    made.executescript(TABLES)
    yield made
    made.close()


@pytest.mark.parametrize("kind", Kind)
def test_statements_name_every_column(database: sqlite3.Connection, kind: Kind) -> None:
    found = [row[1] for row in database.execute(f"pragma table_info({kind.value})")]
    named = ["market_id", *COLUMNS[kind].split(", ")]
    generated = {"chunk_id", "sample_id"}
    assert sorted(set(found) - generated) == sorted(named)
    assert insert_statement(kind) == INSERT[kind]


def test_queries_by_market_and_time_use_the_key(database: sqlite3.Connection) -> None:
    query = "select * from trade where market_id = 1 and time_ns >= 2 and (time_ns, trade_key) > (2, 3)"
    plan = database.execute(f"explain query plan {query} order by time_ns, trade_key limit 5").fetchall()
    assert len(plan) == 1
    assert "SEARCH trade USING PRIMARY KEY (market_id=? AND" in plan[0][3]


def test_open_interest_keeps_the_copy_that_was_received_last(database: sqlite3.Connection) -> None:
    for value, received in (("1", 5), ("2", 7), ("3", 6)):
        database.execute(INSERT[Kind.OPEN_INTEREST], (1, 100, value, received))
    assert database.execute("select value from open_interest").fetchall() == [("2",)]


def test_the_longer_copy_of_a_chunk_stays(database: sqlite3.Connection) -> None:
    for books in (3, 7, 5):
        database.execute(INSERT[Kind.CHUNK], (1, 100, 1, 200, books, 0, 0, b""))
    assert database.execute("select books from book_chunk").fetchall() == [(7,)]
