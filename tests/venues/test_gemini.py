"""Gemini's two protocols: messages, requests, lists and answers; a recording; the simulated exchange."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import BookLock, FrameDecoder
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import Effect, Send
from server.connection.session import Session
from server.errors import VenueError
from server.model import Instrument, Pair, Receipt, Side, Trade
from server.protocol.events import Confirmed, Heartbeat, Rejected, Resubscribed, TradeEvent
from server.protocol.sequence import PlainRule, RangeRule, StatelessRule
from server.units import SECOND
from server.venues.gemini import Gemini
from server.venues.gemini_v2 import GeminiV2
from tests.captures import records
from tests.venues.in_process import InProcess

NEW, OLD = Gemini(), GeminiV2()
BTC = Instrument(Pair("BTC", "USD"), "btcusd", Decimal("0.01"), Decimal("1e-8"), "open", True)
STREAM = "btcusd@depth@100ms"
CAPTURE = "gemini/multi10_20210623.jsonl.gz"


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ({"id": STREAM, "status": 200}, Resubscribed(STREAM)),
        ({"id": STREAM, "status": 200, "result": {}}, Resubscribed(STREAM)),
        ({"id": "1", "status": 200}, Confirmed(request="1")),
        ({"id": "ping", "status": 200}, Heartbeat()),
        (
            {"id": "4", "status": 400, "error": {"code": -1013, "msg": "Invalid stream name: x@depth"}},
            Rejected("-1013 Invalid stream name: x@depth", request="4"),
        ),
        (
            {"E": 1760000000200000000, "s": "btcusd", "t": 9000000001, "p": "64001.20", "q": "0.01", "m": True},
            TradeEvent(
                "btcusd@trade",
                Trade("btcusd", "9000000001", Decimal("64001.20"), Decimal("0.01"), Side.SELL, 1760000000200000000),
            ),
        ),
        ({"u": 5, "E": 1, "s": "btcusd", "b": "1", "B": "2", "a": "3", "A": "4"}, None),
        ({"e": "markPrice", "E": 1, "s": "btcgusdperp", "p": "1", "i": "2"}, None),
    ],
)
def test_messages(message: dict[str, Any], event: object) -> None:
    assert list(NEW.read(json.dumps(message).encode())) == ([] if event is None else [event])


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ({"type": "heartbeat", "timestamp": 1760000000000}, Heartbeat()),
        ({"reason": "NoValidTradingPairs", "result": "error"}, Rejected("NoValidTradingPairs")),
        (
            {"type": "trade", "symbol": "BTCUSD", "event_id": 3575573053, "timestamp": 1760000000123,
             "price": "64001.20", "quantity": "0.01", "side": "buy"},
            TradeEvent(
                "l2:BTCUSD",
                Trade("btcusd", "3575573053", Decimal("64001.20"), Decimal("0.01"), Side.BUY, 1760000000123000000),
            ),
        ),
    ],
)  # fmt: skip
def test_archived_messages(message: dict[str, Any], event: object) -> None:
    assert list(OLD.read(json.dumps(message).encode())) == [event]


def test_block_trades_have_no_aggressor() -> None:
    message = {
        "type": "trade",
        "symbol": "BTCUSD",
        "event_id": 1,
        "timestamp": 1760000000123,
        "price": "1",
        "quantity": "1",
    }
    (event,) = OLD.read(json.dumps({**message, "side": "block"}).encode())
    assert isinstance(event, TradeEvent)
    assert event.trade.side is Side.UNKNOWN


def test_plans() -> None:
    plan = NEW.book_plan(BTC, "diff", 10)
    assert (plan.stream, plan.route, plan.rule) == (STREAM, "btcusd", RangeRule)
    assert (plan.in_band, plan.first_is_snapshot, plan.rest_snapshot) == (True, True, None)
    assert plan.audit is not None
    assert plan.audit.path == "/v1/book/btcusd?limit_bids=0&limit_asks=0"
    assert [NEW.book_plan(BTC, "partial", levels).stream for levels in (5, 6, 1000)] == [
        "btcusd@depth5@100ms", "btcusd@depth10@100ms", "btcusd@depth20@100ms",
    ]  # fmt: skip
    assert NEW.book_plan(BTC, "partial", 5).rule is StatelessRule
    old = OLD.book_plan(BTC, "diff", 10)
    assert (old.stream, old.route, old.rule, old.in_band) == ("l2:BTCUSD", "BTCUSD", PlainRule, True)
    assert OLD.trade_stream(BTC) == old.stream, "one subscription brings both"
    assert (NEW.stream_path([]), OLD.stream_path([])) == ("/?snapshot=-1", "/v2/marketdata")
    assert OLD.MIRRORS == NEW.NAME


def test_requests() -> None:
    assert [json.loads(each.text) for each in NEW.subscribe([STREAM, "btcusd@trade"])] == [
        {"id": STREAM, "method": "ping"},
        {"id": "1", "method": "subscribe", "params": [STREAM, "btcusd@trade"]},
    ]
    assert [json.loads(each.text) for each in NEW.unsubscribe([STREAM])] == [
        {"id": "1", "method": "unsubscribe", "params": [STREAM]}
    ]
    assert json.loads(NEW.heartbeat() or "") == {"id": "ping", "method": "ping"}
    assert [json.loads(each.text) for each in OLD.subscribe(["l2:BTCUSD", "l2:ETHUSD"])] == [
        {"type": "subscribe", "subscriptions": [{"name": "l2", "symbols": ["BTCUSD", "ETHUSD"]}]}
    ]
    assert json.loads(OLD.unsubscribe(["l2:BTCUSD"])[0].text)["type"] == "unsubscribe"
    assert OLD.heartbeat() is None


def test_lists() -> None:
    entry = {"symbol": "BTCUSD", "base_currency": "BTC", "quote_currency": "USD", "tick_size": 1e-8,
             "quote_increment": 0.01, "min_order_size": "0.00001", "status": "open",
             "product_type": "spot"}  # fmt: skip
    perpetual = {**entry, "symbol": "BTCGUSDPERP", "product_type": "swap"}
    closed = {**entry, "symbol": "OLDUSD", "base_currency": "OLD", "status": "closed"}
    for venue in (NEW, OLD):
        first, second = venue.instruments(json.dumps([entry, perpetual, closed]).encode())
        assert first == replace(BTC, min_size=Decimal("0.00001"))
        assert not second.trading


def test_candles_and_past_trades() -> None:
    assert NEW.CANDLES.request(BTC, 3600, 0, SECOND).path == "/v2/candles/btcusd/1hr"
    (candle,) = NEW.read_candles(BTC, b"[[1760000000000,64001.5,64002,64000.1,64001.2,0.53]]")
    assert candle.open_time == 1760000000 * SECOND
    assert (candle.low, candle.close) == (Decimal("64000.1"), Decimal("64001.2"))
    row = {"timestamp": 1760000000, "timestampms": 1760000000123, "tid": 9000000001, "price": "64001.20",
           "amount": "0.01", "exchange": "gemini", "type": "buy"}  # fmt: skip
    (trade,) = NEW.read_past_trades(BTC, json.dumps([row]).encode())
    assert (trade.trade_id, trade.side, trade.exchange_time) == ("9000000001", Side.BUY, 1760000000123000000)
    request = NEW.past_trades(BTC, trade)
    assert request is not None
    assert request.path == "/v1/trades/btcusd?limit_trades=500&timestamp=1760000000123"
    with pytest.raises(VenueError):
        NEW.read_past_trades(BTC, b'{"result":"error"}')


def test_partial_books_are_named_by_either_key() -> None:
    decoder = FrameDecoder(NEW.DEPTH)
    for key in ("s", "symbol"):
        frame = {"lastUpdateId": 505, key: "btcusd", "bids": [["64001.10", "0.5"]], "asks": [["64001.20", "1"]]}
        assert decoder.scan(json.dumps(frame).encode())
        assert (decoder.route, decoder.last_id, decoder.bid_count, decoder.ask_count) == ("btcusd", 505, 1, 1)


# -- the order of the real venue: books come before the answer to their subscription --------------------------------


class Desk:
    """One book, fed by hand."""

    def __init__(self) -> None:
        self.sync = BookSynchronizer("gemini", NEW.book_plan(BTC, "diff", 10), NEW.LIMITS, BookLock(), lambda: None)
        self.session = Session(NEW, [self.sync], [NEW.trade_stream(BTC)])
        self.now = SECOND
        self.methods: list[str] = []
        self.do(self.session.opened(self.now))

    def do(self, effects: Iterable[Effect]) -> None:
        self.methods += [json.loads(effect.text)["method"] for effect in effects if isinstance(effect, Send)]

    def hear(self, message: dict[str, Any]) -> None:
        self.now += SECOND // 100
        self.do(self.session.receive(json.dumps(message).encode(), Receipt(self.now, self.now)))

    def depth(self, first: int, last: int, bids: list[list[str]], asks: list[list[str]]) -> None:
        self.hear({"e": "depthUpdate", "E": self.now, "s": "btcusd", "U": first, "u": last, "b": bids, "a": asks})

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)
        self.do(self.session.tick(self.now))


def test_the_book_may_come_before_the_answer() -> None:
    desk = Desk()
    desk.hear({"id": STREAM, "status": 200})
    desk.depth(500, 500, [["10", "1"], ["9", "1"]], [["11", "1"]])
    desk.hear({"id": "1", "status": 200})
    assert desk.sync.live
    desk.depth(500, 503, [["10", "0"]], [])  # The ids overlap by one.
    desk.depth(503, 510, [["9.5", "2"]], [])
    assert desk.sync.live
    assert desk.sync.book.counts() == (2, 1)
    desk.depth(520, 530, [["9.5", "3"]], [])
    assert desk.sync.entry.gaps == 1
    assert not desk.sync.live


def test_what_is_left_over_of_the_old_subscription_is_no_book() -> None:
    desk = Desk()
    desk.hear({"id": STREAM, "status": 200})
    desk.depth(500, 500, [["10", "1"]], [["11", "1"]])
    desk.depth(520, 530, [["9", "1"]], [])
    assert desk.methods == ["ping", "subscribe", "unsubscribe"]
    desk.depth(530, 540, [["9", "2"]], [])
    desk.wait(1.0)
    assert desk.methods[3:] == ["ping", "subscribe"]
    desk.depth(540, 545, [["8", "1"]], [["12", "1"]])
    assert not desk.sync.live
    desk.hear({"id": "1", "status": 200})
    desk.hear({"id": STREAM, "status": 200})
    desk.depth(545, 545, [["10", "5"], ["9", "5"]], [["11", "5"]])
    assert desk.sync.live
    assert desk.sync.book.counts() == (2, 1)


# -- the recording of the archived protocol --------------------------------------------------------------------------


def test_depth_frames_are_scanned_and_the_others_mean_something() -> None:
    decoder, depth, books = FrameDecoder(OLD.DEPTH), 0, 0
    trades: list[TradeEvent] = []
    for record in records(CAPTURE):
        if record["k"] != "recv":
            continue
        data = record["d"].encode()
        if decoder.scan(data):
            depth += 1
            books += decoder.snapshot
        else:
            (event,) = OLD.read(data)
            trades += [event] if isinstance(event, TradeEvent) else []
    assert (depth, books, len(trades)) == (655, 10, 16)


# -- the simulated exchange ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "mode"), [("gemini", "diff"), ("gemini", "partial"), ("gemini_v2", "diff")])
@pytest.mark.slow
def test_books_and_trades_are_the_markets_own(name: str, mode: str) -> None:
    exchange = InProcess(name, ("BTC/USD", "ETH/USDT"), mode, exchange="gemini", levels=20)
    exchange.connect()
    for _ in range(40):
        exchange.step(5)
        for pair, sync in exchange.syncs.items():
            assert sync.live, sync.entry.detail
            depth = 20 if mode == "partial" else 5000
            assert exchange.ours(pair, depth) == exchange.truth(pair, depth)
    for pair in exchange.syncs:
        assert exchange.seen(pair) == exchange.told(pair) != []
    assert exchange.complaints == []


def test_a_lost_diff_is_seen_and_only_its_book_is_fetched_again() -> None:
    exchange = InProcess("gemini", ("BTC/USD", "ETH/USDT"))
    exchange.connect()
    exchange.step(20)
    exchange.drop = lambda stream, _text: stream == "btcusd@depth@100ms"
    exchange.step()
    exchange.drop = lambda _stream, _text: False
    exchange.sent.clear()
    exchange.step()
    assert exchange.syncs["BTC/USD"].entry.gaps == 1
    exchange.step(20)
    assert exchange.live("BTC/USD")
    assert exchange.ours("BTC/USD", 5000) == exchange.truth("BTC/USD", 5000)
    assert all("ethusdt" not in text for text in exchange.sent)
    assert exchange.syncs["ETH/USDT"].entry.resyncs == 0
