"""The runtimes of one market: only those hear of an event that have a method for it, and one that fails is alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from server.analytics.market_analytics import MarketAnalytics, MarketRuntime
from server.analytics.settings import AnalyticsSettings
from server.market.market import Market
from server.model import Pair, Side, Trade

TRADE = Trade("S", "1", Decimal(1), Decimal(1), Side.BUY, 1)


class First(MarketRuntime):
    """Hears trades, and fails."""

    heard = 0

    def trade(self, venue: str, trade: Trade, receive_time: int) -> None:
        self.heard += 1
        raise ValueError(f"no {venue}")


class Second(MarketRuntime):
    """Hears trades and time."""

    def __init__(self, mine: MarketAnalytics) -> None:
        super().__init__(mine)
        self.heard: list[Any] = []

    def trade(self, venue: str, trade: Trade, receive_time: int) -> None:
        self.heard.append((venue, trade, receive_time))
        self.mine.emit("source", venue, trade, receive_time)

    def tick(self, now: int, second: bool) -> None:
        self.heard.append((now, second))


def make(emitted: list[Any], followed: list[Any]) -> MarketAnalytics:
    market = Market(Pair("BTC", "USDT"), ("alpha", "beta"), lambda _: None)
    return MarketAnalytics(
        market,
        AnalyticsSettings(),
        [First, Second],
        lambda *event: emitted.append(event),
        followed.append,
        lambda *request: followed.append(request),
    )


def test_a_runtime_that_fails_costs_the_others_nothing() -> None:
    emitted: list[Any] = []
    mine = make(emitted, [])
    with pytest.raises(ValueError, match="no alpha"):
        mine.call(MarketRuntime.trade, "alpha", TRADE, 7)
    assert mine.get(First).heard == 1
    assert mine.get(Second).heard == [("alpha", TRADE, 7)]
    assert emitted == [(mine.market, "source", "alpha", TRADE, 7)]
    mine.call(MarketRuntime.tick, 5, True)
    mine.call(MarketRuntime.book_changed)
    assert mine.get(Second).heard[1:] == [(5, True)]


def test_what_a_runtime_can_ask_for() -> None:
    asked: list[Any] = []
    mine = make([], asked)
    mine.mark_changed()
    mine.follow_updates(3)
    assert asked == [mine.market, (mine.market, 3)]
    with pytest.raises(KeyError):
        mine.get(MarketRuntime)
