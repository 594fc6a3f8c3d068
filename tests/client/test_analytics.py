"""The calls of the analytics in both clients, against a real server on a real socket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import grpc
import pytest

from client import CandleState, ProtocolError, Reconnecting, ServerError, Side, UnimplementedError
from client.events import Event
from onebook.v1 import analytics_pb2 as api
from onebook.v1 import market_data_pb2
from tests.client.analytics_data import (
    MINUTE,
    START,
    candles,
    header,
    make_averages,
    make_candle,
    make_interest,
    make_quote,
    make_vwap,
)
from tests.client.fake_server import Fail, FakeServer, Send, Stall, Step, books, make_book

Connect = Callable[..., Any]


def test_every_stream(server: FakeServer, connect: Connect) -> None:
    server.script("StreamAverages", [Send(api.StreamAveragesResponse(averages=make_averages())), Stall()])
    server.script("StreamTradeVwap", [Send(api.StreamTradeVwapResponse(vwap=make_vwap())), Stall()])
    server.script("StreamCandles", [*candles(make_candle()), Stall()])
    interest = api.StreamOpenInterestResponse(open_interest=make_interest())
    server.script("StreamOpenInterest", [Send(interest), Stall()])
    server.script("StreamQuote", [Send(api.StreamQuoteResponse(quote=make_quote("sell"))), Stall()])
    driver = connect()
    client = driver.client
    averages = driver.next(client.stream_averages("A/B", 5, venues="x", min_interval=2))
    assert [window.time_weighted for window in averages.windows] == [Decimal("61836.12345"), Decimal("61835.12345")]
    assert driver.next(client.stream_trade_vwap("A/B", venue="x", window=0.25)).vwap == Decimal("61837.123456789012")
    candle = driver.next(client.stream_candles("A/B", ["1m", "1h"], fill="null", include_open=True))
    assert (candle.open, candle.state, candle.trades) == (Decimal("61837.01"), CandleState.COMPLETE, 321)
    assert driver.next(client.stream_open_interest("A/B")).venues[0].value == Decimal("81234.567")
    quote = driver.next(client.stream_quote("A/B", "sell", notional=100, min_interval=0.5))
    assert (quote.side, quote.slices[0].venue, quote.slices[0].fee_basis_points) == (Side.SELL, "binance", 10)
    assert server.requests == [
        (
            "StreamAverages",
            api.StreamAveragesRequest(market="A/B", vwap_levels=5, venues=["x"], min_interval_ms=2000),
        ),
        (
            "StreamTradeVwap",
            api.StreamTradeVwapRequest(
                market="A/B", venue="x", milliseconds=250, on_overflow=market_data_pb2.OVERFLOW_POLICY_DROP_OLDEST
            ),
        ),
        (
            "StreamCandles",
            api.StreamCandlesRequest(
                market="A/B",
                intervals=["1m", "1h"],
                fill=api.CANDLE_FILL_NULL,
                include_open=True,
                on_overflow=market_data_pb2.OVERFLOW_POLICY_DROP_OLDEST,
            ),
        ),
        ("StreamOpenInterest", api.StreamOpenInterestRequest(market="A/B")),
        (
            "StreamQuote",
            api.StreamQuoteRequest(
                order=api.GetQuoteRequest(market="A/B", side=api.QUOTE_SIDE_SELL, notional="100"), min_interval_ms=500
            ),
        ),
    ]


def test_every_call(server: FakeServer, connect: Connect) -> None:
    server.script("GetAverages", [Send(api.GetAveragesResponse(averages=make_averages()))])
    server.script("GetTradeVwap", [Send(api.GetTradeVwapResponse(vwap=make_vwap()))])
    server.script("GetCandles", [Send(api.GetCandlesResponse(candles=[make_candle()]))])
    server.script("GetOpenInterest", [Send(api.GetOpenInterestResponse(open_interest=make_interest()))])
    server.script("GetQuote", [Send(api.GetQuoteResponse(quote=make_quote()))])
    call = connect().call
    assert call("averages", "A/B").price == Decimal("61837.64500")
    assert call("trade_vwap", trades=50).trades == 200
    assert [candle.close for candle in call("candles", "A/B", "1m")] == [Decimal("61837.06")]
    assert call("open_interest").venues[0].venue == "binance"
    quote = call("quote", "A/B", Side.BUY, size="2", venues=["x"], beyond_proved=True, quote_currencies="USD")
    assert quote.effective_price == Decimal("61901.960120")
    order = api.GetQuoteRequest(market="A/B", side=api.QUOTE_SIDE_BUY, size="2", venues=["x"], beyond_proved=True)
    order.quote_currencies.append("USD")
    assert server.requests[-1] == ("GetQuote", order)


def test_raw_messages_and_floats(server: FakeServer, connect: Connect) -> None:
    server.script("StreamCandles", [*candles(make_candle()), Stall()])
    server.script("GetCandles", [Send(api.GetCandlesResponse(candles=[make_candle()]))])
    server.script("GetQuote", [Send(api.GetQuoteResponse(quote=make_quote()))])
    driver = connect(numbers="float")
    assert driver.next(driver.client.stream_candles(raw=True)) == make_candle()
    assert driver.call("candles", raw=True) == (make_candle(),)
    assert driver.call("quote", "", "buy", size=2, raw=True) == make_quote()
    (candle,) = driver.call("candles")
    assert (candle.open, candle.volume, candle.quote_volume) == (61837.01, 12.5, 772962.5)
    assert driver.call("quote", "", "buy", size=2).fees == 123.68024


def test_all_pages_of_candles(server: FakeServer, connect: Connect) -> None:
    pages = [
        api.GetCandlesResponse(candles=[make_candle(0), make_candle(1)], next_page_token="more"),
        api.GetCandlesResponse(next_page_token="and more"),
        api.GetCandlesResponse(candles=[make_candle(2)]),
    ]
    server.script("GetCandles", *[list[Step]([Send(page)]) for page in pages])
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    found = connect().call("candles", "A/B", "1m", venue="x", start=start, end=START, page_size=2, fill="previous")
    assert [candle.open_time_nanos for candle in found] == [START, START + MINUTE, START + 2 * MINUTE]
    wanted = api.GetCandlesRequest(market="A/B", venue="x", interval="1m", end_time_nanos=START, page_size=2)
    wanted.start_time_nanos = 1_767_225_600_000_000_000
    wanted.fill = api.CANDLE_FILL_PREVIOUS
    assert server.requests[0][1] == wanted
    assert [request.page_token for _, request in server.requests] == ["", "more", "and more"]


def test_a_page_that_comes_again_is_an_error_and_not_for_ever(server: FakeServer, connect: Connect) -> None:
    server.script("GetCandles", [Send(api.GetCandlesResponse(candles=[make_candle()], next_page_token="same"))])
    with pytest.raises(ProtocolError, match="repeats the same page"):
        connect().call("candles")


def test_events_are_counted_and_heartbeats_are_not_events(server: FakeServer, connect: Connect) -> None:
    beat = api.Candle(header=header(1, heartbeat=True))
    lost = make_candle(4, header=header(5), dropped=3)
    server.script("StreamCandles", [*candles(beat, make_candle(0), lost), Stall()])
    driver = connect()
    stream = driver.client.stream_candles("A/B")
    assert driver.next(stream).open_time_nanos == START
    assert driver.next(stream).dropped == 3
    assert (stream.missed, stream.received) == (3, 3)
    shown = connect(heartbeats=True)
    beat_seen = shown.next(shown.client.stream_candles("A/B"))
    assert (beat_seen.open_time_nanos, beat_seen.open, beat_seen.volume) == (0, None, None)


def test_a_heartbeat_of_a_state_is_the_first_state(server: FakeServer, connect: Connect) -> None:
    quiet = make_quote()
    quiet.header.heartbeat = True
    server.script("StreamQuote", [Send(api.StreamQuoteResponse(quote=quiet)), Stall()])
    driver = connect()
    assert driver.next(driver.client.stream_quote("A/B", "buy", size=1)).filled


def test_streams_find_their_server_again(server: FakeServer, connect: Connect) -> None:
    first, second = (Send(api.StreamTradeVwapResponse(vwap=make_vwap(number))) for number in (1, 2))
    server.script("StreamTradeVwap", [first, Fail(grpc.StatusCode.INTERNAL, "bug")], [second, Stall()])
    events: list[Event] = []
    driver = connect(on_event=events.append)
    stream = driver.client.stream_trade_vwap("A/B")
    assert [driver.next(stream).header.sequence for _ in range(2)] == [1, 2]
    lost = events[1]
    assert isinstance(lost, Reconnecting)
    assert isinstance(lost.error, ServerError)
    assert (lost.stream, stream.reconnects) == ("trade VWAP A/B", 1)


def test_an_older_server_keeps_its_books(connect: Connect) -> None:
    older = FakeServer(analytics=False)
    try:
        older.script("StreamBook", [*books(make_book()), Stall()])
        driver = connect(older.target)
        with pytest.raises(UnimplementedError, match="it is older than this client"):
            driver.call("averages")
        with pytest.raises(UnimplementedError, match="it is older than this client"):
            driver.next(driver.client.stream_candles())
        assert driver.next(driver.client.stream_book()).header.sequence == 1
    finally:
        older.stop()
