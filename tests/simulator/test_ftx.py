"""FTX as it was: checksums of floats as Python prints them, books of a hundred levels, REST."""

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import websocket

from simulator import ConnectionRules, Fault, Simulator
from tests.simulator.naive_books import NaiveBook, crc
from tests.simulator.venue_clients import Socket, get

Start = Callable[..., Simulator]
PAIRS = ("BTC/USD", "DOGE/BTC")


class FtxBook(NaiveBook):
    """Floats as they come; the checksum after every message."""

    def __init__(self) -> None:
        super().__init__()
        self.mismatches = self.messages = self.empty = self.unknown = 0

    def take(self, message: Any) -> None:
        data = message["data"]
        if message["type"] == "partial":
            self.bids, self.asks = {}, {}
        self.messages += 1
        self.empty += not (data["bids"] or data["asks"])
        for side, rows in ((self.bids, data["bids"]), (self.asks, data["asks"])):
            self.unknown += sum(size == 0 and Decimal(str(price)) not in side for price, size in rows)
        self.apply(data["bids"], data["asks"])
        self.mismatches += self.sum() != data["checksum"]

    def sum(self) -> int:
        parts = []
        for levels in itertools.zip_longest(*self.top(100)):
            parts += [repr(float(value)) for level in levels if level for value in level]
        return crc(":".join(parts))


class Client:
    """A socket that feeds a book."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.socket = Socket(sim.endpoints["ftx"].ws + "/ws/")
        self.other: list[Any] = []

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, operation: str, channel: str = "", market: str = "BTC/USD") -> Any:
        return self.socket.ask({"op": operation, "channel": channel, "market": market})

    def book(self, market: str = "BTC/USD") -> FtxBook:
        assert self.ask("subscribe", "orderbook", market)["type"] == "subscribed"
        book = FtxBook()
        book.take(self.socket.read())
        return book

    def follow(self, book: FtxBook, steps: int) -> None:
        self.sim.step(steps)
        self.socket.raw.send('{"op": "ping"}')
        while (message := self.socket.read())["type"] != "pong":
            if message["channel"] == "orderbook":
                book.take(message)
            else:
                self.other.append(message)


@pytest.fixture
def sim(simulate: Start) -> Simulator:
    return simulate(venues=["ftx"], pairs=PAIRS)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_naive_client_reaches_the_truth(sim: Simulator, pair: str) -> None:
    with Client(sim) as client:
        book = client.book(pair)
        for _ in range(8):
            client.follow(book, 10)
            assert book.same_as(sim.truth("ftx", pair), 100)
        assert (book.mismatches, book.unknown) == (0, 0)
        assert book.messages > 70


def test_faults(sim: Simulator) -> None:
    with Client(sim) as client:
        book = client.book()
        sim.inject(Fault("ftx", "checksum", pair="BTC/USD"))
        client.follow(book, 5)
        assert book.mismatches == 1
        assert book.same_as(sim.truth("ftx", "BTC/USD"), 100)
        sim.inject(Fault("ftx", "vanish", distance=1.0, pair="BTC/USD"))
        client.follow(book, 3)
        assert book.mismatches > 1
        sim.inject(Fault("ftx", "restart"))
        client.follow(book, 0)
        assert book.same_as(sim.truth("ftx", "BTC/USD"), 100)


def test_resubscribing(sim: Simulator) -> None:
    with Client(sim) as client:
        client.book()
        assert client.ask("subscribe", "orderbook")["msg"] == "Already subscribed"
        assert client.ask("unsubscribe", "orderbook")["type"] == "unsubscribed"
        sim.step(20)
        book = client.book()
        assert book.same_as(sim.truth("ftx", "BTC/USD"), 100)
        assert book.mismatches == 0


def test_trades_and_tickers(sim: Simulator) -> None:
    with Client(sim) as client:
        client.ask("subscribe", "trades")
        client.ask("subscribe", "ticker")
        client.follow(FtxBook(), 50)
        fills = [fill for message in client.other if message["channel"] == "trades" for fill in message["data"]]
        tickers = [message["data"] for message in client.other if message["channel"] == "ticker"]
    numbers = [fill["id"] for fill in fills]
    assert numbers == sorted(set(numbers))
    assert {fill["side"] for fill in fills} == {"buy", "sell"}
    truth = sim.truth("ftx", "BTC/USD", 1)
    assert (tickers[-1]["bid"], tickers[-1]["ask"]) == (float(truth.bids[0][0]), float(truth.asks[0][0]))
    assert [fill["id"] for fill in rest(sim, "markets/BTC/USD/trades")[:3]] == numbers[:-4:-1]


def test_control_messages(sim: Simulator) -> None:
    with Client(sim) as client:
        assert client.ask("subscribe", "trades", "FOO") == {"type": "error", "code": 404, "msg": "No such market: FOO"}
        assert client.ask("subscribe", "nothing")["code"] == 400
        assert client.ask("unsubscribe", "trades")["code"] == 400
        assert client.ask("dance")["code"] == 400
        client.socket.raw.send("{")
        assert client.socket.read()["code"] == 400
        sim.inject(Fault("ftx", "notice"))
        assert client.socket.read()["code"] == 20001


def test_a_client_that_does_not_ping_is_cut(simulate: Start) -> None:
    sim = simulate(venues=["ftx"], pairs=PAIRS, rules={"ftx": ConnectionRules(idle_seconds=5.0)})
    with Client(sim) as client:
        client.follow(client.book(), 30)
        sim.step(60)
        while (frame := client.socket.raw.recv_frame()).opcode != websocket.ABNF.OPCODE_CLOSE:
            assert b"orderbook" in frame.data


def rest(sim: Simulator, path: str) -> Any:
    answer = get(f"{sim.endpoints['ftx'].rest}/api/{path}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["success"]
    return answer.json()["result"]


def test_rest(sim: Simulator) -> None:
    sim.step(20)
    entries = {entry["name"]: entry for entry in rest(sim, "markets")}
    assert (entries["BTC/USD"]["type"], entries["BTC/USD"]["priceIncrement"]) == ("spot", 1.0)
    assert rest(sim, "markets/BTC/USD") == entries["BTC/USD"]
    book = rest(sim, "markets/BTC/USD/orderbook?depth=5")
    assert book["bids"] == [[float(p), float(s)] for p, s in sim.truth("ftx", "BTC/USD", 5).bids]
    candles = rest(sim, "markets/BTC/USD/candles?resolution=60")
    assert 1000 < len(candles) <= 1501
    assert all(later["time"] - earlier["time"] == 60_000 for earlier, later in itertools.pairwise(candles))
    last = int(candles[-1]["time"] // 1000)
    part = rest(sim, f"markets/BTC/USD/candles?resolution=60&start_time={last - 120}&end_time={last - 60}")
    assert part == candles[-3:-1]
    assert candles[-1]["startTime"].endswith("+00:00")
    assert rest(sim, "futures/BTC-PERP/stats")["openInterest"] == rest(sim, "futures/BTC-PERP")["openInterest"] > 0
    base = sim.endpoints["ftx"].rest + "/api/"
    for path, status in (("markets/NO/orderbook", 404), ("futures/NO/stats", 404), ("nothing", 404),
                         ("markets/BTC/USD/candles?resolution=7", 400),
                         ("markets/BTC/USD/orderbook?depth=101", 400)):  # fmt: skip
        answer = get(base + path)
        assert (answer.status_code, answer.json()["success"]) == (status, False)
    statuses = [get(base + "markets").status_code for _ in range(40)]
    assert statuses[-1] == 429


def test_recorded_books(simulate: Start, capture: Callable[[str], Path]) -> None:
    sim = simulate(venues=["ftx"], capture=str(capture("ftx/multi10_20210722")), pairs=["CAD/USD"])
    with Client(sim) as client:
        assert client.ask("subscribe", "orderbook", "CAD/USD")["type"] == "subscribed"
        book = FtxBook()
        client.follow(book, 2027)
    assert book.messages > 3
    assert (book.mismatches, book.unknown) == (0, 0)
    assert len(json.dumps(rest(sim, "markets"))) > 100_000
