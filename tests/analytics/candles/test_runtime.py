"""Candles of a market that run with the events of its venues, by their clocks."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from server import clock
from server.analytics.candles.candle import Fill
from server.analytics.candles.runtime import CandleEvent, CandleRuntime, candle_source
from server.analytics.intervals import Interval
from server.analytics.market_analytics import MarketAnalytics
from server.analytics.settings import AnalyticsSettings
from server.clock import PlayedClock
from server.market.market import Market
from server.model import Side, Trade
from server.units import SECOND
from tests.market.books import market

ONE, MINUTE = Interval.parse("1s"), Interval.parse("1m")
START = 1_796_040_000 * SECOND


@pytest.fixture(autouse=True)
def played() -> Iterator[None]:
    made = PlayedClock()
    made.install()
    made.set(START, START)
    yield
    clock.restore()


class Rig:
    """One market, and the candles that are published."""

    def __init__(self) -> None:
        self.market = market("A/B", "alpha")
        self.events: list[tuple[Hashable, str, CandleEvent]] = []
        mine = MarketAnalytics(self.market, AnalyticsSettings(intervals=(ONE, MINUTE)), [CandleRuntime], self._emit)
        self.runtime = mine.get(CandleRuntime)

    def _emit(self, market: Market, source: Hashable, venue: str, event: Any, receive_time: int) -> None:
        assert (market, receive_time) == (self.market, 0)
        self.events.append((source, venue, event))

    def trade(self, at: float) -> None:
        time = START + int(at * SECOND)
        self.runtime.trade("alpha", Trade("S", str(time), Decimal(7), Decimal(2), Side.BUY, time), time)


class Watcher:
    def watched(self) -> tuple[str, list[str]]:
        return "alpha", ["1m"]


def test_closed_candles_are_published_for_the_venue_and_for_all_together() -> None:
    rig = Rig()
    rig.trade(0.2)
    rig.runtime.tick(START + SECOND, True)
    rig.events.clear()
    rig.runtime.tick(START + 4 * SECOND, True)
    found = {(venue, event.candle.open_time): event.candle for _, venue, event in rig.events}
    for venue in ("alpha", ""):
        assert found[venue, START].volume == 2
    assert rig.events[0][0] == candle_source(rig.events[0][1], "1s")


def test_an_open_candle_is_published_once_per_second_while_somebody_watches() -> None:
    rig, watcher = Rig(), Watcher()
    rig.trade(0.2)
    rig.runtime.tick(START + SECOND // 2, True)
    rig.events.clear()
    rig.runtime.open_watchers.add(watcher)
    rig.runtime.tick(START + SECOND * 3 // 4, False)
    assert not [each for _, _, each in rig.events if each.candle.interval == MINUTE]
    rig.runtime.tick(START + SECOND, True)
    (event,) = (each for _, _, each in rig.events if each.candle.interval == MINUTE)
    assert (event.candle.trades, event.candle.volume) == (1, 2)


def test_the_clock_of_a_venue_is_read_of_its_books_and_shown() -> None:
    rig = Rig()
    entry = rig.market.entries["alpha"]
    assert entry.clock_uncertainty == 0
    for second in range(10):
        now = START + second * SECOND
        entry.stamp(now - 5 * SECOND, now, now, second + 1)
        rig.runtime.tick(now, True)
    assert entry.clock_uncertainty > 0
    assert abs(entry.clock_offset - 5 * SECOND) < SECOND


def test_a_venue_that_is_removed_takes_its_candles_with_it() -> None:
    rig = Rig()
    rig.trade(0.2)
    rig.runtime.venues_changed(["alpha"])
    assert rig.runtime.candles.candles("alpha", ONE, 0, 2**63 - 1, 9, Fill.NULL, True) == []
