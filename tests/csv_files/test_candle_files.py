"""Files of candles: one per venue, market and length, whole or not there."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from server.analytics.candles.runtime import CandleRuntime
from server.analytics.engine import AnalyticsEngine
from server.analytics.intervals import Interval
from server.analytics.settings import AnalyticsSettings
from server.clock import PlayedClock
from server.csv_files.candle_files import file_name, write_candles
from server.export.export_error import ExportError
from server.market.market import Market

from .samples import BTC, START, VENUE, small_disk, trade

INTERVALS = tuple(map(Interval.parse, ("1s", "1m", "1mo")))


@pytest.fixture
def market() -> Market:
    return Market(BTC, (VENUE, "silent"), lambda _market: None)


@pytest.fixture
def analytics(market: Market, played: PlayedClock) -> AnalyticsEngine:
    made = AnalyticsEngine(AnalyticsSettings(intervals=INTERVALS), lambda *_: None, lambda _market: None)
    made.market_added(market)
    for number in range(3):
        made.trade(market, VENUE, trade(number), START)
    return made


def test_a_file_per_venue_market_and_length_that_has_candles(
    tmp_path: Path, market: Market, analytics: AnalyticsEngine
) -> None:
    assert write_candles(tmp_path, [market], analytics, 1_796_000_000) == 6
    assert sorted(path.name for path in (tmp_path / "candles").iterdir()) == sorted(
        f"1796000000_{name}_{length}_candle_data.csv"
        for name in ("BTC-USDT", "alpha_BTC-USDT")
        for length in ("1sec", "60sec", "1mo")
    )
    (row,) = csv.DictReader(
        (tmp_path / "candles" / "1796000000_alpha_BTC-USDT_60sec_candle_data.csv").read_text().splitlines()
    )
    assert (row["start"], row["open"], row["close"]) == ("2024-10-04T01:00:00Z", "60000.10", "60002.10")
    assert (row["volume"], row["state"], row["open_var"]) == ("0.00300000", "open", "")


def test_files_of_one_moment_are_replaced(tmp_path: Path, market: Market, analytics: AnalyticsEngine) -> None:
    write_candles(tmp_path, [market], analytics, 1)
    analytics.of(market).get(CandleRuntime).trade(VENUE, trade(3), START)
    assert write_candles(tmp_path, [market], analytics, 1) == 6
    text = (tmp_path / "candles" / file_name(1, VENUE, BTC, INTERVALS[1])).read_text()
    assert "60003.10" in text


def test_a_full_disk_leaves_no_part_of_a_file(tmp_path: Path, market: Market, analytics: AnalyticsEngine) -> None:
    with small_disk(tmp_path, 20_000):
        (tmp_path / "filler").write_bytes(bytes(8_000))
        with pytest.raises(ExportError, match="No space left on device"):
            write_candles(tmp_path, [market], analytics, 1)
        for path in (tmp_path / "candles").iterdir():
            assert path.read_text().endswith("\n"), "a file that is there is whole"
            assert not path.name.startswith(".")
