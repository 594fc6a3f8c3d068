"""Bitget: messages, requests, plans and the list of pairs as its documents write them; the simulated exchange."""

from __future__ import annotations

import json
import zlib
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import FrameDecoder, OrderBook
from server.errors import ThrottledError
from server.model import Instrument, Pair, Side, Trade
from server.protocol.events import Bbo, Confirmed, Heartbeat, Rejected, TradeEvent
from server.protocol.sequence import ProvedRule, StatelessRule
from server.venues import DEFAULT_VENUES
from server.venues.bitget import CHECKSUM, Bitget
from tests.venues.in_process import InProcess

VENUE = Bitget()
BTC = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.01"), Decimal("1e-6"), "online", True)
SOLD = Trade("BTCUSDT", "1000000000", Decimal("26293.4"), Decimal("0.0013"), Side.SELL, 1695709835822000000)
FILL = {"ts": "1695709835822", "price": "26293.4", "size": "0.0013", "side": "sell", "tradeId": "1000000000"}


def named(channel: str, symbol: str = "BTCUSDT") -> dict[str, str]:
    return {"instType": "SPOT", "channel": channel, "instId": symbol}


@pytest.mark.parametrize(
    ("message", "events"),
    [
        ({"event": "subscribe", "arg": named("books")}, [Confirmed(("books:BTCUSDT",))]),
        ({"event": "unsubscribe", "arg": named("books")}, [Heartbeat()]),
        (
            {"event": "error", "arg": named("books", "XY"), "code": 30001, "msg": "doesn't exist", "op": "subscribe"},
            [Rejected("30001 doesn't exist", "books:XY")],
        ),
        ({"event": "error", "code": 30016, "msg": "Param error"}, [Rejected("30016 Param error", "")]),
        (
            {"action": "update", "arg": named("trade"), "data": [FILL], "ts": 1695711090682},
            [Heartbeat(), TradeEvent("trade:BTCUSDT", SOLD)],
        ),
        (
            {"action": "snapshot", "arg": named("trade"), "data": [FILL], "ts": 1695711090682},
            [Heartbeat(), TradeEvent("trade:BTCUSDT", SOLD, True)],
        ),
        (
            {"action": "snapshot", "arg": named("ticker"), "data": [{"bidPr": "1792", "askPr": "2200.1"}]},
            [Heartbeat(), Bbo("BTCUSDT", Decimal(1792), Decimal("2200.1"))],
        ),
        ({"action": "snapshot", "arg": named("books"), "data": []}, []),
    ],
)
def test_messages(message: dict[str, Any], events: list[object]) -> None:
    assert list(VENUE.read(json.dumps(message).encode())) == events


def test_pongs_are_text() -> None:
    assert VENUE.heartbeat() == "ping"
    assert list(VENUE.read(b"pong")) == [Heartbeat()]


def test_requests_name_channel_and_pair() -> None:
    (request,) = VENUE.subscribe(["books:BTCUSDT", "trade:ETHUSDT"])
    assert json.loads(request.text) == {"op": "subscribe", "args": [named("books"), named("trade", "ETHUSDT")]}
    many = VENUE.subscribe([f"books:A{number}USDT" for number in range(100)])
    assert [len(each.streams) for each in many] == [40, 40, 20]
    assert all(len(each.text) <= 4096 for each in many)


def test_plans() -> None:
    plan = VENUE.book_plan(BTC, "diff", 100)
    assert (plan.stream, plan.route, plan.rule, plan.in_band) == ("books:BTCUSDT", "BTCUSDT", ProvedRule, True)
    assert plan.checksum is not None
    assert plan.checksum.written
    assert [VENUE.book_plan(BTC, "partial", levels).stream for levels in (1, 5, 10, 99)] == [
        "books1:BTCUSDT", "books5:BTCUSDT", "books15:BTCUSDT", "books15:BTCUSDT",
    ]  # fmt: skip
    assert VENUE.book_plan(BTC, "partial", 1).rule is StatelessRule


def test_the_checksum_is_of_the_texts_as_sent() -> None:
    """The sheet's second example, and its third rule: 0.5000 is never written as 0.5."""
    book = OrderBook(1, 4, written=True)
    decoder = FrameDecoder(Bitget.DEPTH)
    asks = [["3366.8", "0.5000"], ["3368", "8"], ["3372", "8"]]
    data = {"bids": [["3366.1", "7"]], "asks": asks, "checksum": 0, "seq": 1, "ts": "2"}
    frame = {"action": "snapshot", "arg": named("books"), "data": [data]}
    assert decoder.scan(json.dumps(frame).encode())
    assert (decoder.route, decoder.snapshot, decoder.last_id, decoder.time) == ("BTCUSDT", True, 1, 2)
    book.load_scanned(decoder)
    assert book.checksum(CHECKSUM) == zlib.crc32(b"3366.1:7:3366.8:0.5000:3368:8:3372:8")


def test_the_list_of_pairs() -> None:
    row = {"symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "pricePrecision": "2", "quantityPrecision": "6",
           "minTradeAmount": "0", "minTradeUSDT": "1", "status": "online"}  # fmt: skip
    body = {"code": "00000", "msg": "success", "data": [row, {**row, "symbol": "OLDUSDT", "status": "halt"}]}
    found = VENUE.instruments(json.dumps(body).encode())
    assert found[0] == BTC
    assert [item.trading for item in found] == [True, False]


def test_an_answer_that_says_too_often_is_obeyed() -> None:
    body = b'{"code":"429","msg":"Too Many Requests","requestTime":1,"data":null}'
    with pytest.raises(ThrottledError):
        VENUE.read_past_trades(BTC, body)


def test_it_is_read_only_when_named() -> None:
    assert not Bitget.PROVED
    assert "bitget" not in DEFAULT_VENUES


# -- the simulated exchange


@pytest.mark.parametrize("mode", ["diff", "partial"])
@pytest.mark.slow
def test_books_and_trades_are_the_markets_own(mode: str) -> None:
    exchange = InProcess("bitget", ("BTC/USDT", "ETH/BTC"), mode, levels=15)
    exchange.connect()
    for _ in range(40):
        exchange.step(5)
        for pair, sync in exchange.syncs.items():
            assert sync.live, sync.entry.detail
            assert exchange.ours(pair, 15) == exchange.truth(pair, 15)
    for pair, sync in exchange.syncs.items():
        assert exchange.seen(pair)[-len(exchange.told(pair)) :] == exchange.told(pair) != []
        entry = sync.entry
        assert (entry.checksum_failures, entry.checksums_verified > 30) == (0, mode == "diff")
    assert exchange.complaints == []


def test_a_lost_frame_near_the_touch_shows_in_the_next_checksum() -> None:
    exchange = InProcess("bitget", ("BTC/USDT", "ETH/BTC"))
    exchange.connect()
    exchange.step(20)
    exchange.drop = lambda stream, _text: stream == "books:BTCUSDT"
    exchange.step()
    exchange.drop = lambda _stream, _text: False
    exchange.step(20)
    sync = exchange.syncs["BTC/USDT"]
    assert (sync.entry.checksum_failures, sync.entry.resyncs, sync.live) == (1, 1, True)
    assert exchange.ours("BTC/USDT", 20) == exchange.truth("BTC/USDT", 20)
    assert exchange.syncs["ETH/BTC"].entry.resyncs == 0
