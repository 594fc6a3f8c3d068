"""Candles as rows: exact, with the comparison, and without prices where there were no trades."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from server.analytics.candles.candle import Reconciliation
from server.history_source.candle_rows import candle_row
from server.history_source.row_markets import RowMarkets
from server.model import Pair
from tests.analytics.candles.test_published import candle

PAIR = Pair("BTC", "USDT")


def test_prices_are_mantissas_of_the_market() -> None:
    compared = Reconciliation(7, None, None, None, None, None, None, alarm=False)
    made = replace(candle(3), open=Decimal("100.25"), reconciliation=compared)
    row = candle_row(RowMarkets(), PAIR, "a", made)
    assert row.market.price_of(row.open or 0) == Decimal("100.25")
    assert (row.interval, row.trades, row.state, row.source, row.revision) == ("1s", 2, 2, 1, 0)
    assert row.comparison is not None
    assert row.comparison.time == 7


def test_without_trades_there_are_no_prices() -> None:
    row = candle_row(RowMarkets(), PAIR, "", candle(3, 0))
    assert (row.open, row.high, row.low, row.close, row.trades) == (None, None, None, None, 0)
    assert row.comparison is None
