"""Which candles and trades of a history belong to candles in progress."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.analytics import market_past
from server.analytics.candles.kept_parts import KeptParts
from server.analytics.candles.resume import ALL
from server.analytics.intervals import Interval
from server.analytics.market_past import MarketPast
from server.analytics.settings import AnalyticsSettings
from server.history.candle_row import COMPLETE, CandleRow
from server.history.intake import Row
from server.history.markets import Market
from server.history.store import HistoryStore
from server.model import Pair
from server.units import SECOND
from tests.history.samples import BTC, NOON, trade, write

WHOLE = BTC._replace(venue="", symbol="BTC/USDT")
SETTINGS = AnalyticsSettings(intervals=tuple(map(Interval.parse, ("1s", "1m", "1h"))), kept=100)


def closed(market: Market, interval: str, second: int) -> CandleRow:
    open_time = NOON + second * SECOND
    return CandleRow(
        market, interval, open_time, Interval.parse(interval).next(open_time), 1, 1, 1, 1, None, None, 1, COMPLETE, 1, 0
    )


def kept(folder: Path) -> KeptParts:
    now = NOON + 200 * SECOND
    return KeptParts(MarketPast(HistoryStore(folder), Pair("BTC", "USDT"), ["venue_a"], now), SETTINGS)


def rows() -> list[Row]:
    """Two minutes and a half, closed to the second 147."""
    made: list[Row] = [trade(number)._replace(time=NOON + number * SECOND) for number in range(150)]
    for market in (BTC, WHOLE):
        made += [closed(market, "1s", second) for second in range(-30, 147)]
        made += [closed(market, "1m", second) for second in (-60, 0, 60)]
    return made


def test_closed_candles_are_those_of_which_longer_ones_consist(tmp_path: Path) -> None:
    write(tmp_path, rows())
    found = kept(tmp_path).read()
    assert found.keys() == {"venue_a", ALL}
    for past in found.values():
        assert past.begin == NOON + 137 * SECOND, "the last ten seconds are made again"
        assert past.last == NOON + 149 * SECOND
        opens = {
            name: [(each.open_time - NOON) // SECOND for each in found_closed]
            for name, found_closed in past.closed.items()
        }
        assert opens == {"1s": [*range(120, 137)], "1m": [0, 60]}
        assert [trade.number for _, trade in past.trades] == [*range(137, 150)]
        assert {venue for venue, _ in past.trades} == {"venue_a"}


def test_a_venue_without_closed_candles_or_with_too_many_trades_starts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "trades", [trade(1)])
    assert kept(tmp_path / "trades").read() == {}
    write(tmp_path / "many", rows())
    monkeypatch.setattr(market_past, "MOST_TRADES", 5)
    monkeypatch.setattr(market_past, "MOST_ROWS", 4)
    assert kept(tmp_path / "many").read() == {}
