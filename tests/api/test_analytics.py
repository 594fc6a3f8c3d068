"""AnalyticsService over a real channel: averages, trade VWAP, candles, open interest, quotes, and their errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import grpc
import pytest

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import market_data_pb2
from server.analytics.candles.candle import CandleState
from server.analytics.candles.candle_set import CandleSet
from server.analytics.candles.runtime import CandleRuntime
from server.analytics.open_interest.runtime import OpenInterestRuntime
from server.model import Side, Trade, TradeGap, TradesState, VenueState
from server.protocol.candle_source import Candle as VenueCandle
from server.protocol.candle_source import OpenInterest
from server.units import SECOND
from tests.api.conftest import Failure, Rig
from tests.waiting import PATIENCE, eventually

MINUTE = 60 * SECOND


def trade(number: int, price: str, size: str, at: int) -> Trade:
    return Trade("X", str(number), Decimal(price), Decimal(size), Side.BUY, at)


def tell(rig: Rig, venue: str, *trades: Trade) -> None:
    for each in trades:
        rig.dispatcher.trade(rig.btc, venue, each, each.exchange_time + 5)


def refused(call: Callable[[], object]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(Failure) as caught:
        call()
    return caught.value.code(), caught.value.details()


# -- averages ----------------------------------------------------------------------------------------------------


def test_averages_are_in_their_own_message_and_in_the_summary(rig: Rig) -> None:
    rig.fill("alpha", "99.00", "101.00")
    averages = eventually(lambda: _sampled(rig))
    assert averages.market == "BTC/USDT"
    assert averages.price * 10**averages.price_exponent == pytest.approx(100)
    assert [window.window_nanos for window in averages.windows] == [30 * SECOND, 60 * SECOND]
    for window in averages.windows:
        assert window.end_time_nanos - window.start_time_nanos == window.window_nanos
        assert window.sample_mean == averages.price
    summary = rig.stub.GetSummary(market_data_pb2.GetSummaryRequest()).summary
    assert [window.window_nanos for window in summary.averages] == [30 * SECOND, 60 * SECOND]
    assert summary.microprice == summary.vwap_price
    assert summary.spread_basis_points == 200 * 10_000


def _sampled(rig: Rig) -> Any:
    averages = rig.prices.GetAverages(pb.GetAveragesRequest()).averages
    return averages if averages.windows[0].samples else None


def test_averages_as_a_stream(rig: Rig) -> None:
    rig.fill("alpha", "99.00", "101.00")
    stream = rig.prices.StreamAverages(pb.StreamAveragesRequest(min_interval_ms=10))
    assert next(stream).averages.price
    rig.fill("alpha", "100.00", "102.00")
    second = next(stream).averages
    assert second.price * 10**second.price_exponent == pytest.approx(101)
    stream.cancel()


# -- trade VWAP --------------------------------------------------------------------------------------------------


def value(vwap: pb.TradeVwap) -> Decimal:
    return Decimal(vwap.vwap).scaleb(vwap.vwap_exponent)


def test_a_new_vwap_for_every_trade(rig: Rig) -> None:
    tell(rig, "alpha", trade(1, "100", "1", 1000))
    eventually(lambda: rig.prices.GetTradeVwap(pb.GetTradeVwapRequest()).vwap.trades == 1)
    stream = rig.prices.StreamTradeVwap(pb.StreamTradeVwapRequest(trades=2))
    got: list[pb.TradeVwap] = []
    reader = threading.Thread(target=lambda: got.extend(message.vwap for message in _take(stream, 3)))
    reader.start()
    eventually(lambda: len(rig.dispatcher.topics))
    tell(rig, "alpha", trade(2, "103", "2", 2000))
    tell(rig, "beta", trade(1, "106", "1", 3000), trade(2, "109.5", "0.5", 4000))
    reader.join(5)
    assert [value(each) for each in got] == [Decimal(102), Decimal(104), Decimal("107.166666666667")]
    assert [each.trades for each in got] == [2, 2, 2]
    assert got[-1].volume == "1.5"
    assert got[-1].quote_volume == "160.75"
    assert (got[-1].first_trade_time_nanos, got[-1].last_trade_time_nanos, got[-1].last_trade_id) == (3000, 4000, "2")
    assert [each.header.sequence for each in got] == [1, 2, 3]
    only = rig.prices.GetTradeVwap(pb.GetTradeVwapRequest(venue="alpha")).vwap
    assert (value(only), only.trades) == (Decimal(102), 2)


def _take(stream: Any, count: int) -> Iterator[Any]:
    for _ in range(count):
        yield next(stream)
    stream.cancel()


def test_every_message_has_the_venues_quality(rig: Rig) -> None:
    rig.fill("alpha", "99.00", "101.00")
    tell(rig, "alpha", trade(1, "100", "1", time.time_ns()))
    eventually(lambda: rig.prices.GetTradeVwap(pb.GetTradeVwapRequest()).vwap.trades)
    order = pb.GetQuoteRequest(side=pb.QUOTE_SIDE_BUY, size="1")
    messages = [
        rig.prices.GetTradeVwap(pb.GetTradeVwapRequest()).vwap.venues,
        rig.prices.GetAverages(pb.GetAveragesRequest()).averages.venues,
        rig.prices.GetCandles(pb.GetCandlesRequest(include_open=True)).candles[-1].venues,
        rig.prices.GetOpenInterest(pb.GetOpenInterestRequest()).open_interest.qualities,
        rig.prices.GetQuote(order).quote.venues,
    ]
    for venues in messages:
        assert [(each.venue, each.state == VenueState.LIVE) for each in venues] == [
            ("alpha", True),
            ("beta", False),
            ("gamma", False),
        ]


def test_windows_without_trades_and_with_gaps(rig: Rig) -> None:
    empty = rig.prices.GetTradeVwap(pb.GetTradeVwapRequest()).vwap
    assert (empty.HasField("vwap"), empty.trades, empty.volume) == (False, 0, "0")
    tell(rig, "alpha", trade(1, "100", "1", 1000))
    rig.dispatcher.trade_gap(rig.btc, "alpha", TradeGap("1", "5", 3), 1500)
    tell(rig, "alpha", trade(5, "100", "1", 2000))
    after = eventually(lambda: (found := rig.prices.GetTradeVwap(pb.GetTradeVwapRequest()).vwap).trades == 2 and found)
    assert after.has_gap
    assert rig.prices.GetTradeVwap(pb.GetTradeVwapRequest(trades=0)).vwap.trades == 0
    narrow = rig.prices.GetTradeVwap(pb.GetTradeVwapRequest(milliseconds=1)).vwap
    assert narrow.trades == 2


# -- candles -----------------------------------------------------------------------------------------------------


def minute(rig: Rig) -> int:
    """Start of a minute that is over, and began after the rig did as far as the candles know."""
    start = (time.time_ns() // MINUTE - 2) * MINUTE
    desk = rig.analytics.of(rig.btc).get(CandleRuntime).candles
    with desk._lock:  # noqa: SLF001 - held as the dispatcher holds it
        desk.sets = {venue: CandleSet(rig.analytics.settings.intervals, started=start - MINUTE) for venue in desk.sets}
    return start


def test_candles_of_one_venue_and_of_all(rig: Rig) -> None:
    start = minute(rig)
    tell(rig, "alpha", trade(1, "100", "1", start + 1), trade(2, "105", "2", start + 2 * SECOND))
    tell(rig, "beta", trade(1, "95.5", "1", start + SECOND))
    request = pb.GetCandlesRequest(interval="1m", start_time_nanos=start, end_time_nanos=start + MINUTE)
    candle = eventually(lambda: rig.prices.GetCandles(request).candles)[0]
    prices = [
        Decimal(number).scaleb(candle.price_exponent) for number in (candle.open, candle.high, candle.low, candle.close)
    ]
    assert prices == [Decimal(100), Decimal(105), Decimal("95.5"), Decimal(105)]
    assert (candle.volume, candle.quote_volume, candle.trades) == ("4", "405.5", 3)
    assert Decimal(candle.vwap).scaleb(candle.vwap_exponent) == Decimal("101.375")
    assert (candle.open_time_nanos, candle.close_time_nanos) == (start, start + MINUTE)
    request.venue = "alpha"
    alone = rig.prices.GetCandles(request).candles[0]
    assert (alone.trades, alone.volume, alone.venue) == (2, "3", "alpha")


def test_candles_come_by_pages_and_empty_ones_as_asked_for(rig: Rig) -> None:
    start = minute(rig)
    tell(rig, "alpha", trade(1, "100", "1", start + 1), trade(2, "101", "1", start + 5 * SECOND))
    request = pb.GetCandlesRequest(
        interval="1s", start_time_nanos=start, end_time_nanos=start + 10 * SECOND, page_size=4, venue="alpha"
    )
    eventually(lambda: len(rig.prices.GetCandles(request).candles) == 2)
    for fill, count in ((pb.CANDLE_FILL_PREVIOUS, 10), (pb.CANDLE_FILL_NULL, 10), (pb.CANDLE_FILL_NONE, 2)):
        request.fill, request.page_token = fill, ""
        found = []
        while True:
            page = rig.prices.GetCandles(request)
            assert len(page.candles) <= 4
            found += page.candles
            request.page_token = page.next_page_token
            if not page.next_page_token:
                break
        assert len(found) == count
        assert [candle.open_time_nanos for candle in found] == sorted(candle.open_time_nanos for candle in found)
        if fill == pb.CANDLE_FILL_PREVIOUS:
            assert all(candle.close == candle.open for candle in found[1:5])
        if fill == pb.CANDLE_FILL_NULL:
            assert not any(candle.HasField("open") for candle in found[1:5])


def test_candles_are_streamed_when_they_close_and_corrected(rig: Rig) -> None:
    start = minute(rig)
    tell(rig, "alpha", trade(1, "100", "1", start + 1))
    request = pb.GetCandlesRequest(interval="1m", start_time_nanos=start, end_time_nanos=start + 1, venue="alpha")
    eventually(lambda: rig.prices.GetCandles(request).candles)
    stream = rig.prices.StreamCandles(pb.StreamCandlesRequest(venue="alpha", intervals=["1m"]))
    got: list[Any] = []
    candles = (message.candle for message in stream if not message.candle.header.heartbeat)
    reader = threading.Thread(target=lambda: got.append(next(candles)))
    reader.start()
    eventually(lambda: len(rig.dispatcher.topics))
    tell(rig, "alpha", trade(2, "90", "1", start + 2))
    reader.join(PATIENCE)
    stream.cancel()
    assert (got[0].revision, got[0].trades, got[0].open_time_nanos) == (1, 2, start)


def test_the_candle_in_progress_is_sent_where_it_is_asked_for(rig: Rig) -> None:
    stream = rig.prices.StreamCandles(pb.StreamCandlesRequest(venue="alpha", intervals=["1d"], include_open=True))
    tell(rig, "alpha", trade(1, "100", "1", time.time_ns()))
    message = next(stream)
    while not message.candle.trades:
        message = next(stream)
    stream.cancel()
    assert message.candle.state == pb.CANDLE_STATE_OPEN == CandleState.OPEN
    assert message.candle.interval == "1d"


def test_a_venues_own_candle_replaces_a_partial_one_and_is_compared_with_a_whole_one(rig: Rig) -> None:
    start = minute(rig)
    desk, interval = rig.analytics.of(rig.btc).get(CandleRuntime).candles, rig.analytics.settings.intervals[1]
    tell(rig, "alpha", trade(1, "100", "1", start + 1))
    request = pb.GetCandlesRequest(interval="1m", start_time_nanos=start, end_time_nanos=start + 1, venue="alpha")
    eventually(lambda: rig.prices.GetCandles(request).candles)
    low, high = Decimal(100), Decimal(101)
    own = VenueCandle(start, low, high, low, high, Decimal(2), Decimal(201))
    desk.compare("alpha", interval, [own], time.time_ns() + MINUTE)
    candle = rig.prices.GetCandles(request).candles[0]
    assert candle.HasField("reconciliation")
    difference = candle.reconciliation
    assert Decimal(difference.close).scaleb(difference.price_exponent) == -1
    assert (difference.volume, difference.quote_volume) == ("-1", "-101")
    assert difference.alarm
    assert candle.source == pb.CANDLE_SOURCE_TRADES


# -- open interest -----------------------------------------------------------------------------------------------


def test_open_interest_in_base_units(rig: Rig) -> None:
    rig.fill("alpha", "99.00", "101.00")
    stream = rig.prices.StreamOpenInterest(pb.StreamOpenInterestRequest())
    assert not next(stream).open_interest.venues
    rig.dispatcher.open_interest(rig.btc, "beta", OpenInterest(Decimal("12.50"), 77))
    told = next(stream).open_interest.venues
    assert [(each.venue, each.value, each.exchange_time_nanos) for each in told] == [("beta", "12.5", 77)]
    stream.cancel()
    rig.dispatcher.open_interest(rig.btc, "gamma", OpenInterest(Decimal(5000), 78, in_quote=True))
    wanted = [("beta", "12.5"), ("gamma", "50")]

    def told_now() -> list[tuple[str, str]]:
        told = rig.prices.GetOpenInterest(pb.GetOpenInterestRequest()).open_interest.venues
        return [(each.venue, each.value) for each in told]

    eventually(lambda: told_now() == wanted)


def test_feeds_and_backfill_only_queue_open_interest(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an inverse contract the books are merged for a price: on the dispatcher's thread."""
    merged_on: list[str] = []
    mid = OpenInterestRuntime._mid  # noqa: SLF001 - a moment that is hard to provoke

    def noted(self: OpenInterestRuntime) -> Decimal | None:
        merged_on.append(threading.current_thread().name)
        return mid(self)

    monkeypatch.setattr(OpenInterestRuntime, "_mid", noted)
    rig.fill("alpha", "99.00", "101.00")
    rig.dispatcher.open_interest(rig.btc, "gamma", OpenInterest(Decimal(5000), 78, in_quote=True))
    eventually(lambda: rig.analytics.of(rig.btc).get(OpenInterestRuntime).latest.all())
    assert merged_on == ["dispatcher"]


# -- quotes ------------------------------------------------------------------------------------------------------


# -- bad requests ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "request_", "words"),
    [
        ("GetTradeVwap", pb.GetTradeVwapRequest(trades=20_001), "trades: at most 20000"),
        ("GetTradeVwap", pb.GetTradeVwapRequest(milliseconds=0), "milliseconds: 1 to"),
        ("GetTradeVwap", pb.GetTradeVwapRequest(milliseconds=4_000_000), "milliseconds: 1 to"),
        ("GetCandles", pb.GetCandlesRequest(interval="7m"), "interval: 7m is not kept here; there are 1s, 1m"),
        ("GetCandles", pb.GetCandlesRequest(interval="soon"), "interval: "),
        ("GetCandles", pb.GetCandlesRequest(page_size=5001), "page_size: at most 5000"),
        ("GetCandles", pb.GetCandlesRequest(page_token="v2.1"), "page_token: "),
        ("GetCandles", pb.GetCandlesRequest(start_time_nanos=5, end_time_nanos=4), "start_time_nanos: "),
        ("GetCandles", pb.GetCandlesRequest(fill=9), "fill: was 9"),  # type: ignore[arg-type]
        ("GetQuote", pb.GetQuoteRequest(size="1"), "side: must be"),
        ("GetQuote", pb.GetQuoteRequest(side=pb.QUOTE_SIDE_BUY), "size: either"),
        ("GetQuote", pb.GetQuoteRequest(side=pb.QUOTE_SIDE_BUY, size="0"), "size: must be greater"),
        ("GetQuote", pb.GetQuoteRequest(side=pb.QUOTE_SIDE_BUY, notional="much"), "notional: expected a decimal"),
        (
            "GetQuote",
            pb.GetQuoteRequest(side=pb.QUOTE_SIDE_BUY, size="1", quote_currencies=["EUR"]),
            "quote_currencies: this server has no market BTC/EUR",
        ),
    ],
)
def test_errors_name_the_field(rig: Rig, method: str, request_: Any, words: str) -> None:
    code, details = refused(lambda: getattr(rig.prices, method)(request_))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert words in details


def test_venues_and_markets_that_are_not_here(rig: Rig) -> None:
    code, details = refused(lambda: rig.prices.GetCandles(pb.GetCandlesRequest(venue="alpa")))
    assert (code, "did you mean alpha" in details) == (grpc.StatusCode.NOT_FOUND, True)
    code, _ = refused(
        lambda: next(rig.prices.StreamQuote(pb.StreamQuoteRequest(order=pb.GetQuoteRequest(market="A/B"))))
    )
    assert code is grpc.StatusCode.NOT_FOUND


def test_candles_of_all_venues_name_the_one_that_is_missing(rig: Rig) -> None:
    """alpha and beta are received from before the interval on; gamma cannot be reached."""
    desk = rig.analytics.of(rig.btc).get(CandleRuntime).candles
    minute = rig.analytics.settings.intervals[1]
    now = time.time_ns()
    for venue in ("alpha", "beta"):
        desk.listening(venue, now - 10 * MINUTE)
    rig.btc.report("gamma", VenueState.DOWN, "connection refused")
    begin = minute.floor(now) + MINUTE
    for number, venue in enumerate(("alpha", "beta")):
        desk.trade(venue, Trade("X", str(number), Decimal(100), Decimal(1), Side.BUY, begin + SECOND))
    desk.advance(begin + MINUTE + 3 * SECOND)
    end = begin + 10 * MINUTE
    request = pb.GetCandlesRequest(market="BTC/USDT", interval="1m", start_time_nanos=begin, end_time_nanos=end)
    (candle,) = rig.prices.GetCandles(request).candles
    assert (candle.trades, candle.state) == (2, pb.CANDLE_STATE_PARTIAL_GAP)
    assert list(candle.counted_venues) == ["alpha", "beta"]
    assert [(each.venue, each.reason, each.partly) for each in candle.missing_venues] == [
        ("gamma", "connection refused", False)
    ]
    assert candle.complete_over_counted
    rig.btc.report("gamma", VenueState.LIVE, "")
    rig.btc.entries["gamma"].trades_state = TradesState.REFUSED
    (candle,) = rig.prices.GetCandles(request).candles
    assert candle.missing_venues[0].reason == "it refuses the subscription of its trades"
    rig.btc.report("gamma", VenueState.UNSUPPORTED, "not listed")
    (candle,) = rig.prices.GetCandles(request).candles
    assert (list(candle.counted_venues), len(candle.missing_venues)) == (["alpha", "beta"], 0)
