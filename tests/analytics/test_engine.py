"""What is computed for a market ends with it, and goes by the venues' time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.analytics.candles.candle import Candle, CandleState
from server.analytics.candles.runtime import CandleEvent, CandleRuntime
from server.analytics.engine import AnalyticsEngine
from server.analytics.intervals import Interval
from server.analytics.settings import AnalyticsSettings
from server.analytics.venue_clock import QUICKEST
from server.analytics.vwap.runtime import VwapRuntime
from server.market.market import Market
from server.model import Pair, Side, Trade, TradeGap
from server.units import SECOND


def test_what_was_under_way_does_not_bring_a_removed_market_back() -> None:
    analytics = AnalyticsEngine(AnalyticsSettings(), lambda *_: None, lambda _: None)
    gone, kept = (Market(Pair("BTC", quote), ("a",), lambda _: None) for quote in ("USD", "EUR"))
    for market in (gone, kept):
        analytics.market_added(market)
    assert set(analytics.markets) == {gone, kept}
    analytics.market_removed(gone)
    analytics.trade_gap(gone, "a", TradeGap("1", "3", 1), 2)
    assert analytics.of(gone).market is gone, "a request that was read before is answered"
    assert set(analytics.markets) == {kept}


class Clocks:
    """Ours, which can be set, and the monotonic one, which cannot."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.true = 1_795_000_000 * SECOND
        self.ahead = 0
        monkeypatch.setattr("server.clock.time_ns", lambda: self.true + self.ahead)
        monkeypatch.setattr("server.clock.monotonic_ns", lambda: self.true)

    def now(self) -> int:
        return self.true + self.ahead


def test_the_offset_to_a_venue_is_told_and_candles_close_by_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our clock is 30 s fast, and is put right by somebody in the middle, and then set back by an hour."""
    clocks = Clocks(monkeypatch)
    clocks.ahead = 30 * SECOND
    told: list[Candle] = []

    def emit(_market: object, _source: object, venue: str, event: object, _time: int) -> None:
        if isinstance(event, CandleEvent) and venue == "alpha" and event.candle.state is not CandleState.OPEN:
            told.append(event.candle)

    market = Market(Pair("BTC", "USDT"), ("alpha",), lambda _: None)
    analytics = AnalyticsEngine(AnalyticsSettings(intervals=(Interval.parse("1m"),)), emit, lambda _: None)
    entry = market.entries["alpha"]
    for tick in range(4 * 200):
        if tick == 4 * 70:
            clocks.ahead = 0
        if tick == 4 * 130:
            clocks.ahead = -3600 * SECOND
        clocks.true += SECOND // 4
        entry.stamp(clocks.true - SECOND // 20, clocks.now(), clocks.true, 1)
        trade = Trade("S", str(tick), Decimal(100), Decimal(1), Side.BUY, clocks.true - SECOND // 20)
        analytics.trade(market, "alpha", trade, clocks.now())
        analytics.tick()
        if tick == 4 * 60:
            assert (entry.clock_offset, entry.clock_uncertainty) == (30 * SECOND + SECOND // 20, QUICKEST)
        if tick == 4 * 120:
            assert entry.clock_offset == SECOND // 20
    assert told[0].state is CandleState.PARTIAL_START, "trades of the start are not dropped"
    assert [(each.trades, each.revision) for each in told] == [(80, 0), (240, 0), (240, 0)]
    assert len({each.open_time for each in told}) == len(told)


def test_a_venue_that_goes_and_comes_again_at_once_begins_anew() -> None:
    """Both are under way when the first is heard: what was known of the venue before is forgotten all the same."""
    market = Market(Pair("BTC", "USDT"), ("a", "b"), lambda _: None)
    analytics = AnalyticsEngine(AnalyticsSettings(), lambda *_: None, lambda _: None)
    analytics.market_added(market)
    mine = analytics.of(market)
    trade = Trade("S", "1", Decimal(100), Decimal(1), Side.BUY, 1_795_000_000 * SECOND)
    analytics.trade(market, "a", trade, trade.exchange_time)
    before = mine.get(CandleRuntime).candles.sets["a"]
    market.remove_venue("a")
    market.add_venue("a")
    analytics.venue_removed(market, "a")
    assert "a" not in mine.get(CandleRuntime).candles.sets
    assert not mine.get(VwapRuntime).windows.tape
    analytics.venue_added(market, "a")
    assert mine.get(CandleRuntime).candles.sets["a"] is not before
