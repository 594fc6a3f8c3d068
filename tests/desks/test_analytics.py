"""What is computed for a market ends with it."""

from __future__ import annotations

from server.analytics.settings import AnalyticsSettings
from server.desks.analytics import Analytics
from server.market.market import Market
from server.model import Hearing, Pair, TradeGap


def test_what_was_under_way_does_not_bring_a_removed_market_back() -> None:
    analytics = Analytics(AnalyticsSettings(), lambda *_: None, lambda _: None)
    gone, kept = (Market(Pair("BTC", quote), ("a",), lambda _: None) for quote in ("USD", "EUR"))
    for market in (gone, kept):
        analytics.event(market, "a", Hearing(True), 1)
    assert set(analytics._markets) == {gone, kept}
    analytics.forget(gone)
    analytics.event(gone, "a", TradeGap("1", "3", 1), 2)
    assert set(analytics._markets) == {kept}
