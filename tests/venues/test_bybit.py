"""Bybit spot and linear: their texts, their lists, and their books against the simulated exchange."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import FrameDecoder
from server.errors import FrameError, VenueError
from server.model import Instrument, Pair, Side, Trade
from server.protocol.events import Bbo, Confirmed, Heartbeat, OpenInterestUpdate, Rejected, TradeEvent
from server.protocol.sequence import CounterRule, StatelessRule
from server.venues.bybit import Bybit, BybitLinear
from tests.captures import records
from tests.venues.in_process import InProcess

BTC = Instrument(Pair("BTC", "USDT"), "BTCUSDT", Decimal("0.1"), Decimal("0.000001"), "Trading", True)
SENT = 1_760_000_000_007
CAPTURE = "bybit/v5_btc_sol_20260809.jsonl.gz"


def ok(result: dict[str, Any]) -> bytes:
    return json.dumps({"retCode": 0, "retMsg": "OK", "result": result, "time": 1_760_000_000_000}).encode()


def test_requests() -> None:
    asked = Bybit().subscribe([f"publicTrade.C{number}USDT" for number in range(25)])
    requests = [json.loads(each.text) for each in asked]
    assert [len(request["args"]) for request in requests] == [10, 10, 5]
    assert [request["req_id"] for request in requests] == ["1", "2", "3"]
    assert json.loads(BybitLinear().unsubscribe(["tickers.X"])[0].text)["op"] == "unsubscribe"
    assert (Bybit().stream_path([]), BybitLinear().stream_path([])) == ("/v5/public/spot", "/v5/public/linear")
    assert json.loads(Bybit().heartbeat() or "") == {"op": "ping"}
    assert (Bybit().ticker_stream(BTC), BybitLinear().ticker_stream(BTC)) == ("", "tickers.BTCUSDT")


@pytest.mark.parametrize(
    ("mode", "levels", "depth"), [("diff", 1, 50), ("diff", 51, 200), ("diff", 5000, 1000), ("partial", 20, 1)]
)
def test_plans(mode: str, levels: int, depth: int) -> None:
    plan = Bybit().book_plan(BTC, mode, levels)
    assert (plan.stream, plan.window, plan.in_band) == (f"orderbook.{depth}.BTCUSDT", depth, True)
    assert plan.rule is (StatelessRule if mode == "partial" else CounterRule)
    assert plan.audit is not None
    assert plan.audit.path == "/v5/market/orderbook?category=spot&symbol=BTCUSDT&limit=200"


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (
            {"success": True, "ret_msg": "subscribe", "conn_id": "a", "req_id": "1", "op": "subscribe"},
            Confirmed(request="1"),
        ),
        ({"success": True, "ret_msg": "", "conn_id": "a", "req_id": "1", "op": "unsubscribe"}, Heartbeat()),
        ({"success": True, "ret_msg": "pong", "conn_id": "a", "op": "ping"}, Heartbeat()),
        ({"op": "pong", "args": ["1760000000000"], "conn_id": "a"}, Heartbeat()),
        (
            {
                "success": False,
                "ret_msg": "error:handler not found,topic:orderbook.51.X",
                "req_id": "1",
                "op": "subscribe",
            },
            Rejected("error:handler not found,topic:orderbook.51.X", "orderbook.51.X", "1"),
        ),
    ],
)
def test_control_messages(message: dict[str, Any], event: object) -> None:
    assert Bybit().read(json.dumps(message).encode()) == (event,)


def test_block_trades_are_left_out() -> None:
    row = {"T": 1_760_000_000_038, "s": "BTCUSDT", "S": "Buy", "v": "0.01", "p": "64001.2", "i": "6f1c-uuid"}
    rows = [{**row, "BT": False}, {**row, "S": "Sell", "i": "7", "BT": True}, {**row, "S": "Sell", "i": "8"}]
    message = {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": 1, "data": rows}
    events = [event for event in Bybit().read(json.dumps(message).encode()) if isinstance(event, TradeEvent)]
    assert [(event.trade.trade_id, event.trade.side) for event in events] == [
        ("6f1c-uuid", Side.BUY),
        ("8", Side.SELL),
    ]
    trade = Trade("BTCUSDT", "6f1c-uuid", Decimal("64001.2"), Decimal("0.01"), Side.BUY, 1_760_000_000_038_000_000)
    assert events[0] == TradeEvent("publicTrade.BTCUSDT", trade)
    message["data"] = rows[1:2]
    assert Bybit().read(json.dumps(message).encode()) == (Heartbeat(),), "nothing at all would look like a broken book"


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (
            {"bid1Price": "1.5", "ask1Price": "1.6", "openInterest": "30", "singleOpenInterest": "14"},
            [
                Bbo("BTCUSDT", Decimal("1.5"), Decimal("1.6")),
                OpenInterestUpdate("tickers.BTCUSDT", Decimal(14), SENT * 1_000_000),
            ],
        ),
        ({"openInterest": "30"}, [OpenInterestUpdate("tickers.BTCUSDT", Decimal(15), SENT * 1_000_000)]),
        ({"bid1Price": "1.5"}, []),
        ({"markPrice": "1.5"}, []),
    ],
)
def test_tickers_are_deltas(data: dict[str, str], events: list[object]) -> None:
    message = {"topic": "tickers.BTCUSDT", "type": "delta", "ts": SENT, "data": {"symbol": "BTCUSDT", **data}}
    assert list(BybitLinear().read(json.dumps(message).encode())) == [Heartbeat(), *events]


def test_recorded_frames_are_scanned_and_told_apart() -> None:
    decoder, books, touches = FrameDecoder(Bybit.DEPTH), 0, 0
    for record in records(CAPTURE):
        if record["k"] == "recv":
            is_book = '"topic":"orderbook.' in record["d"]
            assert decoder.scan(record["d"].encode()) is is_book
            books += is_book
            events = () if is_book or '"kline' in record["d"] else BybitLinear().read(record["d"].encode())
            touches += any(isinstance(event, Bbo) for event in events)
            assert events or is_book or '"kline' in record["d"]
    assert books == 414 + 300 + 383
    assert touches > 50


def test_recorded_lists() -> None:
    bodies = [record["d"].encode() for record in records(CAPTURE) if record["k"] == "http"]
    linear, spot = BybitLinear().instruments(bodies[0]), Bybit().instruments(bodies[1])
    assert (len(linear), len(spot)) == (760, 557), "40 futures have a date"
    found = {item.pair: item for item in spot}
    assert found[Pair("BTC", "USDT")] == replace(BTC, min_size=Decimal("0.000001"), min_notional=Decimal(5))
    perpetuals = {item.pair: item for item in linear}
    assert perpetuals[Pair("BTC", "USDC")].symbol == "BTCPERP"
    assert perpetuals[Pair("BTC", "USDT")].lot == Decimal("0.001")
    assert BybitLinear().more_instruments(bodies[0]) is None


def test_pages_and_errors() -> None:
    request = BybitLinear().more_instruments(ok({"list": [], "nextPageCursor": "a&b="}))
    assert request is not None
    assert request.path == "/v5/market/instruments-info?category=linear&limit=1000&cursor=a%26b%3D"
    assert Bybit().more_instruments(ok({"list": [], "nextPageCursor": ""})) is None
    with pytest.raises(VenueError, match="10001 params error"):
        Bybit().instruments(b'{"retCode":10001,"retMsg":"params error","result":{}}')


def test_candles() -> None:
    second = 1_000_000_000
    request = BybitLinear.CANDLES.request(BTC, 60, 1_760_000_040 * second, 1_760_000_160 * second)
    assert request.path == (
        "/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1&start=1760000040000&end=1760000159999&limit=2"
    )
    rows = [["1760000100000", "2", "3", "1", "2.5", "10", "25"], ["1760000040000", "1", "2", "1", "2", "5", "7"]]
    first, last = Bybit().read_candles(BTC, ok({"category": "spot", "list": rows}))
    assert (first.open_time, first.volume, last.quote_volume) == (1_760_000_040 * second, 5, 25)


def test_open_interest_is_one_sided() -> None:
    def answer(**row: str) -> bytes:
        return ok({"category": "linear", "list": [{"symbol": "BTCUSDT", **row}]})

    found = BybitLinear().read_open_interest(BTC, answer(openInterest="59891.732", singleOpenInterest="29945.866"))
    assert (found.amount, found.exchange_time) == (Decimal("29945.866"), 1_760_000_000 * 10**9)
    assert BybitLinear().read_open_interest(BTC, answer(openInterest="3")).amount == Decimal("1.5")
    with pytest.raises(FrameError):
        BybitLinear().read_open_interest(BTC, answer())
    assert Bybit().open_interest(BTC) is None


def test_past_trades() -> None:
    row = {"execId": "a", "symbol": "BTCUSDT", "price": "2", "size": "1", "side": "Sell", "time": "1760000000038"}
    rows = [{**row, "isBlockTrade": False}, {**row, "execId": "b", "isBlockTrade": True}]
    (trade,) = Bybit().read_past_trades(BTC, ok({"category": "spot", "list": rows}))
    assert (trade.trade_id, trade.side, trade.exchange_time) == ("a", Side.SELL, 1_760_000_000_038_000_000)
    for venue, limit in ((Bybit(), 60), (BybitLinear(), 1000)):
        request = venue.past_trades(BTC, None)
        assert request is not None
        assert request.path.endswith(f"&symbol=BTCUSDT&limit={limit}")


@pytest.mark.parametrize("venue", ["bybit", "bybit_linear"])
@pytest.mark.parametrize("levels", [50, 1000])
def test_books_follow_the_market_and_heal(venue: str, levels: int) -> None:
    pair = "BTC/USDT"
    wire = InProcess(venue, [pair], levels=levels)
    wire.connect()
    wire.step(20)
    for _ in range(20):
        wire.step()
        if levels == 50:  # The others are sent every 200 ms.
            assert wire.ours(pair, levels) == wire.truth(pair, levels)
    lost = iter([True])
    wire.drop = lambda stream, _text: stream.startswith("orderbook.") and next(lost, False)
    wire.step(40)
    assert wire.live(pair)
    assert wire.syncs[pair].entry.gaps == wire.syncs[pair].entry.resyncs == 1
    assert not wire.complaints
    assert not wire.renewals
    told = [row[1:] for row in wire.told(pair)]
    assert [row[1:] for row in wire.seen(pair)] == told, "ids are names"


def test_a_snapshot_at_any_time_restarts_the_book() -> None:
    pair = "BTC/USDT"
    wire = InProcess("bybit", [pair], levels=50)
    wire.connect()
    wire.step(20)
    wire.hear(publication.make("") for publication in wire.exchange.restart(wire.peer.streams))
    assert wire.syncs[pair].proved.rule.position == 1
    wire.step(20)
    assert wire.live(pair)
    assert wire.syncs[pair].entry.gaps == 0
    assert wire.ours(pair, 50) == wire.truth(pair, 50)


def test_the_best_level_alone() -> None:
    wire = InProcess("bybit_linear", ["BTC/USDT"], "partial")
    wire.connect()
    for _ in range(20):
        wire.step()
        assert wire.ours("BTC/USDT", 5) == wire.truth("BTC/USDT", 1)
