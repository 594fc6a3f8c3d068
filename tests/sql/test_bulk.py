"""On real servers, rows that are written in any number of batches leave what a day file has after them."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.history.candle_row import Comparison
from server.history.schema import Kind
from server.sql import bulk
from server.sql.address import Address
from server.sql.connection import Connection
from server.sql.rules import columns, without_copies
from tests.history.samples import candle

from .test_rules import VALUES, stored


@pytest.mark.parametrize("kind", Kind)
def test_what_stays_is_what_a_day_file_has(address: Address, kind: Kind) -> None:
    connection = Connection(address, 20.0)
    connection.stage()
    rows = st.lists(st.tuples(st.integers(1, 2), VALUES[kind]).map(lambda n: (n[0], *n[1])), min_size=1, max_size=8)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(rows, max_size=4))
    def check(batches: list[list[tuple[Any, ...]]]) -> None:
        connection.execute(f"delete from {kind.value}")
        for batch in batches:
            connection.insert(kind, without_copies(kind, batch))
            connection.commit()
        names = ", ".join(f"{kind.value}.{name}" for name in columns(kind))
        found = {_plain(row) for row in connection.execute(f"select {names} from {kind.value}")}
        assert found == {_plain(row) for row in stored(kind, [row for batch in batches for row in batch])}

    try:
        check()
    finally:
        connection.close()


def test_a_candle_replaces_another_one_whole_or_not_at_all(address: Address) -> None:
    connection = Connection(address, 20.0)
    connection.stage()
    made = [_candle(*rank) for rank in product((0, 1), (2, 3), (None, 5, 6))]
    names = ", ".join(f"candle.{name}" for name in columns(Kind.CANDLE))
    for first, second in product(made, made):
        connection.execute("delete from candle")
        for row in (first, second):
            connection.insert(Kind.CANDLE, [row])
            connection.commit()
        (found,) = connection.execute(f"select {names} from candle")
        (expected,) = stored(Kind.CANDLE, [first, second])
        assert _plain(found) == _plain(expected), (first, second)
    connection.close()


def _candle(revision: int, state: int, compared: int | None) -> tuple[Any, ...]:
    """A candle of this rank whose other numbers are its own."""
    close = 6_000_000 + 100 * revision + 10 * state + (compared or 0)
    none = (None,) * 5
    other = None if compared is None else Comparison(compared, Decimal(close), *none, compared > 5)
    row = candle(revision, state, close)._replace(comparison=other, volume=Decimal(close))
    return (1, *row.values())


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Decimals, and texts of decimals, as numbers."""
    return tuple(map(_number, row))


def _number(value: Any) -> Any:
    try:
        return Decimal(value) if isinstance(value, str | Decimal) else value
    except ArithmeticError:
        return value


def test_the_lowest_part_of_a_rank_is_assigned_first() -> None:
    """These servers see what was assigned before: each condition must still be true then."""
    statement = bulk.upsert(Kind.CANDLE).partition("update ")[2]
    places = [statement.index(f"`{name}` = if(") for name in ("volume", "compared_ns", "state", "revision")]
    assert places == sorted(places)
