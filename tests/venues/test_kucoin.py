"""KuCoin: messages, requests, lists and answers; a recording with the venue's own tickers; the simulated exchange."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import FrameDecoder
from server.errors import FrameError, ThrottledError
from server.model import Instrument, Pair, Side, Trade
from server.protocol.events import Confirmed, Heartbeat, Hello, Rejected, TradeEvent
from server.protocol.sequence import RangeRule, StatelessRule
from server.units import SECOND
from server.venues.kucoin import Kucoin
from tests.captures import records
from tests.golden.replay import Replay
from tests.venues.in_process import InProcess

VENUE = Kucoin()
BTC = Instrument(Pair("BTC", "USDT"), "BTC-USDT", Decimal("0.1"), Decimal("1e-8"), "trading", True)
CAPTURE = "kucoin/five_20210425.jsonl.gz"
SYMBOLS = ("ANKR-BTC", "CAPP-BTC", "EQZ-BTC", "FET-BTC", "SNX-BTC")
MATCH = {
    "symbol": "BTC-USDT", "sequence": "8002", "side": "sell", "size": "0.01", "price": "64001.2", "takerOrderId": "t",
    "makerOrderId": "m", "tradeId": "8002", "time": "1760000000000000001", "type": "match",
}  # fmt: skip
SOLD = Trade("BTC-USDT", "8002", Decimal("64001.2"), Decimal("0.01"), Side.SELL, 1760000000000000001)


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ({"id": "NSkIrWGB1s", "type": "welcome"}, Hello()),
        ({"id": "1", "type": "ack"}, Confirmed(request="1")),
        ({"id": "ping", "type": "pong"}, Heartbeat()),
        ({"id": "1", "type": "error", "code": 509, "data": "exceed"}, Rejected("509 exceed", request="1")),
        (
            {"type": "message", "topic": "/market/match:BTC-USDT", "subject": "trade.l3match", "data": MATCH},
            TradeEvent("/market/match:BTC-USDT", SOLD),
        ),
        ({"type": "message", "topic": "/market/ticker:BTC-USDT", "subject": "trade.ticker", "data": {}}, None),
    ],
)
def test_messages(message: dict[str, Any], event: object) -> None:
    assert list(VENUE.read(json.dumps(message).encode())) == ([] if event is None else [event])


def test_plans() -> None:
    plan = VENUE.book_plan(BTC, "diff", 10)
    assert (plan.stream, plan.rule, plan.snapshot_levels) == ("/market/level2:BTC-USDT", RangeRule, 100)
    assert plan.rest_snapshot is not None
    assert (plan.rest_snapshot.path, plan.rest_snapshot.weight) == (
        "/api/v1/market/orderbook/level2_100?symbol=BTC-USDT",
        4,
    )
    assert plan.provisional is not None
    assert (plan.provisional.stream, plan.provisional.rule) == ("/spotMarket/level2Depth50:BTC-USDT", StatelessRule)
    assert VENUE.book_plan(BTC, "partial", 5).stream == "/spotMarket/level2Depth5:BTC-USDT"


def test_requests() -> None:
    streams = ["/market/level2:BTC-USDT", "/market/level2:ETH-USDT", "/market/match:BTC-USDT"]
    assert [json.loads(each.text)["topic"] for each in VENUE.subscribe(streams)] == [
        "/market/level2:BTC-USDT,ETH-USDT", "/market/match:BTC-USDT",
    ]  # fmt: skip
    assert json.loads(VENUE.unsubscribe(streams[:1])[0].text) == {
        "id": "1", "type": "unsubscribe", "topic": streams[0], "privateChannel": False, "response": True,
    }  # fmt: skip
    many = [f"/market/match:A{number}-USDT" for number in range(150)]
    assert [json.loads(each.text)["topic"].count(",") + 1 for each in VENUE.subscribe(many)] == [100, 50]
    assert json.loads(VENUE.heartbeat() or "")["type"] == "ping"


def test_the_address_is_given_out() -> None:
    request = VENUE.address()
    assert request is not None
    assert (request.method, request.path) == ("POST", "/api/v1/bullet-public")
    server = {"endpoint": "wss://ws-api-spot.kucoin.com/", "encrypt": True, "pingInterval": 18000}
    body = {"code": "200000", "data": {"token": "a+b/c==", "instanceServers": [server]}}
    given = VENUE.given_address(json.dumps(body).encode())
    assert given == "wss://ws-api-spot.kucoin.com/?token=a%2Bb%2Fc%3D%3D"
    for broken in (b"{}", b'{"data":{"token":"x","instanceServers":[]}}', b"[]"):
        with pytest.raises(FrameError):
            VENUE.given_address(broken)
    with pytest.raises(ThrottledError):
        VENUE.given_address(b'{"code":"429000","msg":"x"}')


def test_rows_that_only_have_a_number_change_nothing() -> None:
    decoder = FrameDecoder(VENUE.DEPTH)
    changes = {"asks": [["0", "0", "101"]], "bids": [["64001.1", "0.4", "102"]]}
    data = {"sequenceStart": 101, "sequenceEnd": 102, "symbol": "BTC-USDT", "changes": changes}
    assert decoder.scan(json.dumps({"topic": "/market/level2:BTC-USDT", "data": data}).encode())
    assert (decoder.first_id, decoder.last_id, decoder.bid_count, decoder.ask_count) == (101, 102, 1, 0)


def test_recorded_list_of_symbols() -> None:
    body = next(record["d"] for record in records(CAPTURE) if record["u"].endswith("/symbols"))
    found = {item.symbol: item for item in VENUE.instruments(body.encode())}
    item = found["REQ-ETH"]
    assert (item.pair, item.tick, item.lot) == (Pair("REQ", "ETH"), Decimal("0.0000001"), Decimal("0.0001"))
    assert set(SYMBOLS) <= set(found)


def test_candles_and_past_trades() -> None:
    request = VENUE.CANDLES.request(BTC, 60, 1760000040 * SECOND, 1760000100 * SECOND)
    assert request.path == "/api/v1/market/candles?symbol=BTC-USDT&type=1min&startAt=1760000040&endAt=1760000099"
    row = ["1760000040", "64001.5", "64001.2", "64002", "64000.1", "0.53", "33920.1"]
    (candle,) = VENUE.read_candles(BTC, json.dumps({"code": "200000", "data": [row]}).encode())
    assert [str(value) for value in (candle.open, candle.high, candle.low, candle.close, candle.quote_volume)] == [
        "64001.5", "64002", "64000.1", "64001.2", "33920.1",
    ]  # fmt: skip
    past = {"sequence": "8002", "price": "64001.2", "size": "0.01", "side": "sell", "time": 1760000000000000001}
    assert VENUE.read_past_trades(BTC, json.dumps({"data": [past]}).encode()) == [SOLD]
    with pytest.raises(ThrottledError):
        VENUE.read_past_trades(BTC, b'{"code":"429000"}')


# -- the recording -------------------------------------------------------------------------------------------------


def test_the_top_of_the_book_is_the_one_of_the_tickers() -> None:
    """Tickers carry the number of the book that they were taken of."""
    replay = Replay(VENUE, SYMBOLS)
    tickers: dict[tuple[str, int], list[str]] = {}
    for record in records(CAPTURE):
        message = json.loads(record["d"]) if record["k"] == "recv" else {}
        if message.get("subject") == "trade.ticker":
            data = message["data"]
            key = message["topic"].partition(":")[2], int(data["sequence"])
            tickers[key] = [data[name] for name in ("bestBid", "bestBidSize", "bestAsk", "bestAskSize")]
    checked = 0
    for _ in replay.run(records(CAPTURE)):
        for symbol, sync in replay.syncs.items():
            own = tickers.pop((symbol, sync.proved.rule.position), None) if sync.live else None
            best = sync.book.best()
            if own is not None and best is not None:
                scales = (sync.book.price_decimals, sync.book.size_decimals) * 2
                ours = [Decimal(value).scaleb(-scale) for value, scale in zip(best, scales, strict=True)]
                assert ours == [Decimal(value) for value in own], symbol
                checked += 1
    assert checked > 350


def test_depth_frames_are_scanned() -> None:
    decoder = FrameDecoder(VENUE.DEPTH)
    frames = [record["d"] for record in records(CAPTURE) if record["k"] == "recv"]
    depth = [frame for frame in frames if '"trade.l2update"' in frame]
    assert len(depth) == 1204
    assert all(decoder.scan(frame.encode()) == (frame in set(depth)) for frame in frames[:400])
    assert all(decoder.scan(frame.encode()) for frame in depth)


# -- the simulated exchange ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["diff", "partial"])
@pytest.mark.slow
def test_books_and_trades_are_the_markets_own(mode: str) -> None:
    exchange = InProcess("kucoin", ("BTC/USDT", "ETH/BTC"), mode, levels=50)
    exchange.connect()
    exchange.step(20)
    for _ in range(40):
        exchange.step(5)
        for pair, sync in exchange.syncs.items():
            assert sync.live, sync.entry.detail
            known = min(sync.book.known(50))
            assert known >= 5
            assert exchange.ours(pair, known) == exchange.truth(pair, known)
    for pair in exchange.syncs:
        assert exchange.seen(pair) == exchange.told(pair) != []
    assert exchange.complaints == []


def test_nothing_is_sent_before_the_welcome(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = InProcess("kucoin", ("BTC/USDT",))
    monkeypatch.setattr(exchange.exchange, "greet", lambda _session: [])
    exchange.connect()
    exchange.step(20)
    assert exchange.sent == []
    exchange.hear(['{"id":"x","type":"welcome"}'])
    assert [json.loads(text)["type"] for text in exchange.sent] == ["subscribe", "subscribe"]


def test_lost_diffs_are_seen_and_healed_by_a_snapshot() -> None:
    exchange = InProcess("kucoin", ("BTC/USDT", "ETH/BTC"))
    exchange.connect()
    exchange.step(20)
    exchange.drop = lambda stream, _text: stream == "/market/level2:BTC-USDT"
    exchange.step()
    exchange.drop = lambda _stream, _text: False
    exchange.step(20)
    sync = exchange.syncs["BTC/USDT"]
    assert (sync.entry.gaps, sync.entry.resyncs) == (1, 1)
    assert sync.live
    assert exchange.ours("BTC/USDT", 20) == exchange.truth("BTC/USDT", 20)
    assert exchange.syncs["ETH/BTC"].entry.resyncs == 0
