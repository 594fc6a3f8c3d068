"""onebook.v1 over a real channel, on both transports."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice, pairwise
from typing import Any

import grpc
import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from server.model import Pair, Side, Trade, TradeGap, VenueState
from tests.waiting import eventually

from .conftest import LIMIT, Failure, Rig


def test_book_now_merges_and_attributes(rig: Rig) -> None:
    rig.fill("alpha", "100.10", "100.30")
    rig.fill("gamma", "100.20", "100.30", "2.500")
    book = rig.stub.GetBook(pb.GetBookRequest()).book
    assert (book.market, book.price_exponent, book.size_exponent) == ("BTC/USDT", -2, -3)
    assert [(level.price, level.size, level.venue) for level in book.bids] == [(10020, 2500, 2), (10010, 1000, 0)]
    assert [(level.price, level.size, level.venue) for level in book.asks] == [(10030, 2500, 2), (10030, 1000, 0)]
    assert (book.spread, book.mid) == (10, 100250)
    assert [venue.venue for venue in book.venues] == ["alpha", "beta", "gamma"]
    assert [venue.state for venue in book.venues] == [VenueState.LIVE, VenueState.CONNECTING, VenueState.LIVE]
    assert book.venues[0].venue_sequence == 77
    assert book.header.epoch > 0
    assert book.header.sequence == 0


def test_empty_book_is_a_state(rig: Rig) -> None:
    book = rig.stub.GetBook(pb.GetBookRequest()).book
    assert not book.bids
    assert not book.HasField("spread")
    summary = rig.stub.GetSummary(pb.GetSummaryRequest()).summary
    assert not summary.HasField("best_bid")
    assert not summary.HasField("vwap_price")
    rig.fill("alpha", "100.10", "")
    summary = rig.stub.GetSummary(pb.GetSummaryRequest()).summary
    assert summary.best_bid.price == 10010
    assert not summary.HasField("best_ask")


def test_negative_spread_is_reported_as_it_is(rig: Rig) -> None:
    rig.fill("alpha", "100.10", "100.30")
    rig.fill("beta", "100.50", "100.60")
    assert rig.stub.GetSummary(pb.GetSummaryRequest()).summary.spread == -20


def test_choices_of_levels_venues_and_dust(rig: Rig) -> None:
    rig.fill("alpha", "100.10", "100.30", "0.500")
    rig.fill("beta", "100.20", "100.40", "0.501")
    one = rig.stub.GetBook(pb.GetBookRequest(levels=1)).book
    assert len(one.bids) == 1
    alpha = rig.stub.GetBook(pb.GetBookRequest(venues=["alpha"])).book
    assert [level.price for level in alpha.bids] == [10010]
    assert [venue.venue for venue in alpha.venues] == ["alpha"]
    dusted = rig.stub.GetBook(pb.GetBookRequest(dust="0.5")).book
    assert [level.price for level in dusted.bids] == [10020], "strictly greater"


def test_withdrawn_venue_disappears_from_the_stream(rig: Rig) -> None:
    rig.fill("alpha", "100.10", "100.30")
    rig.fill("beta", "100.20", "100.40")
    stream = rig.stub.StreamBook(pb.StreamBookRequest())
    assert len(next(stream).book.bids) == 2
    rig.btc.report("beta", VenueState.GAP, "expected update 5, was 7")
    book = next(stream).book
    assert [level.price for level in book.bids] == [10010]
    assert book.venues[1].state == types_pb2.VENUE_STATE_GAP
    assert book.venues[1].detail == "expected update 5, was 7"
    assert book.venues[1].bid_levels == 0
    stream.cancel()


def test_stream_starts_with_the_state_and_follows_in_order(rig: Rig) -> None:
    rig.fill("alpha", "100.10", "100.30")
    stream = rig.stub.StreamSummary(pb.StreamSummaryRequest())
    first = next(stream).summary
    assert first.best_bid.price == 10010
    last = first.header.sequence
    for price in range(11, 40):
        rig.fill("alpha", f"100.{price}", "100.90")
        summary = next(stream).summary
        assert summary.header.sequence > last
        last = summary.header.sequence
    eventually(lambda: summary_price(stream) == 10039 if summary.best_bid.price != 10039 else True)
    stream.cancel()


def summary_price(stream: Any) -> int:
    return int(next(stream).summary.best_bid.price)


def test_equal_subscribers_share_one_encoding(rig: Rig) -> None:
    rig.fill("alpha", "100.10", "100.30")
    streams = [rig.stub.StreamBook(pb.StreamBookRequest(levels=5)) for _ in range(6)]
    first = [next(stream) for stream in streams]
    assert len({message.SerializeToString() for message in first}) == 1
    assert len(rig.dispatcher.topics) == 1
    rig.fill("alpha", "100.11", "100.30")
    second = [next(stream) for stream in streams]
    assert len({message.SerializeToString() for message in second}) == 1
    for stream in streams:
        stream.cancel()
    eventually(lambda: len(rig.streams) == 0)


def test_minimum_interval_conflates(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.fill("alpha", "100.10", "100.30")
    stream = rig.stub.StreamBook(pb.StreamBookRequest(min_interval_ms=150))
    sequences = [next(stream).book.header.sequence]
    (topic,) = rig.dispatcher.topics.states()
    times = [topic.channel.published_at]
    publish = topic.channel.publish

    def noted(payload: bytes, monotonic: int) -> None:
        times.append(monotonic)
        publish(payload, monotonic)

    # The publication times in the messages are read later, after the merge: a busy machine makes them no measure.
    monkeypatch.setattr(topic.channel, "publish", noted)
    stop = threading.Event()

    def churn() -> None:
        price = 10
        while not stop.wait(0.005):
            price = price % 80 + 10
            rig.fill("alpha", f"100.{price}", "100.95")

    thread = threading.Thread(target=churn)
    thread.start()
    sequences += [next(stream).book.header.sequence for _ in range(4)]
    stop.set()
    thread.join()
    stream.cancel()
    assert sequences == sorted(set(sequences))
    assert len(times) >= 5
    assert all(later - earlier >= 200_000_000 for earlier, later in pairwise(times)), "rounded up to 200"


def test_quiet_streams_send_heartbeats(lively: Rig) -> None:
    lively.fill("alpha", "100.10", "100.30")
    stream = lively.stub.StreamBook(pb.StreamBookRequest())
    messages = [next(stream).book for _ in range(3)]
    assert [message.header.heartbeat for message in messages] == [False, True, True]
    assert messages[2].bids == messages[0].bids, "a heartbeat is a whole state"
    assert messages[2].venues[0].age_nanos > messages[0].venues[0].age_nanos
    stream.cancel()
    trades = lively.stub.StreamTrades(pb.StreamTradesRequest())
    assert next(trades).trade.header.heartbeat
    trades.cancel()


def test_venue_book_and_status(rig: Rig) -> None:
    rig.fill("beta", "100.20", "100.40")
    book = rig.stub.GetVenueBook(pb.GetVenueBookRequest(venue="beta")).book
    assert [(venue.venue, venue.state) for venue in book.venues] == [("beta", VenueState.LIVE)]
    stream = rig.stub.StreamVenueStatus(pb.StreamVenueStatusRequest())
    assert [venue.state for venue in next(stream).status.venues] == [1, 3, 1]
    rig.fill("beta", "100.21", "100.40")
    rig.btc.report("gamma", VenueState.DOWN, "refused")
    status = next(stream).status
    assert [venue.state for venue in status.venues] == [1, 3, 11], "a price alone is no change of status"
    assert status.venues[2].detail == "refused"
    stream.cancel()


def events(stream: Any) -> Iterator[Any]:
    """Trades and gaps. A new stream of events may beat before its first event."""
    return (each for each in stream if not (each.HasField("trade") and each.trade.header.heartbeat))


def test_trades_are_events(rig: Rig) -> None:
    stream = rig.stub.StreamTrades(pb.StreamTradesRequest(venues=["alpha"]))
    other = rig.stub.StreamTrades(pb.StreamTradesRequest())
    eventually(lambda: rig.btc.watched == 2, "both have joined, and not only been admitted")
    for number in range(5):
        for venue in ("alpha", "beta"):
            trade = Trade("X", str(number), Decimal("100.10"), Decimal("0.5"), Side.SELL, 42)
            rig.dispatcher.trade(rig.btc, venue, trade, 43)
    received = [each.trade for each in islice(events(stream), 5)]
    assert [(trade.venue, trade.trade_id) for trade in received] == [("alpha", str(number)) for number in range(5)]
    assert (received[0].price, received[0].price_exponent, received[0].size) == (10010, -2, 5)
    assert received[0].side == types_pb2.AGGRESSOR_SIDE_SELL
    assert len({(each.trade.venue, each.trade.trade_id) for each in islice(events(other), 10)}) == 10
    stream.cancel()
    other.cancel()


def test_gaps_stand_between_trades(rig: Rig) -> None:
    stream = rig.stub.StreamTrades(pb.StreamTradesRequest())
    eventually(lambda: rig.btc.watched == 1)
    trade = Trade("X", "1", Decimal("100.10"), Decimal("0.5"), Side.SELL, 42)
    rig.dispatcher.trade(rig.btc, "alpha", trade, 43)
    rig.dispatcher.trade_gap(rig.btc, "alpha", TradeGap("1", "4", 2), 44)
    rig.dispatcher.trade(rig.btc, "alpha", replace(trade, trade_id="4"), 45)
    first, gap, last = islice(events(stream), 3)
    assert [first.trade.trade_id, gap.gap.before_trade_id, last.trade.trade_id] == ["1", "4", "4"]
    assert [each.HasField("trade") for each in (first, gap, last)] == [True, False, True]
    assert [first.trade.header.sequence, gap.gap.header.sequence, last.trade.header.sequence] == [1, 2, 3]
    stream.cancel()


def test_a_market_knows_how_many_streams_are_open_on_it(rig: Rig) -> None:
    eth = rig.markets[Pair("ETH", "USDT")]
    rig.fill("alpha", "100.10", "100.30")
    streams = [
        rig.stub.StreamBook(pb.StreamBookRequest()),
        rig.stub.StreamBook(pb.StreamBookRequest()),
        rig.stub.StreamSummary(pb.StreamSummaryRequest()),
        rig.stub.StreamVenueBook(pb.StreamVenueBookRequest(venue="alpha")),
        rig.stub.StreamVenueStatus(pb.StreamVenueStatusRequest()),
        rig.stub.StreamTrades(pb.StreamTradesRequest()),
    ]
    other = rig.stub.StreamTrades(pb.StreamTradesRequest(market="ETH/USDT"))
    eventually(lambda: (rig.btc.watched, eth.watched) == (6, 1))
    rig.stub.GetBook(pb.GetBookRequest())
    streams.pop().cancel()
    streams.pop().cancel()
    eventually(lambda: (rig.btc.watched, eth.watched) == (4, 1))
    for stream in (*streams, other):
        stream.cancel()
    eventually(lambda: (rig.btc.watched, eth.watched) == (0, 0))


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        (pb.GetBookRequest(market="BTCUSDT"), grpc.StatusCode.INVALID_ARGUMENT, "BASE/QUOTE"),
        (pb.GetBookRequest(market="BTC/USD"), grpc.StatusCode.NOT_FOUND, "did you mean BTC/USDT"),
        (pb.GetBookRequest(venues=["alpah"]), grpc.StatusCode.NOT_FOUND, "did you mean alpha"),
        (pb.GetBookRequest(levels=100_000), grpc.StatusCode.INVALID_ARGUMENT, "at most 1000 levels"),
        (pb.GetBookRequest(dust="much"), grpc.StatusCode.INVALID_ARGUMENT, "decimal"),
        (pb.GetBookRequest(dust="-1"), grpc.StatusCode.INVALID_ARGUMENT, "decimal"),
        (pb.GetBookRequest(dust="1e999999"), grpc.StatusCode.INVALID_ARGUMENT, "decimal"),
        (pb.GetBookRequest(dust="NaN"), grpc.StatusCode.INVALID_ARGUMENT, "decimal"),
        (pb.GetBookRequest(venues=["alpha"] * 100), grpc.StatusCode.INVALID_ARGUMENT, "64"),
    ],
)
def test_bad_requests_name_the_field(rig: Rig, request_: pb.GetBookRequest, code: grpc.StatusCode, words: str) -> None:
    with pytest.raises(Failure) as caught:
        rig.stub.GetBook(request_)
    assert caught.value.code() is code
    assert words in caught.value.details()


def test_bad_stream_requests_end_at_once(rig: Rig) -> None:
    for stream in (
        rig.stub.StreamBook(pb.StreamBookRequest(min_interval_ms=60_000)),
        rig.stub.StreamVenueBook(pb.StreamVenueBookRequest()),
    ):
        with pytest.raises(Failure) as caught:
            next(stream)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert len(rig.streams) == 0
    with pytest.raises(Failure) as caught:
        rig.channel.unary_unary("/onebook.v1.MarketDataService/GetBook")(b"\xff\xff")
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_subscriber_over_the_limit_is_refused_at_once(rig: Rig) -> None:
    rig.fill("alpha", "100.10", "100.30")
    streams = [rig.stub.StreamBook(pb.StreamBookRequest()) for _ in range(LIMIT)]
    for stream in streams:
        next(stream)
    with pytest.raises(Failure) as caught:
        next(rig.stub.StreamBook(pb.StreamBookRequest()))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert f"at most {LIMIT} streams" in caught.value.details()
    assert rig.stub.GetBook(pb.GetBookRequest()).book.bids, "calls go on"
    streams.pop().cancel()
    eventually(lambda: len(rig.streams) < LIMIT)
    assert next(rig.stub.StreamBook(pb.StreamBookRequest())).book.bids
    for stream in streams:
        stream.cancel()


def test_too_many_different_streams_are_refused(rig: Rig) -> None:
    streams = [rig.stub.StreamBook(pb.StreamBookRequest(levels=levels)) for levels in range(1, 9)]
    for stream in streams:
        next(stream)
    with pytest.raises(Failure) as caught:
        next(rig.stub.StreamBook(pb.StreamBookRequest(levels=100)))
    assert "different streams" in caught.value.details()
    for stream in streams:
        stream.cancel()


def test_lists(rig: Rig) -> None:
    markets = rig.stub.ListMarkets(pb.ListMarketsRequest()).markets
    assert [(market.name, market.default_market) for market in markets] == [("BTC/USDT", True), ("ETH/USDT", False)]
    assert [listing.venue for listing in markets[0].listings] == ["alpha", "beta", "gamma"]
    assert list(rig.stub.ListVenues(pb.ListVenuesRequest()).venues) == []


def test_stop_ends_streams_with_a_status(rig: Rig) -> None:
    rig.fill("alpha", "100.10", "100.30")
    streams = [rig.stub.StreamBook(pb.StreamBookRequest()) for _ in range(3)]
    for stream in streams:
        next(stream)
    stopper = threading.Thread(target=rig.server.stop, args=(2.0,))
    stopper.start()
    for stream in streams:
        with pytest.raises(Failure) as caught:
            for _ in stream:
                pass
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert "stopping" in caught.value.details()
    stopper.join(10)
    assert not stopper.is_alive()
