"""Open interest: the newest of each venue in base units, for topics and for candles."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orderbook_ext import OrderBook
from server.analytics.candles.runtime import CandleRuntime
from server.analytics.market_analytics import MarketAnalytics
from server.analytics.open_interest.runtime import LatestOpenInterest, OpenInterestRuntime
from server.analytics.settings import AnalyticsSettings
from server.market.market import Market
from server.model import Pair, VenueState
from server.protocol.candle_source import OpenInterest


def test_the_newest_counts_and_an_answer_that_was_overtaken_does_not() -> None:
    latest = LatestOpenInterest()
    assert latest.take("a", OpenInterest(Decimal(5), 10), None, 11) is not None
    assert latest.take("a", OpenInterest(Decimal(4), 9), None, 12) is None
    assert latest.take("a", OpenInterest(Decimal(5), 12), None, 13) is not None
    assert latest.version == 1, "the same number again is no change"
    known = latest.of("a")
    assert known is not None
    assert (known.value, known.exchange_time, known.receive_time) == (5, 12, 13)
    latest.forget("a")
    latest.forget("a")
    assert (latest.all(), latest.version) == ([], 2)


def test_quote_units_need_a_price() -> None:
    latest = LatestOpenInterest()
    told = OpenInterest(Decimal(5000), 1, in_quote=True)
    assert latest.take("a", told, None, 1) is None
    taken = latest.take("a", told, Decimal(3), 1)
    assert taken is not None
    assert taken.value == Decimal("1666.66666667")


def test_what_a_venue_says_reaches_topics_and_candles() -> None:
    changed: list[Any] = []
    market = Market(Pair("BTC", "USDT"), ("alpha",), lambda _: None)
    entry = market.entries["alpha"]
    book = entry.book = OrderBook(0, 0, lock=market.lock)
    book.load([("99", "1")], [("101", "1")])
    entry.state = VenueState.LIVE
    settings = AnalyticsSettings()
    mine = MarketAnalytics(market, settings, [CandleRuntime, OpenInterestRuntime], mark_changed=changed.append)
    runtime = mine.get(OpenInterestRuntime)
    runtime.open_interest("alpha", OpenInterest(Decimal(5000), 78, in_quote=True), 0)
    assert [(each.venue, each.value) for each in runtime.latest.all()] == [("alpha", 50)]
    assert changed == [market]
    assert mine.get(CandleRuntime).candles.sets["alpha"]._interest.at(78) == 50  # noqa: SLF001 - no answer shows it
    runtime.venues_changed(["alpha"])
    assert runtime.latest.all() == []
