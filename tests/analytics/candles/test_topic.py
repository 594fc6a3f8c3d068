"""Intervals without trades in a stream of candles, whatever is corrected meanwhile."""

from __future__ import annotations

from decimal import Decimal

import pytest

from onebook.v1 import analytics_pb2 as pb
from server.analytics.candles.candle import Candle, CandleSource, CandleState, Fill
from server.analytics.candles.runtime import CandleEvent, CandleRuntime
from server.analytics.candles.topic import CandleTopic
from server.analytics.intervals import Interval
from server.analytics.market_analytics import MarketAnalytics
from server.analytics.settings import AnalyticsSettings
from server.market.market import Market
from server.model import Pair
from server.publish.epoch import Epoch

MINUTE = 60_000_000_000
START = 1_795_000_020_000_000_000
ONE = Interval.parse("1m")


def candle(number: int, price: str | None, trades: int | None = 1, revision: int = 0) -> Candle:
    close = None if price is None else Decimal(price)
    opened = START + number * MINUTE
    volume = Decimal(0) if price is None else Decimal(1)
    state, source = CandleState.COMPLETE, CandleSource.TRADES
    return Candle(
        ONE, opened, opened + MINUTE, close, close, close, close, volume, volume, trades, state, source, revision
    )


def sent(fill: Fill, *candles: Candle) -> list[tuple[int, str | None]]:
    """Minute and close of what a stream with this filling sends."""
    market = Market(Pair("BTC", "USDT"), ("a",), lambda _: None)
    mine = MarketAnalytics(market, AnalyticsSettings(intervals=(ONE,)), [CandleRuntime])
    found: list[tuple[int, str | None]] = []

    class Caught(CandleTopic):
        def _send(self, message: pb.StreamCandlesResponse, fields: bytes = b"") -> None:
            one = message.candle
            close = str(Decimal(one.close).scaleb(one.price_exponent)) if one.HasField("close") else None
            found.append(((one.open_time_nanos - START) // MINUTE, close))

    topic = Caught(mine, Epoch.now(), "a", [ONE.name], fill, with_open=False)
    topic.begin()
    for each in candles:
        topic.publish("a", CandleEvent(each), 0)
    return found


TOLD = (candle(0, "100"), candle(1, "105"), candle(0, "99", revision=1), candle(2, None, 0), candle(3, None, None))


@pytest.mark.parametrize(
    ("fill", "empty"),
    [(Fill.PREVIOUS, [(2, "105"), (3, "105")]), (Fill.NULL, [(2, None), (3, None)]), (Fill.NONE, [])],
)
def test_an_older_candle_that_is_corrected_fills_no_empty_one(fill: Fill, empty: list[tuple[int, str | None]]) -> None:
    assert sent(fill, *TOLD) == [(0, "100"), (1, "105"), (0, "99"), *empty]


def test_a_correction_of_the_newest_does() -> None:
    assert sent(Fill.PREVIOUS, candle(0, None, 0), candle(1, "5"), candle(1, "6", revision=1), candle(2, None, 0)) == [
        (1, "5"),
        (1, "6"),
        (2, "6"),
    ]
