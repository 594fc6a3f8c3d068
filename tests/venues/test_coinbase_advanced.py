"""Coinbase Advanced Trade: messages, requests, lists and answers; a recording; a simulated exchange and its holes."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import FrameDecoder
from server.errors import FrameError
from server.feed.socket_plan import plan_sockets
from server.model import Instrument, Pair, Side, Trade
from server.protocol.events import Bbo, Confirmed, Counted, Frames, Heartbeat, Rejected, TradeEvent
from server.protocol.sequence import CountedRule
from server.protocol.trade_order import in_order
from server.units import SECOND
from server.venues.coinbase_advanced import CoinbaseAdvanced
from tests.captures import records
from tests.golden.replay import Replay
from tests.venues.in_process import InProcess

VENUE = CoinbaseAdvanced()
BTC = Instrument(Pair("BTC", "USD"), "BTC-USD", Decimal("0.01"), Decimal("1e-8"), "online", True)
CAPTURE = "coinbase_advanced/btc_eth_20260809_first520.jsonl.gz"
TRADE = {"trade_id": "10", "product_id": "BTC-USD", "price": "64001.20", "size": "0.01", "side": "SELL",
         "time": "2026-01-01T00:00:00.5Z"}  # fmt: skip


def message(channel: str, *events: dict[str, Any]) -> bytes:
    envelope = {"channel": channel, "client_id": "", "timestamp": "2026-01-01T00:00:01Z", "sequence_num": 7}
    return json.dumps({**envelope, "events": events}).encode()


@pytest.mark.parametrize(
    ("channel", "event", "meaning"),
    [
        ("heartbeats", {"current_time": "...", "heartbeat_counter": "77"}, [Heartbeat()]),
        (
            "subscriptions",
            {"subscriptions": {"level2": ["BTC-USD"]}},
            [Confirmed(("level2:BTC-USD", "level2:BTC-USD@USDC", "level2:BTC-USD@USD"))],
        ),
        (
            "ticker_batch",
            {"type": "update", "tickers": [{"product_id": "BTC-USD", "best_bid": "1", "best_ask": "2"}]},
            [Bbo("BTC-USD", Decimal(1), Decimal(2))],
        ),
        ("candles", {"type": "update", "candles": []}, []),
    ],
)
def test_every_message_is_counted(channel: str, event: dict[str, Any], meaning: list[object]) -> None:
    assert list(VENUE.read(message(channel, event))) == [Counted(7), *meaning]


def test_errors_have_no_number() -> None:
    assert list(VENUE.read(b'{"type":"error","message":"too many"}')) == [Rejected("too many")]


def test_trades() -> None:
    newer = {**TRADE, "trade_id": "11", "side": "BUY"}
    counted, *events = VENUE.read(message("market_trades", {"type": "update", "trades": [newer, TRADE]}))
    assert counted == Counted(7)
    trade = Trade("BTC-USD", "10", Decimal("64001.20"), Decimal("0.01"), Side.BUY, 1767225600500000000)
    assert events[1] == TradeEvent("market_trades:BTC-USD", trade), "SELL is the maker's side"
    assert [event.trade.trade_id for event in in_order(events, VENUE.TRADE_IDS) if isinstance(event, TradeEvent)] == [
        "10", "11",
    ]  # fmt: skip
    _, past = VENUE.read(message("market_trades", {"type": "snapshot", "trades": [TRADE]}))
    assert isinstance(past, TradeEvent)
    assert past.past


def test_a_message_with_several_books_is_taken_apart() -> None:
    rows = [{"side": "offer", "event_time": "x", "price_level": "2", "new_quantity": "1"}]
    both = message(
        "l2_data",
        {"type": "snapshot", "product_id": "BTC-USD", "updates": rows},
        {"type": "update", "product_id": "ETH-USD", "updates": rows},
    )
    decoder = FrameDecoder(VENUE.DEPTH)
    assert not decoder.scan(both)
    counted, frames = VENUE.read(both)
    assert counted == Counted(7)
    assert isinstance(frames, Frames)
    found = [(decoder.scan(frame), decoder.route, decoder.snapshot, decoder.ask_count) for frame in frames.frames]
    assert found == [(True, "BTC-USD", True, 1), (True, "ETH-USD", False, 1)]


def test_an_unknown_side_is_no_depth_frame() -> None:
    rows = [{"side": "middle", "price_level": "2", "new_quantity": "1"}]
    assert not FrameDecoder(VENUE.DEPTH).scan(
        message("l2_data", {"type": "update", "product_id": "B", "updates": rows})
    )


def test_plan_and_requests() -> None:
    plan = VENUE.book_plan(BTC, "diff", 10)
    assert (plan.stream, plan.route, plan.in_band, plan.rule) == ("level2:BTC-USD", "BTC-USD", True, CountedRule)
    assert VENUE.COUNTED
    assert VENUE.MIRRORS == "coinbase_exchange"
    assert VENUE.opening() == ['{"type":"subscribe","channel":"heartbeats"}']
    streams = ["level2:BTC-USD", "level2:ETH-USD", "market_trades:BTC-USD", "ticker_batch:BTC-USD"]
    assert [json.loads(each.text) for each in VENUE.subscribe(streams)] == [
        {"type": "subscribe", "product_ids": ["BTC-USD", "ETH-USD"], "channel": "level2"},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "market_trades"},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "ticker_batch"},
    ]
    assert json.loads(VENUE.unsubscribe(streams[:1])[0].text)["type"] == "unsubscribe"


def test_recorded_list_of_products() -> None:
    body = next(record["d"] for record in records(CAPTURE) if record["k"] == "http")
    found = {item.pair: item for item in VENUE.instruments(body.encode())}
    assert len(found) == 920
    assert found[Pair("BTC", "USD")] == replace(BTC, min_size=Decimal("1e-8"), min_notional=Decimal(1))
    assert found[Pair("BTC", "USDC")].symbol == "BTC-USD", "whoever asks for the one is sent the other"
    assert found[Pair("USDT", "USDC")].symbol == "USDT-USDC"
    assert sum(not item.trading for item in found.values()) == 8


def test_candles_and_past_trades() -> None:
    request = VENUE.CANDLES.request(BTC, 300, 1767225600 * SECOND, 1767226500 * SECOND)
    assert request.path == (
        "/api/v3/brokerage/market/products/BTC-USD/candles?granularity=FIVE_MINUTE&start=1767225600&end=1767226499"
        "&limit=3"
    )
    row = {"start": "1767225600", "low": "1", "high": "4", "open": "2", "close": "3", "volume": "0.5"}
    (candle,) = VENUE.read_candles(BTC, json.dumps({"candles": [row]}).encode())
    assert (candle.open, candle.close, candle.volume) == (2, 3, Decimal("0.5"))
    asked = VENUE.past_trades(BTC, None)
    assert asked is not None
    assert asked.path == "/api/v3/brokerage/market/products/BTC-USD/ticker?limit=1000"
    (trade,) = VENUE.read_past_trades(BTC, json.dumps({"trades": [TRADE]}).encode())
    assert (trade.trade_id, trade.side) == ("10", Side.BUY)
    with pytest.raises(FrameError):
        VENUE.read_past_trades(BTC, b"{}")


# -- the recording -------------------------------------------------------------------------------------------------


def test_the_recording_settles_whose_side_is_told() -> None:
    """Every buyer's trade stands above the middle of the book in front of it; of the sellers' all but a few below."""
    replay = Replay(VENUE, ["BTC-USD", "ETH-USD"])
    middles: dict[str, Decimal] = {}
    counts: dict[tuple[str, bool], int] = {}
    seen = 0
    for _ in replay.run(records(CAPTURE)):
        for event in replay.trades[seen:]:
            middle = middles.get(event.stream.partition(":")[2])
            if not event.past and middle is not None and event.trade.price != middle:
                key = (event.trade.side.name, event.trade.price > middle)
                counts[key] = counts.get(key, 0) + 1
        seen = len(replay.trades)
        for symbol, sync in replay.syncs.items():
            best = sync.book.best() if sync.live else None
            if best is not None:
                middles[symbol] = Decimal(best[0] + best[2]).scaleb(-sync.book.price_decimals) / 2
    assert counts[("BUY", True)] >= 30
    assert ("BUY", False) not in counts
    assert counts[("SELL", False)] > 3 * counts.get(("SELL", True), 0)


def test_depth_frames_are_scanned_and_all_are_counted() -> None:
    decoder, numbers = FrameDecoder(VENUE.DEPTH), []
    for record in records(CAPTURE):
        if record["k"] == "recv":
            data = record["d"].encode()
            if decoder.scan(data):
                numbers.append(decoder.last_id)
            else:
                counted = VENUE.read(data)[0]
                assert isinstance(counted, Counted)
                numbers.append(counted.number)
    assert numbers == list(range(520))


# -- the simulated exchange ----------------------------------------------------------------------------------------


@pytest.fixture
def exchange() -> InProcess:
    made = InProcess(VENUE.NAME, ("BTC/USD", "ETH/USD"))
    made.connect()
    return made


@pytest.mark.slow
def test_books_and_trades_are_the_markets_own(exchange: InProcess) -> None:
    for _ in range(40):
        exchange.step(5)
        for pair, sync in exchange.syncs.items():
            assert sync.live
            assert exchange.ours(pair, 5000) == exchange.truth(pair, 5000)
    for pair in exchange.syncs:
        told = exchange.told(pair)
        # The last quarter of a second is still to come.
        assert len(exchange.seen(pair)) > 100
        assert exchange.seen(pair) == told[: len(exchange.seen(pair))]
    assert (exchange.complaints, exchange.renewals) == ([], [])


@pytest.mark.parametrize("lost", ["level2:BTC-USD", "market_trades:ETH-USD", "heartbeats"])
def test_any_lost_message_ends_the_connection(exchange: InProcess, lost: str) -> None:
    exchange.step(20)
    assert all(sync.live for sync in exchange.syncs.values())
    exchange.drop = lambda stream, _text: stream == lost
    exchange.step(15)
    assert exchange.renewals
    assert all(renewal.broken for renewal in exchange.renewals)
    exchange.drop = lambda _stream, _text: False
    exchange.connect()
    exchange.step(20)
    for pair in exchange.syncs:
        assert exchange.live(pair)
        assert exchange.ours(pair, 5000) == exchange.truth(pair, 5000)


def test_a_pair_in_usdc_is_read_from_the_book_in_dollars() -> None:
    exchange = InProcess(VENUE.NAME, ("BTC/USDC",), exchange_pairs=("BTC/USD",))
    exchange.connect()
    exchange.step(20)
    assert exchange.live("BTC/USDC")
    assert exchange.ours("BTC/USDC", 5000) == exchange.truth("BTC/USD", 5000)
    assert exchange.trades


def test_both_pairs_of_one_book_have_connections_of_their_own() -> None:
    twin = Instrument(Pair("BTC", "USDC"), "BTC-USD", Decimal("0.01"), Decimal("1e-8"), "online", True)
    plans = plan_sockets(VENUE, [BTC, twin], "diff", 10, checks=True)
    books = [[member.book.stream for member in plan.members if member.book is not None] for plan in plans]
    assert books == [["level2:BTC-USD"], ["level2:BTC-USD@USDC"]]
    (asked,) = VENUE.subscribe(["level2:BTC-USD@USDC"])
    assert json.loads(asked.text)["product_ids"] == ["BTC-USD"]
