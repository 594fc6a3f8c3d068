"""FTX, which is gone: its recorded texts, and books against the simulated exchange."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import FrameDecoder
from server.config import build
from server.errors import ConfigError, VenueError
from server.model import Instrument, Pair, Side
from server.protocol.events import Bbo, Confirmed, Event, Heartbeat, ReconnectRequest, Rejected, TradeEvent
from server.protocol.sequence import ProvedRule
from server.venues import DEFAULT_VENUES
from server.venues.ftx import Ftx
from tests.captures import records
from tests.venues.in_process import InProcess

BTC = Instrument(Pair("BTC", "USD"), "BTC/USD", Decimal("1.0"), Decimal("0.0001"), "enabled", True)
CAPTURE = "ftx/multi10_20210722.jsonl.gz"


def read(message: dict[str, Any]) -> list[Event]:
    return list(Ftx().read(json.dumps(message).encode()))


def test_requests() -> None:
    assert [json.loads(each.text) for each in Ftx().subscribe(["orderbook:BTC-PERP"])] == [
        {"op": "subscribe", "channel": "orderbook", "market": "BTC-PERP"}
    ]
    assert json.loads(Ftx().unsubscribe(["trades:BTC/USD"])[0].text)["op"] == "unsubscribe"
    assert json.loads(Ftx().heartbeat() or "") == {"op": "ping"}


def test_it_is_gone() -> None:
    assert "ftx" not in DEFAULT_VENUES
    config = build({"pairs": ["BTC/USD"], "use_venues": ["ftx"]})
    with pytest.raises(ConfigError, match="FTX is gone"):
        config.of("ftx").addresses(Ftx)


def test_plans() -> None:
    plan = Ftx().book_plan(BTC, "diff", 10)
    assert (plan.stream, plan.route, plan.rule) == ("orderbook:BTC/USD", "BTC/USD", ProvedRule)
    assert (plan.window, plan.in_band) == (100, True)


@pytest.mark.parametrize(
    ("message", "events"),
    [
        ({"type": "subscribed", "channel": "orderbook", "market": "X"}, [Confirmed(("orderbook:X",))]),
        ({"type": "unsubscribed", "channel": "orderbook", "market": "X"}, [Heartbeat()]),
        ({"type": "pong"}, [Heartbeat()]),
        ({"type": "error", "code": 404, "msg": "No such market: FOO"}, [Rejected("404 No such market: FOO")]),
        ({"type": "info", "code": 20001, "msg": "restarting"}, [ReconnectRequest("restarting")]),
        ({"type": "info", "code": 1, "msg": "else"}, [Heartbeat()]),
        ({"channel": "orderbook", "market": "X", "type": "update", "data": {"bids": 3}}, []),
        (
            {"channel": "ticker", "market": "X", "type": "update", "data": {"bid": 1.5, "ask": 1.75}},
            [Bbo("X", Decimal("1.5"), Decimal("1.75"))],
        ),
        ({"channel": "ticker", "market": "X", "type": "update", "data": {"bid": None, "ask": 1.75}}, [Heartbeat()]),
        ({"channel": "trades", "market": "X", "type": "update", "data": []}, [Heartbeat()]),
    ],
)
def test_messages(message: dict[str, Any], events: list[Event]) -> None:
    assert read(message) == events


def test_trades() -> None:
    row = {"id": 100, "price": 19251.0, "size": 0.01, "side": "sell", "time": "2021-07-22T22:25:41.601234+00:00"}
    whole = {**row, "id": 103, "side": "buy", "time": "2021-07-22T22:25:42+00:00"}
    events = read({"channel": "trades", "market": "BTC-PERP", "type": "update", "data": [row, whole]})
    trades = [event.trade for event in events if isinstance(event, TradeEvent)]
    assert [(trade.side, trade.size) for trade in trades] == [
        (Side.SELL, Decimal("0.01")),
        (Side.BUY, Decimal("0.01")),
    ]
    assert trades[0].exchange_time == 1_626_992_741_601_234_000
    assert trades[1].exchange_time == 1_626_992_742_000_000_000


def test_recorded_frames_are_scanned_and_told_apart() -> None:
    decoder, books = FrameDecoder(Ftx.DEPTH), 0
    for record in records(CAPTURE):
        if record["k"] == "recv":
            is_book = '"channel": "orderbook"' in record["d"] and '"data"' in record["d"]
            assert decoder.scan(record["d"].encode()) is is_book
            assert is_book or Ftx().read(record["d"].encode())
            books += is_book
    assert books == 971


def test_recorded_lists() -> None:
    (body,) = (record["d"].encode() for record in records(CAPTURE) if record["k"] == "http")
    found = {item.symbol: item for item in Ftx().instruments(body)}
    assert found["BTC/USD"] == BTC
    assert len(found) > 100
    assert "BTC-PERP" not in found
    with pytest.raises(VenueError, match="retry"):
        Ftx().instruments(b'{"success":false,"error":"Please retry request"}')


def test_candles_count_the_quote() -> None:
    second = 1_000_000_000
    request = Ftx.CANDLES.request(BTC, 60, 1_626_992_700 * second, 1_626_992_820 * second)
    assert request.path == (
        "/api/markets/BTC/USD/candles?resolution=60&start_time=1626992700&end_time=1626992819"
    )  # fmt: skip
    row = {"startTime": "2021-07-22T22:25:00+00:00", "time": 1626992700000.0, "open": 1.0, "high": 2.0, "low": 0.5,
           "close": 1.5, "volume": 464193.9}  # fmt: skip
    (candle,) = Ftx().read_candles(BTC, json.dumps({"success": True, "result": [row]}).encode())
    assert (candle.open_time, candle.volume, candle.quote_volume) == (1_626_992_700 * second, None, Decimal("464193.9"))


def test_past_trades() -> None:
    row = {"id": 100, "price": 19251.0, "size": 0.01, "side": "sell", "time": "2021-07-22T22:25:41.601234+00:00"}
    (trade,) = Ftx().read_past_trades(BTC, json.dumps({"success": True, "result": [row]}).encode())
    request = Ftx().past_trades(BTC, trade)
    assert request is not None
    assert request.path == "/api/markets/BTC/USD/trades?start_time=1626992741"


def test_books_follow_the_market_and_heal() -> None:
    pair = "BTC/USD"
    wire = InProcess("ftx", [pair])
    wire.connect()
    wire.step(20)
    entry = wire.syncs[pair].entry
    for _ in range(20):
        wire.step()
        assert wire.ours(pair, 100) == wire.truth(pair, 100)
    assert entry.checksums_verified > 20
    lost = iter([True])
    wire.drop = lambda stream, text: stream.startswith("orderbook") and '"bids": [[' in text and next(lost, False)
    wire.step(40)
    assert wire.live(pair)
    assert entry.checksum_failures == entry.resyncs == 1
    assert wire.ours(pair, 100) == wire.truth(pair, 100)
    assert [row[1:] for row in wire.seen(pair)] == [row[1:] for row in wire.told(pair)]
    assert not wire.complaints
