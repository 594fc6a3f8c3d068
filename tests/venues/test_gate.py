"""Gate, spot and perpetuals: messages, requests, lists and answers; a recording; the simulated exchanges."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import FrameDecoder
from server.errors import FrameError, ThrottledError
from server.model import Instrument, MarketKind, Pair, Side, Trade
from server.protocol.candle_source import OpenInterest
from server.protocol.events import Confirmed, Frames, Heartbeat, ReconnectRequest, Rejected, TradeEvent
from server.protocol.sequence import RangeRule, StatelessRule
from server.units import SECOND
from server.venues.gate import Gate
from server.venues.gate_futures import GateFutures
from tests.captures import records
from tests.venues.in_process import InProcess

SPOT, FUTURES = Gate(), GateFutures()
BTC = Instrument(Pair("BTC", "USDT"), "BTC_USDT", Decimal("0.1"), Decimal("0.000001"), "tradable", True)
PERPETUAL = Instrument(
    Pair("BTC", "USDT"), "BTC_USDT", Decimal("0.1"), Decimal(1), "trading", True, contract=Decimal("0.0001")
)
CAPTURE = "gate/v4_multi10_20210422.jsonl.gz"
SPOT_TRADE = {"id": 309143071, "create_time": 1760000000, "create_time_ms": "1760000000100.123", "side": "sell",
              "currency_pair": "BTC_USDT", "amount": "0.01", "price": "64001.1"}  # fmt: skip
CONTRACT_TRADE = {"id": 27753479, "create_time": 1760000000, "create_time_ms": 1760000000100, "contract": "BTC_USDT",
                  "size": -108, "price": "64001.1"}  # fmt: skip
SOLD = Trade("BTC_USDT", "309143071", Decimal("64001.1"), Decimal("0.01"), Side.SELL, 1760000000100123000)
SOLD_CONTRACTS = Trade("BTC_USDT", "27753479", Decimal("64001.1"), Decimal(108), Side.SELL, 1760000000100000000)


def said(channel: str, event: str, **more: Any) -> bytes:
    return json.dumps({"time": 1760000000, "channel": channel, "event": event, **more}).encode()


@pytest.mark.parametrize("venue", [SPOT, FUTURES])
def test_control_messages(venue: Gate) -> None:
    family = venue.FAMILY
    assert list(venue.read(said(f"{family}.trades", "subscribe", id=3, result={"status": "success"}))) == [
        Confirmed(request="3")
    ]
    assert list(venue.read(said(f"{family}.pong", "", error=None, result=None))) == [Heartbeat()]
    error = {"code": 2, "message": "unknown currency pair: FOO_BAR"}
    refused = said(f"{family}.trades", "subscribe", id=3, error=error, result={"status": "fail"})
    assert list(venue.read(refused)) == [Rejected("2 unknown currency pair: FOO_BAR", request="3")]
    for notice in (said("", "upgrade", result=None), said(f"{family}.system", "update", result={"type": "upgrade"})):
        assert [type(event) for event in venue.read(notice)] == [ReconnectRequest]
    assert list(venue.read(said(f"{family}.trades", "unsubscribe", result={"status": "success"}))) == []
    assert json.loads(venue.heartbeat() or "")["channel"] == f"{family}.ping"


def test_trades() -> None:
    (event,) = SPOT.read(said("spot.trades", "update", result=SPOT_TRADE))
    assert event == TradeEvent("spot.trades:BTC_USDT", SOLD)
    bought = {**CONTRACT_TRADE, "id": 27753480, "size": 50}
    first, second = FUTURES.read(said("futures.trades", "update", result=[CONTRACT_TRADE, bought]))
    assert first == TradeEvent("futures.trades:BTC_USDT", SOLD_CONTRACTS)
    assert isinstance(second, TradeEvent)
    assert (second.trade.side, second.trade.size) == (Side.BUY, 50)
    assert second.trade.in_base(PERPETUAL).size == Decimal("0.0050")


def test_plans() -> None:
    plan = SPOT.book_plan(BTC, "diff", 10)
    assert (plan.stream, plan.route, plan.rule) == ("spot.order_book_update:BTC_USDT", "BTC_USDT", RangeRule)
    assert plan.rest_snapshot is not None
    assert plan.rest_snapshot.path == "/api/v4/spot/order_book?currency_pair=BTC_USDT&limit=100&with_id=true"
    for levels, depth in ((50, 50), (51, 400)):
        plan = SPOT.book_plan(BTC, "obu", levels)
        name = f"ob.BTC_USDT.{depth}"
        assert (plan.stream, plan.route, plan.in_band, plan.window) == (f"spot.obu:{name}", name, True, depth)
    plan = SPOT.book_plan(BTC, "partial", 10)
    assert (plan.stream, plan.route, plan.rule) == ("spot.order_book:BTC_USDT:10", "BTC_USDT", StatelessRule)
    plan = FUTURES.book_plan(PERPETUAL, "diff", 10)
    assert plan.stream == "futures.order_book_update:BTC_USDT"
    assert plan.rest_snapshot is not None
    assert plan.rest_snapshot.path == "/api/v4/futures/usdt/order_book?contract=BTC_USDT&limit=100&with_id=true"
    assert FUTURES.MARKET_KIND is MarketKind.PERPETUAL


def test_requests() -> None:
    streams = [
        "spot.order_book_update:BTC_USDT", "spot.order_book:BTC_USDT:20", "spot.obu:ob.BTC_USDT.400",
        "spot.trades:BTC_USDT", "spot.trades:ETH_USDT",
    ]  # fmt: skip
    texts = [json.loads(each.text) for each in SPOT.subscribe(streams)]
    assert [(text["channel"], text["event"], text["payload"]) for text in texts] == [
        ("spot.order_book_update", "subscribe", ["BTC_USDT", "100ms"]),
        ("spot.order_book", "subscribe", ["BTC_USDT", "20", "100ms"]),
        ("spot.obu", "subscribe", ["ob.BTC_USDT.400"]),
        ("spot.trades", "subscribe", ["BTC_USDT", "ETH_USDT"]),
    ]
    (ended,) = FUTURES.unsubscribe(["futures.order_book_update:BTC_USDT"])
    assert json.loads(ended.text)["payload"] == ["BTC_USDT", "100ms", "100"]


def test_changes_without_levels_are_frames_too() -> None:
    """Of deep changes the stream tells the numbers alone."""
    (frames,) = SPOT.read(said("spot.obu", "update", result={"t": 1, "s": "ob.BTC_USDT.400", "U": 504, "u": 510}))
    assert isinstance(frames, Frames)
    decoder = FrameDecoder(SPOT.DEPTH)
    assert decoder.scan(frames.frames[0])
    assert (decoder.route, decoder.first_id, decoder.last_id) == ("ob.BTC_USDT.400", 504, 510)
    assert (decoder.bid_count, decoder.ask_count, decoder.snapshot) == (0, 0, False)


def test_lists() -> None:
    entry = {"id": "BTC_USDT", "base": "BTC", "quote": "USDT", "precision": 1, "amount_precision": 6,
             "min_base_amount": "0.00001", "min_quote_amount": "3", "trade_status": "tradable"}  # fmt: skip
    gone = {**entry, "id": "OLD_USDT", "base": "OLD", "trade_status": "untradable"}
    first, second = SPOT.instruments(json.dumps([entry, gone]).encode())
    assert first == replace(BTC, min_size=Decimal("0.00001"), min_notional=Decimal(3))
    assert not second.trading
    contract = {"name": "BTC_USDT", "type": "direct", "quanto_multiplier": "0.0001", "order_price_round": "0.1",
                "order_size_min": 1, "in_delisting": False, "status": "trading"}  # fmt: skip
    leaving = {**contract, "name": "OLD_USDT", "in_delisting": True}
    first, second = FUTURES.instruments(json.dumps([contract, leaving]).encode())
    assert first == replace(PERPETUAL, min_size=Decimal(1))
    assert (second.trading, second.status) == (False, "delisting")
    with pytest.raises(FrameError):
        FUTURES.instruments(json.dumps([{**contract, "name": "BTC_USD"}]).encode())


def test_candles() -> None:
    request = SPOT.CANDLES.request(BTC, 60, 1760000040 * SECOND, 1760000100 * SECOND)
    assert request.path == "/api/v4/spot/candlesticks?currency_pair=BTC_USDT&interval=1m&from=1760000040&to=1760000099"
    row = ["1760000040", "33920.1", "64001.2", "64002", "64000.1", "64001.5", "0.53", "true"]
    (candle,) = SPOT.read_candles(BTC, json.dumps([row]).encode())
    assert [str(value) for value in (candle.open, candle.high, candle.low, candle.close, candle.volume)] == [
        "64001.5", "64002", "64000.1", "64001.2", "0.53",
    ]  # fmt: skip
    assert (candle.quote_volume, candle.closed) == (Decimal("33920.1"), True)
    keyed = {"t": 1760000040, "v": 53, "c": "64001.2", "h": "64002", "l": "64000.1", "o": "64001.5", "sum": "339.2"}
    (candle,) = FUTURES.read_candles(PERPETUAL, json.dumps([keyed]).encode())
    assert (candle.volume, candle.quote_volume, candle.open) == (
        Decimal("0.0053"),
        Decimal("339.2"),
        Decimal("64001.5"),
    )


def test_past_trades() -> None:
    request = SPOT.past_trades(BTC, SOLD)
    assert request is not None
    assert request.path == "/api/v4/spot/trades?currency_pair=BTC_USDT&limit=1000&last_id=309143070"
    row = {**SPOT_TRADE, "id": "309143071", "create_time": "1760000000"}
    assert SPOT.read_past_trades(BTC, json.dumps([row]).encode()) == [SOLD]
    request = FUTURES.past_trades(PERPETUAL, SOLD_CONTRACTS)
    assert request is not None
    assert request.path == "/api/v4/futures/usdt/trades?contract=BTC_USDT&limit=1000&from=1760000000"
    row = {**CONTRACT_TRADE, "create_time": 1760000000.1, "create_time_ms": 1760000000.1}
    assert FUTURES.read_past_trades(PERPETUAL, json.dumps([row]).encode()) == [SOLD_CONTRACTS]
    with pytest.raises(ThrottledError):
        SPOT.read_past_trades(BTC, b'{"label":"TOO_MANY_REQUESTS","message":"x"}')


def test_open_interest_is_in_base_units() -> None:
    assert SPOT.open_interest(BTC) is None
    request = FUTURES.open_interest(PERPETUAL)
    assert request is not None
    assert request.path == "/api/v4/futures/usdt/contract_stats?contract=BTC_USDT&interval=5m&limit=1"
    rows = [{"time": 1760000300, "open_interest": 749773515}, {"time": 1760000000, "open_interest": 1}]
    found = FUTURES.read_open_interest(PERPETUAL, json.dumps(rows).encode())
    assert found == OpenInterest(Decimal("74977.3515"), 1760000300 * SECOND)
    with pytest.raises(FrameError):
        FUTURES.read_open_interest(PERPETUAL, b"[]")


def test_recorded_shapes() -> None:
    """Messages of several years: trades with their side, and a change of a perpetual's book."""
    trades: list[TradeEvent] = []
    depth = 0
    decoders = {venue: FrameDecoder(venue.DEPTH) for venue in (SPOT, FUTURES)}
    for record in records("shapes/gate.jsonl.gz"):
        message = json.loads(record["d"])
        channel = message.get("channel", "") if isinstance(message, dict) else ""
        venue = SPOT if channel.startswith("spot.") else FUTURES
        data = record["d"].encode()
        if channel.endswith(".trades") and "create_time_ms" in record["d"]:
            trades += [event for event in venue.read(data) if isinstance(event, TradeEvent)]
        elif channel.endswith(".order_book_update"):
            depth += decoders[venue].scan(data)
        elif channel:
            assert not decoders[venue].scan(data) or channel.endswith(".order_book")
    assert depth == 3
    assert [(event.trade.side.name, str(event.trade.size)) for event in trades] == [
        ("BUY", "0.00052"), ("BUY", "7"), ("BUY", "50"), ("SELL", "90"),
    ]  # fmt: skip


def test_depth_frames_are_scanned() -> None:
    decoder = FrameDecoder(SPOT.DEPTH)
    frames = [record["d"] for record in records(CAPTURE) if record["k"] == "recv"]
    depth = [frame for frame in frames if '"depthUpdate"' in frame]
    assert len(depth) == 172
    assert [frame for frame in frames if decoder.scan(frame.encode())] == depth


# -- the simulated exchanges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "mode", "options", "depth"),
    [
        ("gate", "diff", {}, 100),
        ("gate", "diff", {"full": "7"}, 100),
        ("gate", "obu", {}, 400),
        ("gate", "partial", {}, 100),
        ("gate_futures", "diff", {}, 100),
    ],
)
@pytest.mark.slow
def test_books_and_trades_are_the_markets_own(name: str, mode: str, options: dict[str, str], depth: int) -> None:
    exchange = InProcess(name, ("BTC/USDT", "ETH/USDT"), mode, options=options)
    exchange.connect()
    exchange.step(10)
    for _ in range(40):
        exchange.step(5)
        for pair, sync in exchange.syncs.items():
            assert sync.live, sync.entry.detail
            assert exchange.ours(pair, depth) == exchange.truth(pair, depth)
            assert mode == "partial" or min(sync.book.known(depth)) == depth, "the window is always complete"
    for pair, sync in exchange.syncs.items():
        assert exchange.seen(pair) == exchange.told(pair) != []
        assert (sync.entry.gaps, sync.entry.resyncs) == (0, 0)
    assert exchange.complaints == []


@pytest.mark.parametrize(
    ("name", "mode", "lost"),
    [
        ("gate", "diff", "spot.order_book_update:BTC_USDT:100ms"),
        ("gate", "obu", "spot.obu:BTC_USDT:400"),
        ("gate_futures", "diff", "futures.order_book_update:BTC_USDT:100ms/100"),
    ],
)
def test_lost_diffs_are_seen_and_healed(name: str, mode: str, lost: str) -> None:
    exchange = InProcess(name, ("BTC/USDT", "ETH/USDT"), mode)
    exchange.connect()
    exchange.step(20)
    exchange.drop = lambda stream, _text: stream == lost
    exchange.step()
    exchange.drop = lambda _stream, _text: False
    exchange.step(20)
    sync = exchange.syncs["BTC/USDT"]
    assert (sync.entry.gaps, sync.entry.resyncs) == (1, 1)
    assert sync.live
    assert exchange.ours("BTC/USDT", 100) == exchange.truth("BTC/USDT", 100)
    assert exchange.syncs["ETH/USDT"].entry.resyncs == 0
    assert exchange.complaints == []
