"""Deribit perpetuals: JSON-RPC texts, the list, and books against the simulated exchange."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import FrameDecoder
from server.errors import ThrottledError
from server.model import Instrument, Pair, Side
from server.protocol.events import (
    Bbo,
    Confirmed,
    Event,
    Heartbeat,
    OpenInterestUpdate,
    Rejected,
    Reply,
    Restarted,
    TradeEvent,
)
from server.protocol.sequence import LinkRule
from server.venues.deribit import Deribit
from tests.captures import records
from tests.venues.in_process import InProcess

INVERSE = Instrument(
    Pair("BTC", "USD"), "BTC-PERPETUAL", Decimal("0.5"), Decimal("10.0"), "active", True, inverse=True,
    min_size=Decimal(10),
)  # fmt: skip
LINEAR = Instrument(
    Pair("BTC", "USDC"), "BTC_USDC-PERPETUAL", Decimal("0.5"), Decimal("0.0001"), "active", True,
    min_size=Decimal("0.0001"),
)  # fmt: skip
CAPTURE = "deribit/options_20210722.jsonl.gz"


def read(message: dict[str, Any]) -> list[Event]:
    return list(Deribit().read(json.dumps(message).encode()))


def notification(channel: str, data: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "subscription", "params": {"channel": channel, "data": data}}


def test_requests() -> None:
    streams = [f"book.C{number}-PERPETUAL.100ms" for number in range(30)]
    first, second = (json.loads(each.text) for each in Deribit().subscribe(streams))
    assert (first["method"], first["params"]["channels"]) == ("public/subscribe", streams[:25])
    assert second["id"] == "subscribe 2 " + " ".join(streams[25:])
    assert json.loads(Deribit().unsubscribe(["a"])[0].text)["method"] == "public/unsubscribe"
    heartbeat, platform = (json.loads(text) for text in Deribit().opening())
    assert (heartbeat["method"], heartbeat["params"]) == ("public/set_heartbeat", {"interval": 10})
    assert platform["params"] == {"channels": ["platform_state"]}


def test_plans() -> None:
    plan = Deribit().book_plan(INVERSE, "diff", 10)
    assert (plan.stream, plan.rule, plan.in_band, plan.window) == ("book.BTC-PERPETUAL.100ms", LinkRule, True, 0)
    assert Deribit().trade_stream(INVERSE) == "trades.BTC-PERPETUAL.100ms"
    assert Deribit().ticker_stream(INVERSE) == Deribit().interest_stream(INVERSE) == "ticker.BTC-PERPETUAL.100ms"


@pytest.mark.parametrize(
    ("message", "events"),
    [
        ({"id": "subscribe 7 a b", "result": ["a", "b"], "testnet": False}, [Confirmed(("a", "b"))]),
        (
            {"id": "subscribe 7 a b", "result": ["b"]},
            [Confirmed(("b",)), Rejected("it is not among the channels accepted", "a")],
        ),
        ({"id": "unsubscribe 7 a", "result": ["a"]}, [Heartbeat()]),
        ({"id": "set_heartbeat", "result": "ok"}, [Heartbeat()]),
        ({"id": "test", "result": {"version": "1.2.26"}}, [Heartbeat()]),
        ({"id": 0, "result": ["a"]}, [Heartbeat()]),
        (
            {"id": "subscribe 7 a.raw", "error": {"code": 13778, "message": "raw_subscriptions_not_available"}},
            [Rejected("13778 raw_subscriptions_not_available", request="7")],
        ),
        ({"error": {"code": 10028, "message": "too_many_requests"}}, [Rejected("10028 too_many_requests")]),
        ({"method": "heartbeat", "params": {"type": "heartbeat"}}, [Heartbeat()]),
        (notification("platform_state", {"locked": "true"}), [Restarted("the venue is in maintenance")]),
        (notification("platform_state", {"locked": "false"}), []),
    ],
)
def test_control_messages(message: dict[str, Any], events: list[Event]) -> None:
    assert read({"jsonrpc": "2.0", **message}) == events


def test_a_test_request_is_answered() -> None:
    (reply,) = read({"jsonrpc": "2.0", "method": "heartbeat", "params": {"type": "test_request"}})
    assert isinstance(reply, Reply)
    assert json.loads(reply.text)["method"] == "public/test"


def test_trades() -> None:
    row = {
        "trade_seq": 77, "trade_id": "ETH-310", "timestamp": 1_760_000_000_090, "price": 64001.5, "amount": 10.0,
        "instrument_name": "BTC-PERPETUAL", "direction": "sell",
    }  # fmt: skip
    rows = [row, {**row, "trade_seq": 78, "block_trade_id": "1"}, {**row, "trade_seq": 79, "combo_id": "BTC-FS"}]
    events = read(notification("trades.BTC-PERPETUAL.100ms", rows))
    trades = [event.trade for event in events if isinstance(event, TradeEvent)]
    assert [trade.trade_id for trade in trades] == ["77", "78", "79"], "numbers without holes"
    assert (trades[0].price, trades[0].size, trades[0].side) == (Decimal("64001.5"), 10, Side.SELL)
    assert trades[0].exchange_time == 1_760_000_000_090_000_000


@pytest.mark.parametrize(("bid", "ask", "touches"), [(29930.5, 29931.0, 1), (0.0, 29931.0, 0), (None, 29931.0, 0)])
def test_tickers(bid: float | None, ask: float | None, touches: int) -> None:
    data = {"timestamp": 1_760_000_000_007, "best_bid_price": bid, "best_ask_price": ask, "open_interest": 559791310}
    events = read(notification("ticker.BTC-PERPETUAL.100ms", data))
    assert OpenInterestUpdate("ticker.BTC-PERPETUAL.100ms", Decimal(559791310), 1_760_000_000_007_000_000) in events
    touch = Bbo("book.BTC-PERPETUAL.100ms", Decimal("29930.5"), Decimal("29931.0"))
    assert [event for event in events if isinstance(event, Bbo)] == [touch] * touches


def test_recorded_frames_are_scanned_and_told_apart() -> None:
    decoder, books = FrameDecoder(Deribit.DEPTH), 0
    for record in records(CAPTURE):
        if record["k"] == "recv":
            is_book = '"channel":"book.' in record["d"]
            assert decoder.scan(record["d"].encode()) is is_book
            assert is_book or Deribit().read(record["d"].encode())
            books += is_book
    assert books == 10 + 36


def test_lists() -> None:
    common = {
        "kind": "future", "is_active": True, "tick_size": 0.5, "base_currency": "BTC", "settlement_period": "perpetual",
    }  # fmt: skip
    entries = [
        {**common, "instrument_name": "BTC-PERPETUAL", "quote_currency": "USD", "instrument_type": "reversed",
         "min_trade_amount": 10.0, "contract_size": 10.0},
        {**common, "instrument_name": "BTC_USDC-PERPETUAL", "quote_currency": "USDC", "instrument_type": "linear",
         "min_trade_amount": 0.0001, "contract_size": 0.0001},
        {**common, "instrument_name": "BTC-25DEC26", "settlement_period": "month"},
    ]  # fmt: skip
    assert Deribit().instruments(json.dumps({"jsonrpc": "2.0", "result": entries}).encode()) == [INVERSE, LINEAR]
    assert INVERSE.contract == 1, "sizes are dollars, not contracts"
    with pytest.raises(ThrottledError, match="10028"):
        Deribit().instruments(b'{"jsonrpc":"2.0","error":{"code":10028,"message":"too_many_requests"}}')


def test_candles_come_in_columns() -> None:
    second = 1_000_000_000
    request = Deribit.CANDLES.request(INVERSE, 3600, 1_760_000_400 * second, 1_760_007_600 * second)
    assert request.path == (
        "/api/v2/public/get_tradingview_chart_data?instrument_name=BTC-PERPETUAL&resolution=60"
        "&start_timestamp=1760000400000&end_timestamp=1760007599999"
    )
    columns = {
        "ticks": [1_760_000_400_000, 1_760_004_000_000], "open": [1.0, 2.0], "high": [3.0, 4.0], "low": [0.5, 1.0],
        "close": [2.0, 3.0], "volume": [0.25, 0.0], "cost": [16000.0, 0.0], "status": "ok",
    }  # fmt: skip
    first, last = Deribit().read_candles(INVERSE, json.dumps({"result": columns}).encode())
    assert (first.open_time, first.volume, first.quote_volume) == (1_760_000_400 * second, Decimal("0.25"), 16000)
    assert (last.high, last.close) == (4, 3)


@pytest.mark.parametrize(("item", "in_quote"), [(INVERSE, True), (LINEAR, False)])
def test_open_interest(item: Instrument, in_quote: bool) -> None:
    body = b'{"result":[{"open_interest":560105870.0,"creation_timestamp":1654340303741}]}'
    found = Deribit().read_open_interest(item, body)
    assert (found.amount, found.in_quote) == (Decimal(560105870), in_quote)
    assert found.exchange_time == 1_654_340_303_741_000_000


def test_past_trades_follow_the_known_one() -> None:
    body = {"result": {"trades": [
        {"trade_seq": 78, "timestamp": 1_760_000_000_005, "price": 1.5, "amount": 10.0, "instrument_name": "X",
         "direction": "buy"}
    ], "has_more": False}}  # fmt: skip
    (trade,) = Deribit().read_past_trades(INVERSE, json.dumps(body).encode())
    assert (trade.trade_id, trade.side) == ("78", Side.BUY)
    request = Deribit().past_trades(INVERSE, trade)
    assert request is not None
    assert request.path == (
        "/api/v2/public/get_last_trades_by_instrument?instrument_name=BTC-PERPETUAL&count=1000&start_seq=79&sorting=asc"
    )


@pytest.mark.parametrize("pair", ["BTC/USD", "ETH/USDC"])
def test_books_follow_the_market_and_heal(pair: str) -> None:
    wire = InProcess("deribit", [pair])
    wire.connect()
    wire.step(20)
    entry = wire.syncs[pair].entry
    for _ in range(20):
        wire.step()
        assert wire.ours(pair, 1000) == wire.truth(pair, 1000)
    lost = iter([True])
    wire.drop = lambda stream, _text: stream.startswith("book.") and next(lost, False)
    wire.step(40)
    assert wire.live(pair)
    assert entry.gaps == entry.resyncs == 1
    assert wire.ours(pair, 1000) == wire.truth(pair, 1000)
    assert wire.seen(pair) == wire.told(pair)
    assert not wire.complaints


def test_a_wrong_name_is_noticed() -> None:
    wire = InProcess("deribit", ["BTC/USD"])
    wire.connect()
    wire.hear(wire.exchange.receive(wire.peer, wire.venue.subscribe(["book.NONE-PERPETUAL.100ms"])[0].text))
    assert wire.complaints == [
        "the venue rejected book.NONE-PERPETUAL.100ms: it is not among the channels accepted"
    ]  # fmt: skip
