"""Rows of records: exact, and the same whoever makes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from server.edge.decoder import RecordError
from server.history.candle_row import CandleRow
from server.history.errors import NumberError
from server.history.intake import Row
from server.history.rows import BookRow, MetricRow, OpenInterestRow, StatusRow, TradeGapRow, TradeRow
from server.model import Side, VenueState
from server.topic_history.record_rows import RecordRows
from server.units import SECOND
from tests.edge.test_candle_decoder import OPENED

from .records import KEY, NOW, OF_ALL, book, candle, gap, reference, status, summary, trade


def one(kind: str, key: bytes, value: bytes, rows: RecordRows | None = None) -> Any:
    [row] = (rows or RecordRows()).of(kind, key, value)
    return row


def test_a_trade() -> None:
    row = one("trade", KEY, trade(7))
    assert isinstance(row, TradeRow)
    assert (row.trade_id, row.side, row.time, row.received) == ("7", Side.BUY, NOW + 7, NOW + 8)
    assert row.market.price_of(row.price) == Decimal("100.57")
    assert row.market.quantity_of(row.quantity) == Decimal("0.5")
    assert (row.market.venue, row.market.pair) == ("binance", "BTC/USDT")


def test_the_same_trade_of_another_ingester_is_the_same_row_but_for_its_receipt() -> None:
    first, second = (one("trade", KEY, trade(7, epoch=epoch)) for epoch in (1, 2))
    assert first.values()[:-1] == second.values()[:-1]
    assert first.market == second.market


def test_missing_trades() -> None:
    row = one("trade", KEY, gap())
    assert row == TradeGapRow(row.market, NOW, "7", "9", 1)
    lost, kept = RecordRows().of("trade", KEY, trade(7, dropped=3))
    assert isinstance(lost, TradeGapRow)
    assert (lost.after_id, lost.before_id) == ("", "7")
    assert isinstance(kept, TradeRow)


def test_a_candle() -> None:
    row = one("candle", OF_ALL, candle())
    assert isinstance(row, CandleRow)
    assert (row.interval, row.open_time, row.revision, row.volume) == ("1m", OPENED, 3, Decimal("1.2345"))


def test_a_book_per_second() -> None:
    rows = RecordRows()
    made = [rows.of("book", KEY, book(published=NOW + at * SECOND // 4, number=at + 1)) for at in range(9)]
    found = [row for each in made for row in each]
    assert [(row.time - NOW) // SECOND for row in found] == [0, 1, 2]
    first = found[0]
    assert isinstance(first, BookRow)
    assert first.sequence == 1
    best = first.bids[0]
    assert (first.market.price_of(best[0]), first.market.quantity_of(best[1])) == (Decimal("10.5"), Decimal(2))
    assert rows.of("book", KEY, book(published=NOW + 10 * SECOND, state=int(VenueState.STALE))) == []


def test_prices_per_second() -> None:
    rows = RecordRows()
    row = one("stat", OF_ALL, summary(NOW + 5), rows)
    assert isinstance(row, MetricRow)
    assert (row.time, row.market.venue) == (NOW, "")
    assert row.market.price_of(row.bid or 0) == Decimal("100.5")
    assert (row.ask, row.ask_quantity) == (None, None)
    assert (row.vwap_price, row.average_30s, row.coverage_30s) == (Decimal("100.51"), Decimal("100.5"), 500_000)
    assert (row.average_60s, row.coverage_60s) == (None, 0)
    assert rows.of("stat", OF_ALL, summary(NOW + 6)) == []


def test_states_when_they_change() -> None:
    rows = RecordRows()
    live, stale = int(VenueState.LIVE), int(VenueState.STALE)
    found = [rows.of("quality", OF_ALL, status(state, NOW + at)) for at, state in enumerate((live, live, stale))]
    assert [len(each) for each in found] == [1, 0, 1]
    row = found[2][0]
    assert row == StatusRow(row.market, NOW + 2, VenueState.STALE, "why")


def test_open_interest_and_markets_that_are_removed() -> None:
    row = one("ref", OF_ALL, reference())
    assert row == OpenInterestRow(row.market, NOW, Decimal("5000.5"), NOW)
    assert RecordRows().of("ref", OF_ALL, None) == []


def test_the_same_records_make_the_same_rows_in_any_reader() -> None:
    """Whatever was read before them."""
    values = [
        ("trade", KEY, trade(7)),
        ("trade", KEY, gap()),
        ("candle", OF_ALL, candle()),
        ("ref", OF_ALL, reference()),
    ]
    alone = [RecordRows().of(*value) for value in values]
    rows = RecordRows()
    before: list[Row] = rows.of("trade", KEY, trade(1))
    assert before
    assert [rows.of(*value) for value in values] == alone


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("trade", b"nonsense", b""), ("trade", KEY, b"\xff"), ("candle", OF_ALL, b"\xff"), ("book", KEY, b"\xff"),
        ("stat", OF_ALL, b"\xff"), ("quality", OF_ALL, b"\xff"), ("quality", OF_ALL, status(99)),
        ("ref", OF_ALL, b"\xff"),
        ("ref", OF_ALL, reference("many")), ("ref", OF_ALL, reference("NaN")),
        ("stat", OF_ALL, summary(price_exponent=99)),
    ],
)  # fmt: skip
def test_what_breaks_the_contract_is_an_error(kind: str, key: bytes, value: bytes) -> None:
    with pytest.raises((RecordError, NumberError)):
        RecordRows().of(kind, key, value)
