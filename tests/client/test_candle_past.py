"""The venues' own candles, added up to the past of all venues."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from client import Candle, CandleSource, CandleState
from client.analytics.candles import from_message as candle_from
from client.numbers import Scales
from client.tui.candle_past import merged
from tests.client.analytics_data import MINUTE, START, make_candle

SCALES: Scales[Decimal] = Scales("decimal")


def candle(number: int, venue: str, **changes: Any) -> Candle:
    return candle_from(make_candle(number, venue=venue, **changes), SCALES)


def test_one_candle_per_time_oldest_first() -> None:
    past = merged([candle(1, "a"), candle(0, "a"), candle(1, "b"), candle(2, "b")])
    assert [each.open_time_nanos for each in past] == [START, START + MINUTE, START + 2 * MINUTE]
    assert [each.counted_venues for each in past] == [("a",), ("a", "b"), ("b",)]


def test_extremes_of_all_ends_of_the_largest_and_sums() -> None:
    small = candle(0, "a", open=100, high=900, low=90, close=110, volume="1", quote_volume="2", trades=3)
    large = candle(0, "b", open=200, high=300, low=50, close=250, volume="4", quote_volume="8", trades=5)
    (both,) = merged([small, large])
    assert (both.open, both.close) == (Decimal("2.00"), Decimal("2.50")), "of the venue that traded most"
    assert (both.high, both.low) == (Decimal("9.00"), Decimal("0.50"))
    assert (both.volume, both.quote_volume, both.trades) == (5, 10, 8)
    assert both.vwap == 2
    assert (both.venue, both.market) == ("", "BTC/USDT")


def test_it_is_never_trusted_as_a_candle_of_received_trades() -> None:
    (both,) = merged([candle(0, "a"), candle(0, "b")])
    assert both.state is CandleState.PARTIAL_GAP
    assert both.source is CandleSource.VENUE
    assert not both.complete


def test_what_a_venue_does_not_say_is_not_known_of_all() -> None:
    (both,) = merged([candle(0, "a"), candle(0, "b", volume="", quote_volume="")])
    assert both.volume is None
    assert both.vwap is None
    assert both.high is not None


def test_minutes_without_trades_do_not_count() -> None:
    empty = make_candle(0, venue="a")
    for field in ("open", "high", "low", "close"):
        empty.ClearField(field)
    assert merged([candle_from(empty, SCALES)]) == ()
