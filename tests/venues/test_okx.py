"""OKX spot and swaps: their texts, their lists, and their books against the simulated exchange."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import FrameDecoder
from server.errors import ThrottledError
from server.model import Instrument, Pair, Side, Trade
from server.protocol.events import Confirmed, Heartbeat, OpenInterestUpdate, ReconnectRequest, Rejected, TradeEvent
from server.protocol.sequence import LinkRule, StatelessRule
from server.venues.okx import Okx, OkxSwap
from tests.captures import records
from tests.venues.in_process import InProcess

BTC = Instrument(Pair("BTC", "USDT"), "BTC-USDT", Decimal("0.1"), Decimal("1e-8"), "live", True)
SWAP = Instrument(
    Pair("BTC", "USD"), "BTC-USD-SWAP", Decimal("0.1"), Decimal(1), "live", True, contract=Decimal(100), inverse=True
)


def ok(data: list[Any]) -> bytes:
    return json.dumps({"code": "0", "msg": "", "data": data}).encode()


def test_requests() -> None:
    streams = [f"books:C{number}-USDT" for number in range(150)]
    first, second = (json.loads(each.text) for each in Okx().subscribe(streams))
    assert (first["op"], len(first["args"]), len(second["args"])) == ("subscribe", 100, 50)
    assert first["args"][0] == {"channel": "books", "instId": "C0-USDT"}
    (ended,) = OkxSwap().unsubscribe(["open-interest:BTC-USD-SWAP"])
    assert json.loads(ended.text) == {
        "id": "1",
        "op": "unsubscribe",
        "args": [{"channel": "open-interest", "instId": "BTC-USD-SWAP"}],
    }
    assert Okx().stream_path(streams) == "/ws/v5/public"
    assert Okx().heartbeat() == "ping"
    assert Okx().interest_stream(BTC) == ""


def test_plans() -> None:
    plan = Okx().book_plan(BTC, "diff", 10)
    assert (plan.stream, plan.route, plan.rule, plan.in_band, plan.window) == (
        "books:BTC-USDT", "BTC-USDT", LinkRule, True, 400,
    )  # fmt: skip
    assert plan.rest_snapshot is not None
    assert plan.rest_snapshot.path == "/api/v5/market/books?instId=BTC-USDT&sz=400"
    for levels, stream in ((1, "bbo-tbt:BTC-USDT"), (5, "books5:BTC-USDT"), (100, "books5:BTC-USDT")):
        partial = Okx().book_plan(BTC, "partial", levels)
        assert (partial.stream, partial.rule, partial.rest_snapshot) == (stream, StatelessRule, None)


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("pong", Heartbeat()),
        (
            '{"id":"1","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a"}',
            Confirmed(("books:BTC-USDT",)),
        ),
        ('{"event":"unsubscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a"}', Heartbeat()),
        ('{"event":"error","code":"60018","msg":"Wrong URL or channel","connId":"a"}',
         Rejected("60018 Wrong URL or channel")),
        ('{"event":"notice","code":"64008","msg":"soon closed","connId":"a"}', ReconnectRequest("soon closed")),
        ('{"event":"notice","code":"64000","msg":"else","connId":"a"}', Heartbeat()),
        ('{"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"a"}', Heartbeat()),
    ],
)  # fmt: skip
def test_control_messages(text: str, event: object) -> None:
    assert Okx().read(text.encode()) == (event,)


def test_trades_and_open_interest() -> None:
    row = {"instId": "BTC-USDT", "tradeId": "10", "px": "64001.2", "sz": "0.01", "side": "sell", "ts": "1760000000100"}
    message = {"arg": {"channel": "trades", "instId": "BTC-USDT"}, "data": [{**row, "count": "3"}]}
    (event,) = [event for event in Okx().read(json.dumps(message).encode()) if isinstance(event, TradeEvent)]
    assert event == TradeEvent(
        "trades:BTC-USDT",
        Trade("BTC-USDT", "10", Decimal("64001.2"), Decimal("0.01"), Side.SELL, 1_760_000_000_100_000_000),
    )
    message = {
        "arg": {"channel": "open-interest", "instId": "BTC-USD-SWAP"},
        "data": [{"instType": "SWAP", "instId": "BTC-USD-SWAP", "oi": "5000", "oiCcy": "7.8", "ts": "1760000000100"}],
    }
    events = OkxSwap().read(json.dumps(message).encode())
    assert OpenInterestUpdate("open-interest:BTC-USD-SWAP", Decimal(5000), 1_760_000_000_100_000_000) in events


def test_a_ticker_is_no_frame_of_the_book_that_it_names() -> None:
    message = {"arg": {"channel": "tickers", "instId": "BTC-USDT"}, "data": [{"instId": "BTC-USDT", "bidPx": ""}]}
    assert Okx().read(json.dumps(message).encode()) == (Heartbeat(),)
    message = {"arg": {"channel": "books", "instId": "BTC-USDT"}, "action": "update", "data": [{"asks": 1}]}
    assert Okx().read(json.dumps(message).encode()) == (), "the reader of depth frames is to judge it"


def test_recorded_frames_are_scanned_and_told_apart() -> None:
    decoder, found = FrameDecoder(Okx.DEPTH), {True: 0, False: 0}
    for record in records("okx/v5_books_20220513.jsonl.gz"):
        if record["k"] == "recv":
            is_book = '"action":' in record["d"]
            assert decoder.scan(record["d"].encode()) is is_book
            found[is_book] += 1
            assert is_book or Okx().read(record["d"].encode())
    assert found == {True: 290, False: 120}


def test_lists() -> None:
    spot = {"instId": "BTC-USD", "baseCcy": "BTC", "quoteCcy": "USD", "tickSz": "0.1", "lotSz": "0.00000001"}
    (item,) = Okx().instruments(ok([{**spot, "state": "suspend"}]))
    assert (item.pair, item.symbol, item.trading, item.contract) == (Pair("BTC", "USD"), "BTC-USD", False, 1)
    common = {"tickSz": "0.1", "lotSz": "0.01", "state": "live", "baseCcy": "", "quoteCcy": "", "ctMult": "1"}
    linear, inverse = OkxSwap().instruments(
        ok([
            {**common, "instId": "BTC-USDT-SWAP", "uly": "BTC-USDT", "ctVal": "0.01", "ctType": "linear"},
            {**common, "instId": "BTC-USD-SWAP", "uly": "BTC-USD", "ctVal": "100", "ctType": "inverse"},
        ])
    )  # fmt: skip
    assert (linear.pair, linear.contract, linear.inverse) == (Pair("BTC", "USDT"), Decimal("0.01"), False)
    assert (inverse.pair, inverse.contract, inverse.inverse) == (Pair("BTC", "USD"), 100, True)
    with pytest.raises(ThrottledError, match="50011 Too Many Requests"):
        Okx().instruments(b'{"code":"50011","msg":"Too Many Requests","data":[]}')


def test_candles() -> None:
    second = 1_000_000_000
    request = Okx.CANDLES.request(BTC, 21600, 1_760_000_000 * second, 1_760_043_200 * second)
    assert request.path == (
        "/api/v5/market/history-candles?instId=BTC-USDT&bar=6Hutc&after=1760043200000&before=1759999999999&limit=2"
    )
    row = ["1760000000000", "1", "4", "0.5", "2", "100", "10", "20", "1"]
    (spot,) = Okx().read_candles(BTC, ok([row]))
    (swap,) = OkxSwap().read_candles(SWAP, ok([row]))
    assert (spot.open, spot.high, spot.low, spot.close, spot.closed) == (1, 4, Decimal("0.5"), 2, True)
    assert (spot.volume, spot.quote_volume, swap.volume) == (100, 20, 10)
    assert spot.open_time == 1_760_000_000 * second


def test_open_interest_is_in_coins() -> None:
    found = OkxSwap().read_open_interest(SWAP, ok([{"oi": "5000", "oiCcy": "7.8", "ts": "1760000000100"}]))
    assert (found.amount, found.in_quote) == (Decimal("7.8"), False)
    request = OkxSwap().open_interest(SWAP)
    assert request is not None
    assert request.path == "/api/v5/public/open-interest?instType=SWAP&instId=BTC-USD-SWAP"
    assert Okx().open_interest(BTC) is None


def test_past_matches_of_one_order_are_one_trade() -> None:
    def match(number: int, price: str, side: str, time: int) -> dict[str, str]:
        moment = str(1_760_000_000_000 + time)
        return {"instId": "X", "tradeId": str(number), "px": price, "sz": "0.1", "side": side, "ts": moment}

    rows = [match(5, "2", "sell", 9), match(4, "2", "buy", 9), match(3, "2", "buy", 9), match(2, "1", "buy", 9)]
    trades = Okx().read_past_trades(BTC, ok(rows))
    assert [(trade.trade_id, str(trade.size)) for trade in trades] == [("2", "0.1"), ("4", "0.2"), ("5", "0.1")]
    request = Okx().past_trades(BTC, None)
    assert request is not None
    assert request.path == "/api/v5/market/trades?instId=BTC-USDT&limit=500"


@pytest.mark.parametrize(
    ("venue", "pair", "options"),
    [
        ("okx", "BTC/USDT", {}),
        ("okx", "BTC/USDT", {"checksum": "1"}),
        ("okx", "BTC/USDT", {"rest_start": "1"}),
        ("okx_swap", "BTC/USDT", {}),
        ("okx_swap", "BTC/USD", {}),
    ],
)
@pytest.mark.slow
def test_books_follow_the_market_and_heal(venue: str, pair: str, options: dict[str, str]) -> None:
    wire = InProcess(venue, [pair], options=options)
    wire.connect()
    wire.step(20)
    entry = wire.syncs[pair].entry
    assert wire.live(pair)
    assert (entry.checksums_verified > 10) is ("checksum" in options)
    for _ in range(20):
        wire.step()
        assert wire.ours(pair, 400) == wire.truth(pair, 400)
    lost = iter([True])
    wire.drop = lambda stream, _text: stream.startswith("books:") and next(lost, False)
    wire.step(80)
    assert wire.live(pair)
    assert entry.gaps + entry.checksum_failures == entry.resyncs == 1
    assert wire.ours(pair, 400) == wire.truth(pair, 400)
    assert not wire.complaints


def test_trades_of_the_market_are_seen() -> None:
    wire = InProcess("okx", ["BTC/USDT"])
    wire.connect()
    wire.step(60)
    seen, told = wire.seen("BTC/USDT"), wire.told("BTC/USDT")
    assert {number for number, *_ in seen} < {number for number, *_ in told}
    assert sum(size for _, _, size, _ in seen) == sum(size for _, _, size, _ in told)


def test_whole_frames() -> None:
    wire = InProcess("okx", ["BTC/USDT"], "partial", levels=5)
    wire.connect()
    for _ in range(20):
        wire.step()
        assert wire.ours("BTC/USDT", 9) == wire.truth("BTC/USDT", 5)
