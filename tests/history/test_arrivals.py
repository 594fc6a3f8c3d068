"""Trades and gaps in the order of their receipt: by parts of any length, none is missing and none comes twice."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.history.arrivals import Arrival, Arrivals
from server.history.errors import HistoryError
from server.history.folder import DAY, day_of, day_path
from server.history.rows import TradeGapRow, TradeRow
from server.model import Side
from server.units import SECOND
from tests.volume import examples

from .samples import BTC, FINER, NOON, PEPE, source, trade, write, writer

OTHER = BTC._replace(venue="venue_b")


def arrived(number: int, received: int, market: object = BTC, time: int = NOON) -> TradeRow:
    return TradeRow(market, time, str(number), Side.BUY, 100, 1, received)  # type: ignore[arg-type]


def everything(arrivals: Arrivals, limit: int) -> list[Arrival]:
    found: list[Arrival] = []
    while part := arrivals.read(limit):
        found += part
    return found


rows_strategy = st.lists(
    st.tuples(
        st.sampled_from([BTC, FINER, OTHER, PEPE]),
        st.integers(0, 6),  # received
        st.sampled_from([-DAY, -SECOND, 0, DAY // 2]),  # the trade's own time
        st.booleans(),
    ),
    max_size=40,
)


@given(rows_strategy, st.integers(1, 5), st.integers(0, 6))
@settings(max_examples=examples(60), deadline=None)
def test_the_order_of_receipt_by_parts(choices: list[tuple[object, int, int, bool]], limit: int, begin: int) -> None:
    made: list[Arrival] = []
    for number, (market, received, offset, gap) in enumerate(choices):
        at = NOON + received
        if gap:
            made.append(TradeGapRow(market, at, str(number), "", 1))  # type: ignore[arg-type]
        else:
            made.append(arrived(number, at, market, NOON + offset))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = writer(folder)
        one.add(made)
        one.close()
        arrivals = Arrivals(folder, [source(BTC), source(OTHER)], NOON + begin)
        found = everything(arrivals, limit)
    expected = [row for row in made if row.market.base == "BTC" and row.received >= NOON + begin]
    assert sorted(map(repr, found)) == sorted(map(repr, expected))
    assert [row.received for row in found] == sorted(row.received for row in expected)


def test_what_is_added_later_is_read_later_and_a_rewind_reads_again(tmp_path: Path) -> None:
    write(tmp_path, [arrived(number, NOON + number * SECOND) for number in range(5)])
    arrivals = Arrivals(tmp_path, [source(BTC)], NOON)
    assert len(everything(arrivals, 2)) == 5
    write(tmp_path, [arrived(9, NOON + 3 * SECOND + 1), arrived(10, NOON + 9 * SECOND)])
    arrivals.rewind(2 * SECOND)
    ids = [row.trade_id for row in everything(arrivals, 10) if isinstance(row, TradeRow)]
    assert ids == ["3", "9", "4", "10"]
    arrivals.rewind(100 * SECOND)
    assert len(everything(arrivals, 100)) == 7, "not before the start"


def test_a_day_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, [trade(1)])
    day_path(tmp_path, day_of(NOON)).write_bytes(b"no database" * 1000)
    with pytest.raises(HistoryError):
        Arrivals(tmp_path, [source(BTC)], 0).read(1)
