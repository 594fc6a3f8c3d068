"""The rules for Python are those of the day files."""

from __future__ import annotations

import sqlite3
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.history.candle_row import CandleRow
from server.history.rows import MetricRow, OpenInterestRow, StatusRow, TradeGapRow, TradeRow
from server.history.schema import INSERT, TABLES, Kind
from server.history.views import VIEWS
from server.sql.rules import RULES, columns, without_copies
from tests.history.samples import candles, gaps, interests, metrics, statuses, trades

_chunks = st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 9), st.integers(1, 4)).map(
    lambda n: (n[0], n[1], n[2], n[3], 0, 1, b"x")
)
_samples = st.tuples(st.integers(0, 2), st.sampled_from(["[]", "[1,2]"]), st.just("[]"))
VALUES: dict[Kind, st.SearchStrategy[tuple[Any, ...]]] = {
    Kind.TRADE: trades.map(TradeRow.values),
    Kind.TRADE_GAP: gaps.map(TradeGapRow.values),
    Kind.CANDLE: candles.map(CandleRow.values),
    Kind.METRIC: metrics.map(MetricRow.values),
    Kind.OPEN_INTEREST: interests.map(OpenInterestRow.values),
    Kind.STATUS: statuses.map(StatusRow.values),
    Kind.CHUNK: _chunks,
    Kind.SAMPLE: _samples,
}
"""Values of each kind, with few keys."""


def stored(kind: Kind, rows: list[tuple[object, ...]]) -> set[tuple[object, ...]]:
    """What a day file has after these rows."""
    database = sqlite3.connect(":memory:")
    database.executescript(TABLES + VIEWS)
    database.executemany(INSERT[kind], rows)
    found = set(database.execute(f"select {', '.join(columns(kind))} from {kind.value}"))
    database.close()
    return found


@given(st.data(), st.sampled_from(Kind))
def test_the_rows_that_stay_are_those_of_a_day_file(data: st.DataObject, kind: Kind) -> None:
    rows = data.draw(st.lists(st.tuples(st.integers(1, 2), VALUES[kind]).map(lambda n: (n[0], *n[1])), max_size=20))
    assert set(without_copies(kind, rows)) == stored(kind, rows)


def test_every_kind_has_a_key_of_its_own_columns() -> None:
    for kind in Kind:
        assert set(RULES[kind].key) <= set(columns(kind))
