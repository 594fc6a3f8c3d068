"""Gemini's new API, and the old one, on the wire, seen by independent clients."""

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import websocket

from simulator import Fault, Simulator
from tests.simulator.naive_books import NaiveBook, parse
from tests.simulator.venue_clients import Gap, Socket, get

Start = Callable[..., Simulator]
VENUE = "gemini"
PAIRS = ["BTC/USD", "ETH/USDT"]
DIFF = "btcusd@depth@100ms"


class GeminiSocket(Socket):
    """Knows how to subscribe and how to read up to now."""

    def __init__(self, sim: Simulator, query: str = "?snapshot=-1") -> None:
        super().__init__(f"{sim.endpoints[VENUE].ws}/{query}")

    def __enter__(self) -> "GeminiSocket":
        return self

    def subscribe(self, *streams: str, method: str = "subscribe") -> Any:
        return self.ask({"id": "1", "method": method, "params": list(streams)})

    def drain(self) -> list[Any]:
        self.raw.send(json.dumps({"id": "drain", "method": "ping"}))
        return list(iter(self.read, {"id": "drain", "status": 200, "result": {}}))


class GeminiBook(NaiveBook):
    """The first message is the book; then U <= last + 1, what is old is dropped."""

    last = 0

    def take(self, event: Any) -> None:
        if not self.last:
            assert event["U"] == event["u"]
        elif event["u"] <= self.last:
            return
        elif event["U"] > self.last + 1:
            raise Gap(f"{self.last} -> {event['U']}")
        self.apply(event["b"], event["a"])
        self.last = event["u"]


@pytest.fixture
def sim(simulate: Start) -> Simulator:
    return simulate(venues=[VENUE], pairs=PAIRS)


def rest(sim: Simulator, path: str) -> Any:
    answer = get(f"{sim.endpoints[VENUE].rest}{path}")
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


@pytest.mark.parametrize("stream", [DIFF, "btcusd@depth"])
def test_a_naive_client_reaches_the_truth(sim: Simulator, stream: str) -> None:
    sim.step(13)  # the one-second stream is amid a second now
    with GeminiSocket(sim) as socket:
        answer = socket.subscribe(stream)
        assert (answer["id"], answer["status"]) == ("1", 200)
        sim.step(7)
        book = GeminiBook()
        for _ in range(6):
            for event in socket.drain():
                book.take(event)
            truth = sim.truth(VENUE, "BTC/USD")
            assert book.last == truth.sequence
            assert book.same_as(truth)
            sim.step(20)


def test_frames(sim: Simulator) -> None:
    with GeminiSocket(sim) as socket:
        socket.subscribe(DIFF, "btcusd@trade", "btcusd@bookTicker", "btcusd@depth5", "btcusd@depth20@100ms")
        sim.step(100)
        messages = socket.drain()
    truth = sim.truth(VENUE, "BTC/USD", 20)
    diffs = [message for message in messages if "e" in message]
    assert set(diffs[0]) == {"e", "E", "s", "U", "u", "b", "a"}
    assert all(later["U"] == earlier["u"] + 1 for earlier, later in itertools.pairwise(diffs))
    assert diffs[-1]["E"] == truth.time_us * 1000
    books = [message for message in messages if "lastUpdateId" in message]
    assert [len(book["bids"]) for book in books].count(5) == 10
    assert [tuple(row) for row in books[-1]["asks"]] == truth.asks[: len(books[-1]["asks"])]
    trades = [message for message in messages if "t" in message]
    assert set(trades[0]) == {"E", "s", "t", "p", "q", "m"}
    known = rest(sim, "/v1/trades/btcusd?limit_trades=3")
    assert [row["tid"] for row in known] == [trade["t"] for trade in trades[-3:][::-1]]
    assert [row["type"] == "sell" for row in known] == [trade["m"] for trade in trades[-3:][::-1]]
    tickers = [message for message in messages if "B" in message]
    assert (tickers[-1]["b"], tickers[-1]["B"]) == truth.bids[0]


def test_snapshots_as_deep_as_asked_for_and_only_the_first_time(sim: Simulator) -> None:
    with GeminiSocket(sim, "?snapshot=5") as socket:
        socket.subscribe(DIFF)
        first = socket.read()
        assert (len(first["b"]), len(first["a"])) == (5, 5)
        socket.subscribe(DIFF)
        assert socket.drain() == []
        socket.subscribe(DIFF, method="unsubscribe")
        socket.subscribe(DIFF)
        assert len(socket.drain()) == 1
    for query in ("", "?snapshot=0"):
        with GeminiSocket(sim, query) as socket:
            socket.subscribe(DIFF)
            assert socket.drain() == []
            sim.step()
            assert len(socket.drain()) == 1


def test_methods(sim: Simulator) -> None:
    with GeminiSocket(sim) as socket:
        assert socket.ask({"id": "3", "method": "PING"}) == {"id": "3", "status": 200, "result": {}}
        assert socket.ask({"id": 4, "method": "time"})["result"]["serverTime"] > 0
        socket.subscribe("btcusd@trade", method="SUBSCRIBE")
        assert socket.ask({"id": 5, "method": "list_subscriptions"})["result"] == ["btcusd@trade"]
        assert socket.ask({"id": 6, "method": "conninfo"})["status"] == 200


@pytest.mark.parametrize("message", [
    "{", "[]", '{"id":"1","method":"jump"}', '{"id":"1","method":"subscribe","params":[]}',
    '{"id":"1","method":"subscribe","params":["foobar@trade"]}',
    '{"id":"1","method":"subscribe","params":["btcusd@depth7"]}',
])  # fmt: skip
def test_bad_messages_are_answered(sim: Simulator, message: str) -> None:
    with GeminiSocket(sim) as socket:
        socket.raw.send(message)
        answer = socket.read()
        assert answer["status"] >= 400
        assert answer["error"]["msg"]


@pytest.mark.parametrize("kind", ["drop", "lose", "duplicate", "reorder"])
def test_frame_faults(sim: Simulator, kind: str) -> None:
    with GeminiSocket(sim) as socket:
        socket.subscribe(DIFF)
        sim.step(2)
        sim.inject(Fault(VENUE, kind, pair="BTC/USD"))
        sim.step(8)
        events = socket.drain()
    breaks = sum(later["U"] != earlier["u"] + 1 for earlier, later in itertools.pairwise(events))
    assert breaks == {"drop": 1, "lose": 1, "duplicate": 1, "reorder": 3}[kind]


def test_symbols_and_the_trap_in_their_names(sim: Simulator) -> None:
    assert rest(sim, "/v1/symbols") == ["btcusd", "ethusdt"]
    entry = rest(sim, "/v1/symbols/details/btcusd")
    assert entry in rest(sim, "/v1/symbols/details/all")
    truth = sim.truth(VENUE, "BTC/USD")
    price_step, size_step = Decimal(str(entry["quote_increment"])), Decimal(str(entry["tick_size"]))
    assert (price_step, size_step) == (Decimal("0.01"), Decimal("1e-8"))
    assert all(Decimal(p) % price_step == 0 and Decimal(s) % size_step == 0 for p, s in truth.bids + truth.asks)


def test_books_candles_and_trades(sim: Simulator) -> None:
    sim.step(200)
    truth = sim.truth(VENUE, "BTC/USD")
    book = rest(sim, "/v1/book/btcusd?limit_bids=0&limit_asks=3")
    assert [row["price"] for row in book["bids"]] == [price for price, _ in truth.bids]
    assert set(book["bids"][0]) == {"price", "amount", "timestamp"}
    assert len(book["asks"]) == 3
    rows = rest(sim, "/v2/candles/btcusd/1m")
    assert len(rows) == 1440
    assert all(row[0] - later[0] == 60_000 for row, later in itertools.pairwise(rows))
    for _, opened, high, low, close, _ in rows:
        assert low <= min(opened, close) <= max(opened, close) <= high
    trades = rest(sim, "/v1/trades/btcusd?limit_trades=500")
    middle = trades[len(trades) // 2]
    after = rest(sim, f"/v1/trades/btcusd?since_tid={middle['tid']}&limit_trades=2")
    assert [row["tid"] for row in after] == [middle["tid"] + 2, middle["tid"] + 1]
    for path, status in (("/v1/book/nopeusd", 400), ("/v2/candles/btcusd/7m", 400), ("/v1/nothing", 404)):
        answer = get(sim.endpoints[VENUE].rest + path)
        assert (answer.status_code, answer.json()["result"]) == (status, "error")


def test_a_hundred_and_twenty_requests_a_minute(sim: Simulator) -> None:
    url = f"{sim.endpoints[VENUE].rest}/v1/symbols"
    assert [get(url).status_code for _ in range(122)] == [200] * 120 + [429] * 2
    assert get(url).json()["reason"] == "RateLimit"


class OldBook(NaiveBook):
    """The old API: the message with trades resets the book."""

    def take(self, message: Any) -> None:
        if "trades" in message:
            self.bids, self.asks = {}, {}
        for side, price, size in message["changes"]:
            rows = [(price, size)]
            self.apply(rows if side == "buy" else [], rows if side == "sell" else [])


def old_socket(sim: Simulator, *symbols: str) -> Socket:
    socket = Socket(f"{sim.endpoints[VENUE].ws}/v2/marketdata")
    message = {"type": "subscribe", "subscriptions": [{"name": "l2", "symbols": list(symbols)}]}
    socket.raw.send(json.dumps(message))
    return socket


def test_the_old_api(sim: Simulator) -> None:
    sim.step(50)
    with old_socket(sim, "BTCUSD") as socket:
        messages = [socket.read()]
        sim.step(100)
        book = OldBook()
        beats = 0
        while beats < 2:
            messages.append(socket.read())
            beats += messages[-1]["type"] == "heartbeat"
        for message in messages:
            if message["type"] == "l2_updates":
                book.take(message)
    assert messages[0]["trades"]
    assert book.same_as(sim.truth(VENUE, "BTC/USD"))
    trades = [message for message in messages if message["type"] == "trade"]
    sides = {trade.id: trade.buyer_is_maker for trade in sim.hosts[VENUE].exchange.markets["btcusd"].history.trades}
    assert trades
    assert all((trade["side"] == "sell") == sides[trade["event_id"]] for trade in trades)
    with old_socket(sim, "NOPE") as socket:
        assert socket.read()["reason"] == "InvalidSymbol"
    with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
        Socket(f"{sim.endpoints[VENUE].ws}/v3/nowhere")


def test_a_capture_is_served(simulate: Start, capture: Callable[[str], Path]) -> None:
    path = capture("gemini/multi10_20210623")
    sim = simulate(venues=[VENUE], pairs=["FIL/USD"], capture=str(path))
    with old_socket(sim, "FILUSD") as socket:
        sim.wait_for_listeners(VENUE, "l2:filusd")
        sim.step(1000)
        book = OldBook()
        book.take(socket.read())
        for _ in range(20):
            message = socket.read()
            if message["type"] == "l2_updates":
                book.take(message)
    bids, asks = book.top(1)
    assert bids[0][0] < asks[0][0]
