"""Windows of trades: shared by who asks, filled with what is remembered, forgotten with the last holder."""

from __future__ import annotations

import gc
from decimal import Decimal
from typing import Any

from server.analytics.market_analytics import MarketAnalytics
from server.analytics.settings import AnalyticsSettings
from server.analytics.vwap.runtime import TradeWindows, VwapRuntime, WindowChoice
from server.market.market import Market
from server.model import Pair, Side, Trade, TradeGap
from server.units import SECOND


def trade(number: int, price: str = "10", at: int = 0) -> Trade:
    return Trade("S", str(number), Decimal(price), Decimal(1), Side.BUY, at or number * SECOND)


def test_a_window_is_filled_with_what_is_remembered_of_its_venue() -> None:
    windows = TradeWindows(tape=3)
    for number, venue in enumerate(("a", "b", "a", "b", "a"), 1):
        windows.trade(venue, trade(number, str(number)))
    assert windows.value(WindowChoice("a", 10)).vwap == 4, "of the newest three trades two are of a: 3 and 5"
    assert windows.value(WindowChoice("", 10)).vwap == 4
    windows.forget("b")
    assert windows.value(WindowChoice("", 10)).trades == 2


def test_equal_questions_share_a_window_until_nobody_holds_it() -> None:
    windows, choice = TradeWindows(), WindowChoice("", 2)
    held = [windows.shared(choice), windows.shared(WindowChoice("", 2))]
    assert held[0] is held[1]
    assert [event.value.trades for event in windows.trade("a", trade(1))] == [1]
    windows.gap("a")
    assert [event.value.has_gap for event in windows.trade("a", trade(2))] == [True]
    held.clear()
    gc.collect()
    assert windows.trade("a", trade(3)) == []


def test_a_trade_from_a_clock_that_is_fast_keeps_no_other_out() -> None:
    emitted: list[Any] = []
    market = Market(Pair("BTC", "USDT"), ("a", "b"), lambda _: None)
    mine = MarketAnalytics(market, AnalyticsSettings(), [VwapRuntime], lambda *event: emitted.append(event))
    runtime = mine.get(VwapRuntime)
    held = runtime.windows.shared(WindowChoice("", None, 10 * SECOND))
    runtime.trade("a", trade(1, at=10**15), 100 * SECOND)
    runtime.trade("b", trade(2, at=101 * SECOND), 101 * SECOND)
    runtime.trade_gap("b", TradeGap("2", "4", 1), 102 * SECOND)
    assert [(source, venue, event.value.trades, at) for _, source, venue, event, at in emitted] == [
        (held.choice, "a", 1, 100 * SECOND),
        (held.choice, "b", 2, 101 * SECOND),
    ]
    runtime.venues_changed(["a"])
    assert {venue for venue, _ in runtime.windows.tape} == {"b"}
