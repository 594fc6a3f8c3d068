"""Binance and Binance.US on the wire, seen by independent clients."""

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import websocket

from simulator import ConnectionRules, Simulator
from tests.simulator.venue_clients import BinanceFollower, OutOfDateSnapshot, Socket, get

Start = Callable[..., Simulator]
SYMBOL = "BTCUSDT"


def raw_url(sim: Simulator, stream: str, venue: str = "binance") -> str:
    return f"{sim.endpoints[venue].ws}/ws/{stream}"


def listen(sim: Simulator, streams: str, venue: str = "binance", query: str = "") -> Socket:
    socket = Socket(f"{sim.endpoints[venue].ws}/stream?streams={streams}{query}")
    for stream in streams.split("/"):
        sim.wait_for_listeners(venue, stream)
    return socket


def rest(sim: Simulator, path: str, venue: str = "binance") -> Any:
    answer = get(f"{sim.endpoints[venue].rest}/api/v3/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def joined(sim: Simulator, follower: BinanceFollower) -> None:
    """Join as the documentation says: buffer, snapshot, again while the snapshot is too old."""
    for _ in range(50):
        sim.step()
        follower.collect(1)
        try:
            follower.join()
            return
        except OutOfDateSnapshot:
            continue
    pytest.fail("never joined")


@pytest.mark.parametrize("venue", ["binance", "binance_us"])
@pytest.mark.parametrize("combined", [True, False])
def test_a_naive_client_reaches_the_truth(simulate: Start, venue: str, combined: bool) -> None:
    sim = simulate(venues=[venue])
    for pair, symbol in (("BTC/USDT", "BTCUSDT"), ("ETH/BTC", "ETHBTC")):
        stream = f"{symbol.lower()}@depth@100ms"
        url = f"{sim.endpoints[venue].ws}/" + (f"stream?streams={stream}" if combined else f"ws/{stream}")
        with Socket(url) as socket:
            sim.wait_for_listeners(venue, stream)
            follower = BinanceFollower(socket, sim.endpoints[venue].rest, symbol, combined)
            joined(sim, follower)
            for _ in range(10):
                sim.step(20)
                truth = sim.truth(venue, pair)
                follower.follow_to(truth.sequence)
                assert follower.same_as(truth)
            assert follower.applied >= 200


def test_snapshots_end_inside_a_frame_too(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    stream = "btcusdt@depth@100ms"
    inside = 0
    with Socket(raw_url(sim, stream)) as socket:
        sim.wait_for_listeners("binance", stream)
        for _ in range(12):
            sim.step(2)
            follower = BinanceFollower(socket, sim.endpoints["binance"].rest, SYMBOL, combined=False)
            follower.collect(2)
            follower.join()
            assert follower.same_as(sim.truth("binance", "BTC/USDT"))
            inside += follower.joined_inside
    assert 0 < inside < 12


def test_the_slow_stream_carries_the_same_changes(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    with listen(sim, "btcusdt@depth") as socket:
        follower = BinanceFollower(socket, sim.endpoints["binance"].rest, SYMBOL, combined=True)
        sim.step(10)
        follower.collect(1)
        follower.join()
        sim.step(50)
        truth = sim.truth("binance", "BTC/USDT")
        follower.follow_to(truth.sequence)
        assert follower.same_as(truth)
        assert follower.applied == 5


def test_partial_books_are_the_top_of_the_truth(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    with listen(sim, "btcusdt@depth5@100ms/btcusdt@depth20") as socket:
        sim.step(10)
        messages = [socket.read() for _ in range(11)]
    truth = sim.truth("binance", "BTC/USDT", 20)
    for count, message in ((5, messages[-2]), (20, messages[-1])):
        data = message["data"]
        assert set(data) == {"lastUpdateId", "bids", "asks"}
        assert data["lastUpdateId"] == truth.sequence
        assert [tuple(row) for row in data["bids"]] == truth.bids[:count]
        assert [tuple(row) for row in data["asks"]] == truth.asks[:count]


def test_book_ticker_shares_the_id_chain_with_the_diffs(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    stream, checked = "btcusdt@depth@100ms", 0
    with listen(sim, f"{stream}/btcusdt@bookTicker") as socket:
        follower = BinanceFollower(socket, sim.endpoints["binance"].rest, SYMBOL, combined=True)
        snapshot = get(f"{sim.endpoints['binance'].rest}/api/v3/depth?symbol={SYMBOL}&limit=5000").json()
        follower.found(snapshot)
        follower.last = snapshot["lastUpdateId"]
        sim.step(100)
        truth, ticker = sim.truth("binance", "BTC/USDT"), None
        while follower.last < truth.sequence:
            message = socket.read()
            if message["stream"] != stream:
                ticker = message["data"]
                continue
            follower.apply(message["data"])
            if ticker is not None:
                assert ticker["u"] <= follower.last
                bid, ask = max(follower.bids), min(follower.asks)
                assert (Decimal(ticker["b"]), Decimal(ticker["B"])) == (bid, follower.bids[bid])
                assert (Decimal(ticker["a"]), Decimal(ticker["A"])) == (ask, follower.asks[ask])
                checked += 1
    assert checked > 90


def test_trades_have_the_documented_shape_and_unbroken_ids(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    with listen(sim, "btcusdt@trade/btcusdt@aggTrade/btcusdt@depth@100ms") as socket:
        sim.step(60)
        last, trades, takers = sim.truth("binance", "BTC/USDT").sequence, [], []
        while True:
            message = socket.read()
            data = message["data"]
            if data["e"] == "trade":
                trades.append(data)
            elif data["e"] == "aggTrade":
                takers.append(data)
            elif data["u"] == last:
                break
    assert set(trades[0]) == {"e", "E", "s", "t", "p", "q", "T", "m", "M"}
    assert set(takers[0]) == {"e", "E", "s", "a", "p", "q", "f", "l", "T", "m", "M"}
    assert [trade["t"] for trade in trades] == list(range(trades[0]["t"], trades[0]["t"] + len(trades)))
    assert all(b["f"] == a["l"] + 1 and b["a"] == a["a"] + 1 for a, b in itertools.pairwise(takers))
    assert sum(Decimal(trade["q"]) for trade in trades) == sum(Decimal(taker["q"]) for taker in takers)
    stored = rest(sim, "trades?symbol=BTCUSDT&limit=5")
    assert [row["id"] for row in stored] == [trade["t"] for trade in trades[-5:]]
    assert [row["a"] for row in rest(sim, "aggTrades?symbol=BTCUSDT&limit=3")] == [t["a"] for t in takers[-3:]]
    first = takers[2]["a"]
    assert [row["a"] for row in rest(sim, f"aggTrades?symbol=BTCUSDT&fromId={first}&limit=2")] == [first, first + 1]


def test_klines_on_the_stream_close_once_and_agree_with_rest(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    closed = []
    with listen(sim, "btcusdt@kline_1m/btcusdt@depth@100ms") as socket:
        for _ in range(7):
            sim.step(100)
            last = sim.truth("binance", "BTC/USDT").sequence
            while True:
                data = socket.read()["data"]
                if data["e"] == "kline" and data["k"]["x"]:
                    closed.append(data["k"])
                elif data["e"] == "depthUpdate" and data["u"] == last:
                    break
    assert len(closed) == 1
    candle = closed[0]
    row = next(row for row in rest(sim, "klines?symbol=BTCUSDT&interval=1m&limit=5") if row[0] == candle["t"])
    assert row == [candle["t"], candle["o"], candle["h"], candle["l"], candle["c"], candle["v"], candle["T"],
                   candle["q"], candle["n"], candle["V"], candle["Q"], "0"]  # fmt: skip


def test_control_messages(simulate: Start) -> None:
    sim = simulate(venues=["binance"], rules={"binance": ConnectionRules()})
    with Socket(f"{sim.endpoints['binance'].ws}/ws") as socket:
        assert socket.ask({"method": "SUBSCRIBE", "params": ["btcusdt@depth@100ms", "nosuch@depth"], "id": 1}) == {
            "result": None, "id": 1,
        }  # fmt: skip
        assert socket.ask({"method": "LIST_SUBSCRIPTIONS", "id": "x"}) == {
            "result": ["btcusdt@depth@100ms", "nosuch@depth"], "id": "x",
        }  # fmt: skip
        sim.step()
        assert socket.read()["e"] == "depthUpdate"
        assert socket.ask({"method": "SET_PROPERTY", "params": ["combined", True], "id": None})["result"] is None
        sim.step()
        assert socket.read()["stream"] == "btcusdt@depth@100ms"
        assert socket.ask({"method": "GET_PROPERTY", "params": ["combined"], "id": 2}) == {"result": True, "id": 2}
        assert socket.ask({"method": "UNSUBSCRIBE", "params": ["btcusdt@depth@100ms"], "id": 3})["id"] == 3
        sim.step()
        assert socket.ask({"method": "LIST_SUBSCRIPTIONS", "id": 4})["result"] == ["nosuch@depth"]


def test_a_connection_has_1024_streams_at_most(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    with Socket(f"{sim.endpoints['binance'].ws}/ws") as socket:
        names = [f"s{number}" for number in range(1025)]
        for at in (0, 400, 800):
            some = names[at : min(at + 400, 1024)]
            assert socket.ask({"method": "SUBSCRIBE", "params": some, "id": at})["result"] is None
        assert socket.ask({"method": "SUBSCRIBE", "params": names[1024:], "id": 3})["code"] == 2


def test_a_request_of_more_than_4096_bytes_is_not_answered(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    with Socket(f"{sim.endpoints['binance'].ws}/ws") as socket:
        socket.raw.send(json.dumps({"method": "SUBSCRIBE", "params": ["btcusdt@depth", "x" * 4060], "id": 1}))
        assert socket.ask({"method": "LIST_SUBSCRIPTIONS", "id": 2}) == {"result": [], "id": 2}
        assert socket.ask({"method": "SUBSCRIBE", "params": ["x" * 4000], "id": 3})["id"] == 3


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", 3),
        ("[]", 2),
        ('{"method":"JUMP","id":1}', 2),
        ('{"method":"SUBSCRIBE","params":"x","id":1}', 2),
        ('{"method":"SUBSCRIBE","params":[1],"id":1}', 2),
        ('{"method":"SUBSCRIBE","params":[],"id":1.5}', 2),
        ('{"method":"SET_PROPERTY","params":["combined",1],"id":1}', 1),
        ('{"method":"SET_PROPERTY","params":["other",true],"id":1}', 0),
    ],
)
def test_bad_control_messages_are_answered(simulate: Start, message: str, code: int) -> None:
    sim = simulate(venues=["binance"])
    with Socket(f"{sim.endpoints['binance'].ws}/ws") as socket:
        socket.raw.send(message)
        assert socket.read()["code"] == code


def test_microseconds_on_request(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    with listen(sim, "btcusdt@depth@100ms", query="&timeUnit=MICROSECOND") as socket:
        sim.step()
        event = socket.read()["data"]["E"]
    assert event == sim.truth("binance", "BTC/USDT").time_us
    url = f"{sim.endpoints['binance'].rest}/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1"
    row = get(url, **{"X-MBX-TIME-UNIT": "MICROSECOND"}).json()[0]
    assert (row[0] % 60_000_000, row[6] - row[0]) == (0, 59_999_999)


def test_the_sixth_message_within_a_second_closes_the_connection(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    with Socket(f"{sim.endpoints['binance'].ws}/ws") as socket:
        for number in range(6):
            socket.raw.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
        assert close_code(socket) == 1008


def close_code(socket: Socket) -> int:
    """The code of the next close frame; data before it is skipped, pings stay unanswered."""
    while True:
        frame = socket.raw.recv_frame()
        if frame.opcode == websocket.ABNF.OPCODE_CLOSE:
            return int.from_bytes(frame.data[:2], "big")


def test_pings_that_stay_unanswered_end_the_connection(simulate: Start) -> None:
    rules = ConnectionRules(ping_seconds=0.05, pong_seconds=0.2)
    sim = simulate(venues=["binance"], rules={"binance": rules})
    with Socket(f"{sim.endpoints['binance'].ws}/ws") as socket:
        ping = socket.raw.recv_frame()
        assert ping.opcode == websocket.ABNF.OPCODE_PING
        assert ping.data.isdigit()
        assert close_code(socket) == 1008


def test_answered_pings_keep_the_connection(simulate: Start) -> None:
    rules = ConnectionRules(ping_seconds=0.02, pong_seconds=0.2)
    sim = simulate(venues=["binance"], rules={"binance": rules})
    with Socket(f"{sim.endpoints['binance'].ws}/ws") as socket:
        for _ in range(30):  # three times the pong limit
            opcode, _ = socket.raw.recv_data(control_frame=True)  # answers pings by itself
            assert opcode == websocket.ABNF.OPCODE_PING


def test_old_connections_are_cut_without_a_close_frame(simulate: Start) -> None:
    sim = simulate(venues=["binance"], rules={"binance": ConnectionRules(age_seconds=0.1)})
    with (
        Socket(f"{sim.endpoints['binance'].ws}/ws") as socket,
        pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionError)),
    ):
        close_code(socket)


def test_klines_of_a_second_on_the_stream(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    seen = []
    with listen(sim, "btcusdt@kline_1s/btcusdt@depth@100ms") as socket:
        sim.step(50)
        last = sim.truth("binance", "BTC/USDT").sequence
        while (data := socket.read()["data"]).get("u") != last:
            seen += [(data["k"]["t"], data["k"]["x"])] if data["e"] == "kline" else []
    closed = [start for start, ended in seen if ended]
    assert 4 <= len(closed) <= 5
    assert all(later == earlier + 1000 for earlier, later in itertools.pairwise(closed))
    assert len(set(seen)) == len(seen)
