"""Coinbase Exchange: messages, requests, lists and answers; recordings; a simulated exchange followed to the truth."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import FrameDecoder
from server.errors import FrameError
from server.model import Instrument, Pair, Side, Trade
from server.protocol.events import Bbo, Confirmed, Heartbeat, Rejected, TradeEvent
from server.protocol.sequence import PlainRule
from server.units import SECOND
from server.venues.coinbase_exchange import CoinbaseExchange
from tests.captures import capture_path, records
from tests.golden.replay import Replay
from tests.venues.in_process import InProcess

VENUE = CoinbaseExchange()
BTC = Instrument(Pair("BTC", "USD"), "BTC-USD", Decimal("0.01"), Decimal("1e-8"), "online", True)
FIVE, DERIVED = "coinbase_exchange/five_products_20210417", "coinbase_exchange/derived_matches_btcusd"
MATCH = {
    "trade_id": 10, "maker_order_id": "m", "taker_order_id": "t", "side": "sell", "size": "0.01", "price": "64001.10",
    "product_id": "BTC-USD", "sequence": 50, "time": "2026-01-01T00:00:00.123456Z",
}  # fmt: skip


def events(message: dict[str, Any]) -> list[Any]:
    return list(VENUE.read(json.dumps(message).encode()))


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ({"type": "heartbeat", "sequence": 90, "last_trade_id": 10, "product_id": "BTC-USD", "time": "x"}, Heartbeat()),
        (
            {"type": "subscriptions", "channels": [{"name": "matches", "product_ids": ["BTC-USD", "ETH-USD"]}]},
            Confirmed(("matches:BTC-USD", "matches:ETH-USD")),
        ),
        (
            {"type": "error", "message": "Failed to subscribe", "reason": "level2 requires authentication"},
            Rejected("Failed to subscribe: level2 requires authentication"),
        ),
        ({"type": "error", "message": "ErrSlowConsume"}, Rejected("ErrSlowConsume")),
        (
            {"type": "ticker", "product_id": "BTC-USD", "best_bid": "64001.00", "best_ask": "64001.10"},
            Bbo("BTC-USD", Decimal("64001.00"), Decimal("64001.10")),
        ),
        ({"type": "status", "products": [], "currencies": []}, None),
    ],
)
def test_messages(message: dict[str, Any], event: object) -> None:
    assert events(message) == ([] if event is None else [event])


def test_the_aggressor_is_not_the_maker() -> None:
    (event,) = events({"type": "match", **MATCH})
    trade = Trade("BTC-USD", "10", Decimal("64001.10"), Decimal("0.01"), Side.BUY, 1767225600123456000)
    assert event == TradeEvent("matches:BTC-USD", trade)
    (past,) = events({"type": "last_match", **MATCH, "side": "buy"})
    assert past.past
    assert past.trade.side is Side.SELL


def test_plan() -> None:
    plan = VENUE.book_plan(BTC, "diff", 10)
    assert (plan.stream, plan.route, plan.in_band) == ("level2_batch:BTC-USD", "BTC-USD", True)
    assert plan.rule is PlainRule
    assert plan.audit is not None
    assert plan.audit.path == "/products/BTC-USD/book?level=2"


def test_requests() -> None:
    streams = ["level2_batch:BTC-USD", "level2_batch:ETH-USD", "matches:BTC-USD", "ticker_batch:BTC-USD"]
    assert [json.loads(each.text) for each in VENUE.subscribe(streams)] == [
        {"type": "subscribe", "product_ids": ["BTC-USD", "ETH-USD"], "channels": ["level2_batch"]},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["ticker_batch"]},
        {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["heartbeat"]},
    ]
    assert [json.loads(each.text) for each in VENUE.unsubscribe(streams[:1])] == [
        {"type": "unsubscribe", "product_ids": ["BTC-USD"], "channels": ["level2_batch"]}
    ]
    many = [f"level2_batch:A{number}-USD" for number in range(120)]
    assert [len(json.loads(each.text)["product_ids"]) for each in VENUE.subscribe(many)] == [100, 20, 1]


def test_a_time_of_the_year_1_is_read() -> None:
    decoder = FrameDecoder(VENUE.DEPTH)
    assert decoder.scan(
        b'{"type":"l2update","product_id":"BTC-USD","changes":[["buy","1","2"]],"time":"0001-01-01T00:00:00.000000Z"}'
    )
    assert decoder.time <= 0


def test_recorded_list_of_products() -> None:
    body = next(record["d"] for record in records(f"{FIVE}.jsonl.gz") if record["k"] == "http")
    found = {item.symbol: item for item in VENUE.instruments(body.encode())}
    item = found["SKL-EUR"]
    assert (item.pair, item.tick, item.lot, item.trading) == (
        Pair("SKL", "EUR"),
        Decimal("0.0001"),
        Decimal("0.1"),
        True,
    )
    assert all(item.tick > 0 and item.lot > 0 for item in found.values())


def test_candles() -> None:
    request = VENUE.CANDLES.request(BTC, 60, 1767225600 * SECOND, 1767225900 * SECOND)
    assert request.path == (
        "/products/BTC-USD/candles?granularity=60&start=2026-01-01T00:00:00Z&end=2026-01-01T00:04:59Z"
    )
    body = b"[[1767225660,64000.1,64002,64001.5,64001.2,0.53],[1767225600,1,4,2,3,5]]"
    old, new = VENUE.read_candles(BTC, body)
    assert old.open_time == 1767225600 * SECOND
    assert [str(value) for value in (new.low, new.high, new.open, new.close, new.volume)] == [
        "64000.1", "64002", "64001.5", "64001.2", "0.53",
    ]  # fmt: skip


def test_past_trades() -> None:
    request = VENUE.past_trades(BTC, None)
    assert request is not None
    assert request.path == "/products/BTC-USD/trades?limit=1000"
    row = {key: MATCH[key] for key in ("trade_id", "side", "size", "price", "time")}
    (trade,) = VENUE.read_past_trades(BTC, json.dumps([row]).encode())
    assert (trade.symbol, trade.trade_id, trade.side) == ("BTC-USD", "10", Side.BUY)
    newer = VENUE.past_trades(BTC, trade)
    assert newer is not None
    assert newer.path == "/products/BTC-USD/trades?limit=1000&before=10"
    with pytest.raises(FrameError):
        VENUE.read_past_trades(BTC, b'[{"trade_id":1}]')


# -- recordings ----------------------------------------------------------------------------------------------------


def sliding_vwap(trades: Sequence[Trade], width: int) -> list[str]:
    """The golden files' VWAP of the last so many trades, behind each."""
    found = []
    for end in range(1, len(trades) + 1):
        part = trades[max(0, end - width) : end]
        total, zero = sum((trade.size for trade in part), Decimal(0)), Decimal(0)
        value = sum((trade.price * trade.size for trade in part), zero) / total
        found.append(str(value.quantize(Decimal("1e-12"))))
    return found


@pytest.mark.parametrize("capture", [FIVE, DERIVED])
def test_recorded_trades_equal_the_golden_ones(capture: str) -> None:
    golden = json.loads(
        gzip.decompress(capture_path(f"golden/trades/{capture.replace('/', '__')}.json.gz").read_bytes())
    )
    replay = Replay(VENUE, list(golden))
    for _ in replay.run(records(f"{capture}.jsonl.gz")):
        pass
    for symbol, expected in golden.items():
        trades = [event.trade for event in replay.trades if event.stream == f"matches:{symbol}"]
        assert len(trades) == expected["trades"]
        ids = [int(trade.trade_id) for trade in trades]
        assert ids == list(range(ids[0], ids[0] + len(ids)))
        assert sliding_vwap(trades, 200) == expected["vwap200"]
        for candle in expected["candles"]["60"]:
            start = candle["start"] * SECOND
            part = [trade for trade in trades if start <= trade.exchange_time < start + 60 * SECOND]
            assert len(part) == candle["trades"]
            assert sum(trade.size for trade in part) == Decimal(candle["volume"])
            assert (part[0].price, part[-1].price) == (Decimal(candle["open"]), Decimal(candle["close"]))
    assert [event.past for event in replay.trades].count(True) == len(golden)


def test_depth_frames_are_scanned_and_the_others_mean_something() -> None:
    decoder, depth = FrameDecoder(VENUE.DEPTH), 0
    for record in records(f"{FIVE}.jsonl.gz"):
        if record["k"] == "recv":
            data = record["d"].encode()
            if decoder.scan(data):
                depth += 1
            else:
                assert VENUE.read(data), record["d"]
    assert depth == 5759


# -- the simulated exchange ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_books_and_trades_are_the_markets_own() -> None:
    pairs = ("BTC/USD", "ETH/USD")
    exchange = InProcess(VENUE.NAME, pairs)
    exchange.connect()
    for _ in range(40):
        exchange.step(5)
        for pair in pairs:
            assert exchange.live(pair)
            assert exchange.ours(pair, 5000) == exchange.truth(pair, 5000)
    for pair in pairs:
        assert exchange.seen(pair) == exchange.told(pair) != []
    assert exchange.complaints == []


def test_a_new_book_of_one_product_leaves_the_others_alone() -> None:
    exchange = InProcess(VENUE.NAME, ("BTC/USD", "ETH/USD"))
    exchange.connect()
    exchange.step(20)
    exchange.sent.clear()
    exchange.session.resync(exchange.syncs["BTC/USD"], "for a test", exchange.now)
    assert not exchange.live("BTC/USD")
    exchange.step(2)
    assert all("ETH" not in text for text in exchange.sent)
    assert exchange.live("BTC/USD")
    assert exchange.syncs["ETH/USD"].entry.resyncs == 0
    assert exchange.ours("BTC/USD", 5000) == exchange.truth("BTC/USD", 5000)
