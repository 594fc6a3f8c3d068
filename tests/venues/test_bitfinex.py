"""Bitfinex: its arrays and events, its list, and its books against the simulated exchange."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from orderbook_ext import FrameDecoder, OrderBook, Positions
from server.book.depth_reader import level_values
from server.book.l3_book import L3Book
from server.errors import FrameError, ThrottledError, VenueError
from server.model import Instrument, Pair, Side, Trade
from server.protocol.events import (
    ChecksumSeen,
    Confirmed,
    Counted,
    Event,
    Heartbeat,
    Hello,
    ReconnectRequest,
    Rejected,
    Restarted,
    TradeEvent,
)
from server.protocol.sequence import CountedRule
from server.venues.bitfinex import Bitfinex
from tests.captures import records
from tests.venues.in_process import InProcess

BTC = Instrument(Pair("BTC", "USD"), "tBTCUSD", Decimal(0), Decimal("1e-8"), "listed", True)
DEPTH_POSITIONS = Bitfinex.DEPTH.positions or Positions()
TRADE = Trade("18", "1001", Decimal(64001), Decimal("0.01"), Side.SELL, 1_760_000_000_000_000_000)


def read(text: str) -> list[Event]:
    return list(Bitfinex().read(text.encode()))


def test_requests() -> None:
    asked = Bitfinex().subscribe(["book:tDUSK:USD:P0:100", "trades:tDUSK:USD"])
    assert [json.loads(each.text) for each in asked] == [
        {
            "event": "subscribe", "channel": "book", "symbol": "tDUSK:USD", "subId": "1", "prec": "P0", "freq": "F0",
            "len": "100",
        },
        {"event": "subscribe", "channel": "trades", "symbol": "tDUSK:USD", "subId": "2"},
    ]  # fmt: skip
    # What was never confirmed has no channel that could be ended.
    assert [json.loads(each.text) for each in Bitfinex().unsubscribe(["17", "book:tBTCUSD:P0:25"])] == [
        {"event": "unsubscribe", "chanId": 17}
    ]
    assert json.loads(Bitfinex().opening()[0]) == {"event": "conf", "flags": 229376}


@pytest.mark.parametrize(
    ("mode", "levels", "stream"),
    [
        ("diff", 10, "book:tBTCUSD:P0:25"),
        ("P0", 26, "book:tBTCUSD:P0:100"),
        ("P3", 5000, "book:tBTCUSD:P3:250"),
    ],
)
def test_plans(mode: str, levels: int, stream: str) -> None:
    plan = Bitfinex().book_plan(BTC, mode, levels)
    assert (plan.stream, plan.rule, plan.in_band) == (stream, CountedRule, True)
    assert str(plan.window) == stream.rpartition(":")[2]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ('{"event":"info","version":2,"serverId":"f","platform":{"status":1}}', [Hello()]),
        ('{"event":"info","version":2,"platform":{"status":0}}', [Rejected("the venue is in maintenance")]),
        ('{"event":"info","code":20051,"msg":"Stopping"}', [ReconnectRequest("the venue stops this server")]),
        ('{"event":"info","code":20060,"msg":""}', [Restarted("the venue refreshes its books")]),
        ('{"event":"info","code":20061,"msg":""}', [Restarted("the venue refreshes its books"), Hello()]),
        ('{"event":"conf","status":"OK","flags":229376}', []),
        ('{"event":"conf","status":"FAILED"}', [Rejected("the venue does not number its messages")]),
        (
            '{"event":"subscribed","channel":"book","chanId":17,"symbol":"tBTCUSD","prec":"P0","freq":"F0",'
            '"len":"100","pair":"BTCUSD"}',
            [Confirmed(("book:tBTCUSD:P0:100",), route="17")],
        ),
        (
            '{"event":"subscribed","channel":"trades","chanId":18,"symbol":"tDUSK:USD","pair":"DUSK:USD"}',
            [Confirmed(("trades:tDUSK:USD",), route="18")],
        ),
        ('{"event":"unsubscribed","status":"OK","chanId":17}', []),
        (
            '{"event":"error","msg":"symbol: invalid","code":10300,"channel":"trades","symbol":"tX"}',
            [Rejected("10300 symbol: invalid", "trades:tX")],
        ),
        ('{"event":"error","msg":"unsubscribe: invalid","code":10400,"chanId":9}',
         [Rejected("10400 unsubscribe: invalid")]),
    ],
)  # fmt: skip
def test_events(text: str, events: list[Event]) -> None:
    assert read(text) == events


@pytest.mark.parametrize(
    ("body", "events"),
    [
        ('[17,"hb"', [Heartbeat()]),
        ('[17,"cs",-1190631730', [ChecksumSeen("17", 3104335566)]),
        ('[17,"cs",30026640', [ChecksumSeen("17", 30026640)]),
        ('[18,"te",[1001,1760000000000,-0.01,64001]', [TradeEvent("18", TRADE)]),
        ('[18,"tu",[1001,1760000000000,-0.01,64001]', []),
        ("[18,[[1001,1760000000000,-0.01,64001]]", [TradeEvent("18", TRADE, past=True)]),
        ("[18,[]", []),
        ("[17,[64001,2,0.35]", []),
        ("[19,[60400,76.1,60406,86.2,-1292,-0.02,60410,10.0,62408,60057]", []),
    ],
)
@pytest.mark.parametrize(("tail", "number"), [("", None), (",501", 501), (",501,1760000000001", 501)])
def test_every_array_is_counted(body: str, events: list[Event], tail: str, number: int | None) -> None:
    assert read(f"{body}{tail}]") == ([] if number is None else [Counted(number)]) + events


def test_recorded_frames_are_counted_one_by_one() -> None:
    decoder, last, trades = FrameDecoder(Bitfinex.DEPTH), 0, 0
    for record in records("bitfinex/multi7_20210417.jsonl.gz"):
        if record["k"] != "recv" or record["d"].startswith("{"):
            continue
        data = record["d"].encode()
        events = Bitfinex().read(data)
        numbers = [event.number for event in events if isinstance(event, Counted)]
        assert numbers == [last + 1]
        last += 1
        if decoder.scan(data):
            assert decoder.last_id == last
        trades += sum(isinstance(event, TradeEvent) for event in events)
    assert last == 1670
    assert trades > 100


def test_lists() -> None:
    body = [["BTCUSD", "BTCUST", "DUSK:USD", "ALGUSD"], [["UST", "USDt"], ["ALG", "ALGO"], ["EUT", "EURt"]]]
    items = Bitfinex().instruments(json.dumps(body).encode())
    assert [(str(item.pair), item.symbol) for item in items] == [
        ("BTC/USD", "tBTCUSD"), ("BTC/USDT", "tBTCUST"), ("DUSK/USD", "tDUSK:USD"), ("ALGO/USD", "tALGUSD"),
    ]  # fmt: skip
    assert items[0] == BTC
    for broken in (b'[["BTCUS"],[]]', b"[[1],[]]"):
        with pytest.raises(FrameError):
            Bitfinex().instruments(broken)
    with pytest.raises(ThrottledError, match="ratelimit"):
        Bitfinex().instruments(b'["error",11010,"ratelimit: error"]')


def test_recorded_list() -> None:
    (body,) = (
        record["d"]
        for record in records("bitfinex/multi7_20210417.jsonl.gz")
        if record["u"].endswith("/pub:list:pair:exchange")
    )
    items = Bitfinex().instruments(f"[{body[1:-1]},[]]".encode())
    assert len(items) > 250
    assert {"tBTCUSD", "tTESTBTC:TESTUSD"} <= {item.symbol for item in items}


def test_candles_have_the_close_before_the_high() -> None:
    second = 1_000_000_000
    request = Bitfinex.CANDLES.request(BTC, 60, 1_760_000_040 * second, 1_760_000_160 * second)
    assert request.path == (
        "/v2/candles/trade:1m:tBTCUSD/hist?start=1760000040000&end=1760000159999&limit=2&sort=1"
    )  # fmt: skip
    (candle,) = Bitfinex().read_candles(BTC, b"[[1654074480000,31636,31637.5,31640,31630,0.11289119]]")
    assert (candle.open, candle.high, candle.low, candle.close) == (31636, 31640, 31630, Decimal("31637.5"))
    assert candle.volume == Decimal("0.11289119")
    with pytest.raises(VenueError, match="10020 limit: invalid"):
        Bitfinex().read_candles(BTC, b'["error",10020,"limit: invalid"]')


def test_past_trades_begin_with_the_known_one() -> None:
    request = Bitfinex().past_trades(BTC, TRADE)
    assert request is not None
    assert request.path == "/v2/trades/tBTCUSD/hist?limit=1000&start=1760000000000&sort=1"
    (trade,) = Bitfinex().read_past_trades(BTC, b"[[1001,1760000000000,-0.01,64001]]")
    assert (trade.symbol, trade.size, trade.side) == ("tBTCUSD", Decimal("0.01"), Side.SELL)


@pytest.mark.parametrize("levels", [25, 250])
def test_books_follow_the_market_and_a_lost_message_is_a_hole(levels: int) -> None:
    pair = "BTC/USD"
    wire = InProcess("bitfinex", [pair], levels=levels)
    wire.connect()
    wire.step(20)
    entry = wire.syncs[pair].entry
    for _ in range(20):
        wire.step()
        assert wire.ours(pair, levels) == wire.truth(pair, levels)
    assert entry.checksums_verified >= 30
    assert entry.checksum_failures == 0
    assert wire.seen(pair) == wire.told(pair)
    lost = iter([True])
    wire.drop = lambda _stream, _text: next(lost, False)
    wire.step(2)
    assert entry.gaps == 1
    assert wire.renewals
    assert wire.renewals[0].broken


@pytest.mark.parametrize("mode", ["P1", "P4"])
def test_coarser_books_are_proved_too(mode: str) -> None:
    wire = InProcess("bitfinex", ["BTC/USD"], mode, levels=100)
    wire.connect()
    wire.step(20)
    assert wire.live("BTC/USD")
    assert wire.syncs["BTC/USD"].entry.checksums_verified >= 10
    assert wire.syncs["BTC/USD"].entry.checksum_failures == 0


def test_books_of_orders_become_books_of_levels() -> None:
    """Not wired to a session yet: the frames of a simulated R0 book, the checksum of its orders and its levels."""
    pair = "BTC/USD"
    wire = InProcess("bitfinex", [pair], levels=25)
    wire.connect()
    request = {"event": "subscribe", "channel": "book", "symbol": "tBTCUSD", "prec": "R0", "freq": "F0", "len": "100"}
    orders, decoder, book = L3Book(DEPTH_POSITIONS), FrameDecoder(Bitfinex.DEPTH), OrderBook(0, 8)
    checked = 0
    heard: list[str] = [str(text) for text in wire.exchange.receive(wire.peer, json.dumps(request))]
    channel = json.loads(heard.pop(0))["chanId"]
    wire.hear = lambda texts: heard.extend(map(str, texts))  # type: ignore[method-assign]
    for _ in range(20):
        wire.step()
        for text in [text for text in heard if text.startswith(f"[{channel},")]:
            frames = orders.frames(text.encode())
            if frames is None:
                checked += 1
                (value,) = (event.value for event in read(text) if isinstance(event, ChecksumSeen))
                assert orders.checksum() == value
            for frame in frames or ():
                assert decoder.scan(frame)
                if decoder.snapshot:
                    book.load_scanned(decoder)
                else:
                    book.apply_scanned(decoder)
        heard.clear()
        assert level_values(book, 100) == wire.truth(pair, 100)
    assert checked >= 10


def test_a_new_subscription_has_a_channel_of_its_own() -> None:
    pair = "BTC/USD"
    wire = InProcess("bitfinex", [pair], levels=25)
    wire.connect()
    wire.step(10)
    wire.session.resync(wire.syncs[pair], "a test", wire.now)
    wire.step(10)
    assert wire.live(pair)
    assert wire.ours(pair, 25) == wire.truth(pair, 25)
    assert [text for text in wire.sent if "unsubscribe" in text]
    assert not wire.renewals
    assert not wire.complaints


def test_books_of_single_orders_are_kept_through_the_session() -> None:
    """Mode R0: rows are orders; the session writes them as levels, counts each message once, and checks the orders."""
    pair = "BTC/USD"
    wire = InProcess("bitfinex", [pair], mode="R0", levels=100)
    wire.connect()
    for _ in range(60):
        wire.step()
        assert wire.live(pair)
    entry = wire.syncs[pair].entry
    assert entry.checksums_verified >= 30
    assert entry.checksum_failures == 0
    assert not wire.renewals
    assert not wire.complaints
    # Only so many orders are sent: the last level may have more than is shown.
    assert [side[:20] for side in wire.ours(pair, 30)] == [side[:20] for side in wire.truth(pair, 30)]
