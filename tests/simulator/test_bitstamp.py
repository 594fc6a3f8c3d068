"""Bitstamp on the wire, seen by independent clients."""

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import websocket

from simulator import Simulator
from tests.simulator.venue_clients import BitstampFollower, OutOfDateSnapshot, Socket, get

Start = Callable[..., Simulator]


def subscribe(socket: Socket, *channels: str) -> None:
    for channel in channels:
        answer = socket.ask({"event": "bts:subscribe", "data": {"channel": channel}})
        assert answer == {"event": "bts:subscription_succeeded", "channel": channel, "data": {}}


def start(simulate: Start, **changes: Any) -> Simulator:
    return simulate(venues=["bitstamp"], **changes)


def rest(sim: Simulator, path: str) -> Any:
    answer = get(f"{sim.endpoints['bitstamp'].rest}/api/v2/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_naive_client_reaches_the_truth(simulate: Start) -> None:
    sim = start(simulate)
    for pair, symbol in (("BTC/USDT", "btcusdt"), ("ETH/BTC", "ethbtc")):
        with Socket(sim.endpoints["bitstamp"].ws) as socket:
            subscribe(socket, "diff_order_book_" + symbol)
            follower = BitstampFollower(socket, sim.endpoints["bitstamp"].rest, symbol)
            for _ in range(50):  # the first answers come from a cache that is older than the buffer
                sim.step(3)
                follower.collect(3)
                try:
                    follower.join()
                    break
                except OutOfDateSnapshot:
                    continue
            for _ in range(10):
                sim.step(20)
                truth = sim.truth("bitstamp", pair)
                follower.follow_to(truth.sequence)
                assert follower.same_as(truth)
            assert follower.applied >= 200


def test_rest_books_come_from_a_cache(simulate: Start) -> None:
    sim = start(simulate)
    ages, stamps = [], set()
    with Socket(sim.endpoints["bitstamp"].ws) as socket:
        subscribe(socket, "diff_order_book_btcusdt")
        for _ in range(60):
            sim.step()
            stamp = int(rest(sim, "order_book/btcusdt/")["microtimestamp"])
            stamps.add(stamp)
            ages.append(sim.now_us() - stamp)
    assert len(stamps) < 40
    assert min(ages[10:]) >= 300_000
    assert max(ages[10:]) <= 2_700_000
    book = rest(sim, "order_book/btcusdt/?group=1")
    assert set(book) == {"timestamp", "microtimestamp", "bids", "asks"}
    assert len(book["bids"]) > 1500
    assert len(rest(sim, "order_book/btcusdt/?group=2")["bids"][0]) == 3


def test_top_100_channel_is_the_top_of_the_truth(simulate: Start) -> None:
    sim = start(simulate)
    with Socket(sim.endpoints["bitstamp"].ws) as socket:
        subscribe(socket, "order_book_btcusdt")
        sim.step()
        message = socket.read()
    truth = sim.truth("bitstamp", "BTC/USDT", 100)
    assert (message["event"], message["channel"]) == ("data", "order_book_btcusdt")
    assert [tuple(row) for row in message["data"]["bids"]] == truth.bids
    assert [tuple(row) for row in message["data"]["asks"]] == truth.asks
    assert int(message["data"]["microtimestamp"]) == truth.sequence
    assert message["data"]["timestamp"] == message["data"]["microtimestamp"][:10]


def test_detail_channel_names_orders(simulate: Start) -> None:
    sim = start(simulate)
    with Socket(sim.endpoints["bitstamp"].ws) as socket:
        subscribe(socket, "detail_order_book_btcusdt")
        sim.step()
        price, size, order = socket.read()["data"]["asks"][0]
    assert (price, size) == sim.truth("bitstamp", "BTC/USDT", 1).asks[0]
    assert order.isdigit()


def test_trades(simulate: Start) -> None:
    sim = start(simulate)
    with Socket(sim.endpoints["bitstamp"].ws) as socket:
        subscribe(socket, "live_trades_btcusdt", "diff_order_book_btcusdt")
        sim.step(80)
        last, trades = str(sim.truth("bitstamp", "BTC/USDT").sequence), []
        while True:
            message = socket.read()
            if message["event"] == "trade":
                trades.append(message["data"])
            elif message["data"]["microtimestamp"] == last:
                break
    assert len(trades) > 5
    for trade in trades:
        assert Decimal(str(trade["amount"])) == Decimal(trade["amount_str"])
        assert Decimal(str(trade["price"])) == Decimal(trade["price_str"])
        taker = "buy_order_id" if trade["type"] == 0 else "sell_order_id"
        assert trade[taker] == max(trade["buy_order_id"], trade["sell_order_id"])
    assert [trade["id"] for trade in trades] == sorted(trade["id"] for trade in trades)
    stored = rest(sim, "transactions/btcusdt/?time=hour")
    assert [row["tid"] for row in stored] == [trade["id_str"] for trade in reversed(trades)]
    assert set(stored[0]) == {"date", "tid", "amount", "type", "price"}


def test_candles(simulate: Start) -> None:
    sim = start(simulate)
    sim.step(20)
    answer = rest(sim, "ohlc/btcusdt/?step=60&limit=1000")["data"]
    rows = answer["ohlc"]
    assert (answer["pair"], len(rows)) == ("BTC/USDT", 1000)
    assert all(int(b["timestamp"]) - int(a["timestamp"]) == 60 for a, b in itertools.pairwise(rows))
    closed = rest(sim, "ohlc/btcusdt/?step=60&limit=5&exclude_current_candle=true")["data"]["ohlc"]
    assert closed == rows[-6:-1]
    assert rest(sim, f"ohlc/btcusdt/?step=60&limit=2&start={rows[7]['timestamp']}")["data"]["ohlc"] == rows[7:9]


def test_discovery(simulate: Start) -> None:
    sim = start(simulate)
    entry = rest(sim, "markets/")[0]
    assert (entry["name"], entry["market_symbol"], entry["trading"]) == ("BTC/USDT", "btcusdt", "Enabled")
    old = rest(sim, "trading-pairs-info/")[1]
    assert (old["name"], old["url_symbol"], old["base_decimals"]) == ("ETH/BTC", "ethbtc", 8)
    truth = sim.truth("bitstamp", "BTC/USDT", 5)
    assert all(Decimal(price) % Decimal(10) ** -entry["counter_decimals"] == 0 for price, _ in truth.bids)
    ticker = rest(sim, "ticker/btcusdt/")
    assert (ticker["bid"], ticker["ask"]) == (truth.bids[0][0], truth.asks[0][0])
    assert [entry["pair"] for entry in rest(sim, "ticker/")] == ["BTC/USDT", "ETH/BTC"]


def test_control_messages(simulate: Start) -> None:
    sim = start(simulate)
    with Socket(sim.endpoints["bitstamp"].ws) as socket:
        assert socket.ask({"event": "bts:heartbeat"})["data"] == {"status": "success"}
        subscribe(socket, "diff_order_book_btcusdt")
        answer = socket.ask({"event": "bts:unsubscribe", "data": {"channel": "diff_order_book_btcusdt"}})
        assert answer["event"] == "bts:unsubscription_succeeded"
        sim.step()
        assert socket.ask({"event": "bts:heartbeat"})["event"] == "bts:heartbeat"


@pytest.mark.parametrize(
    "message",
    [[], {"event": "jump"}, {"event": "bts:subscribe"}, {"event": "bts:subscribe", "data": {"channel": "x_btcusdt"}},
     {"event": "bts:subscribe", "data": {"channel": "order_book_nosuch"}}],
)  # fmt: skip
def test_bad_messages_are_answered(simulate: Start, message: object) -> None:
    with Socket(start(simulate).endpoints["bitstamp"].ws) as socket:
        answer = socket.ask(message)
    assert answer["event"] == "bts:error"
    assert set(answer["data"]) == {"code", "message"}


def test_text_that_is_not_json_is_answered(simulate: Start) -> None:
    with Socket(start(simulate).endpoints["bitstamp"].ws) as socket:
        socket.raw.send("{")
        assert socket.read()["data"]["message"] == "Incorrect JSON format."


@pytest.mark.parametrize(
    ("path", "status"),
    [("order_book/nosuch/", 404), ("nowhere/", 404), ("order_book/", 404), ("order_book/btcusdt/?group=9", 400),
     ("ohlc/btcusdt/?step=61&limit=5", 400), ("ohlc/btcusdt/?step=60", 400), ("transactions/btcusdt/?time=year", 400)],
)  # fmt: skip
def test_rest_errors(simulate: Start, path: str, status: int) -> None:
    answer = get(f"{start(simulate).endpoints['bitstamp'].rest}/api/v2/{path}")
    assert answer.status_code == status
    assert set(answer.json()) == {"status", "reason", "code"}


def test_unknown_address(simulate: Start) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
        Socket(start(simulate).endpoints["bitstamp"].ws + "/ws")
