"""A candle of the history is the candle that was put there."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from server.analytics.candles.candle import Candle, CandleSource, CandleState, Reconciliation
from server.analytics.candles.past_candles import PastCandles
from server.analytics.intervals import Interval
from server.history.candle_row import Comparison
from server.history.store import HistoryStore
from server.model import Pair
from tests.history.samples import NOON, candle, write


def test_all_numbers_come_back(tmp_path: Path) -> None:
    comparison = Comparison(NOON + 9, Decimal(1), Decimal(2), Decimal(-3), None, Decimal("0.5"), None, True)
    row = candle(3)._replace(comparison=comparison, open_interest=Decimal("12.5"), source=2)
    write(tmp_path, [row])
    minute = Interval.parse("1m")
    (found,) = PastCandles(HistoryStore(tmp_path)).read(Pair("BTC", "USDT"), "venue_a", minute, 0, NOON + 1, 10)
    assert found == Candle(
        minute, NOON, row.close_time, Decimal(60000), Decimal(61000), Decimal(59000), Decimal(60000),
        Decimal("1.5"), Decimal("90000.123"), 7, CandleState.COMPLETE, CandleSource.VENUE, 3,
        Reconciliation(NOON + 9, Decimal(1), Decimal(2), Decimal(-3), None, Decimal("0.5"), None, True),
        Decimal("12.5"),
    )  # fmt: skip
