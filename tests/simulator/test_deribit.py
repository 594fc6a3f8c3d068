"""Deribit on the wire: what a subscription really got, linked change ids, heartbeats, units, REST."""

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import websocket

from simulator import ConnectionRules, Fault, Simulator
from tests.simulator.naive_books import NaiveBook, parse
from tests.simulator.venue_clients import Socket, get

Start = Callable[..., Simulator]
PAIRS = ("BTC/USD", "BTC/USDC", "ETH/USD")
NAMES = {"BTC/USD": "BTC-PERPETUAL", "BTC/USDC": "BTC_USDC-PERPETUAL", "ETH/USD": "ETH-PERPETUAL"}


class DeribitBook(NaiveBook):
    """Follows prev_change_id -> change_id; actions must fit what is there."""

    def __init__(self) -> None:
        super().__init__()
        self.last = 0
        self.gaps = self.wrong = self.jumps = 0

    def take(self, data: Any) -> None:
        if data["type"] == "snapshot":
            self.bids, self.asks = {}, {}
            assert "prev_change_id" not in data
        else:
            self.gaps += data["prev_change_id"] != self.last
            self.jumps += data["change_id"] != self.last + 1
        self.last = data["change_id"]
        for side, rows in ((self.bids, data["bids"]), (self.asks, data["asks"])):
            for action, price, amount in rows:
                self.wrong += (price in side) == (action == "new") or (amount == 0) != (action == "delete")
        self.apply(*([row[1:] for row in data[side]] for side in ("bids", "asks")))


class Client:
    """A JSON-RPC client that feeds books by channel."""

    def __init__(self, sim: Simulator, venue: str = "deribit") -> None:
        self.sim = sim
        self.socket = Socket(sim.endpoints[venue].ws + "/ws/api/v2")
        self.books: dict[str, DeribitBook] = {}
        self.other: list[Any] = []
        self.beats: list[str] = []
        self.numbers = itertools.count(1)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def read(self) -> Any:
        return parse(self.socket.raw.recv())

    def ask(self, method: str, **params: Any) -> Any:
        """A request's answer; what comes before it is sorted."""
        number = next(self.numbers)
        message = {"jsonrpc": "2.0", "id": number, "method": f"public/{method}", "params": params}
        self.socket.raw.send(json.dumps(message))
        while (answer := self.read()).get("id") != number:
            self.take(answer)
        return answer

    def take(self, message: Any) -> None:
        if message["method"] == "heartbeat":
            self.beats.append(message["params"]["type"])
            return
        channel, data = message["params"]["channel"], message["params"]["data"]
        if channel in self.books:
            self.books[channel].take(data)
        else:
            self.other.append(data)

    def subscribe(self, *channels: str) -> list[str]:
        result: list[str] = self.ask("subscribe", channels=channels)["result"]
        return result

    def book(self, channel: str) -> DeribitBook:
        book = self.books[channel] = DeribitBook()
        assert self.subscribe(channel) == [channel]
        return book

    def follow(self, steps: int) -> None:
        self.sim.step(steps)
        self.ask("get_time")


@pytest.fixture
def sim(simulate: Start) -> Simulator:
    return simulate(venues=["deribit"], pairs=PAIRS)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("interval", ["100ms", "agg2"])
def test_a_naive_client_reaches_the_truth(sim: Simulator, pair: str, interval: str) -> None:
    with Client(sim) as client:
        book = client.book(f"book.{NAMES[pair]}.{interval}")
        for _ in range(5):
            client.follow(10)
            truth = sim.truth("deribit", pair)
            assert book.same_as(truth)
            assert book.last == truth.sequence
        assert (book.gaps, book.wrong) == (0, 0)
        assert book.jumps > 0


def test_units_differ_by_instrument(sim: Simulator) -> None:
    assert (sim.truth("deribit", "BTC/USD").contract, sim.truth("deribit", "BTC/USDC").contract) == ("1 USD", "")
    assert all(Decimal(size) % 10 == 0 for _, size in sim.truth("deribit", "BTC/USD").bids)
    assert all(Decimal(price) % Decimal("0.5") == 0 for price, _ in sim.truth("deribit", "BTC/USD").asks)
    listed = {entry["instrument_name"]: entry for entry in rest(sim, "get_instruments?currency=any&kind=future")}
    inverse, linear = listed["BTC-PERPETUAL"], listed["BTC_USDC-PERPETUAL"]
    assert (inverse["instrument_type"], inverse["contract_size"], inverse["tick_size"]) == ("reversed", 10.0, 0.5)
    assert (inverse["settlement_currency"], inverse["quote_currency"]) == ("BTC", "USD")
    assert (linear["instrument_type"], linear["settlement_currency"]) == ("linear", "USDC")
    assert [e["instrument_name"] for e in rest(sim, "get_instruments?currency=BTC")] == ["BTC-PERPETUAL"]


def test_the_result_names_only_what_was_accepted(sim: Simulator) -> None:
    with Client(sim) as client:
        good = ["book.BTC-PERPETUAL.100ms", "trades.BTC-PERPETUAL.100ms"]
        assert client.subscribe("book.NO-SUCH.100ms", *good, "quote.x", "book.BTC-PERPETUAL.5ms") == good
        assert client.ask("subscribe", channels=["book.BTC-PERPETUAL.raw"])["error"]["code"] == 13778
        assert client.ask("unsubscribe", channels=good)["result"] == good
        assert client.ask("unsubscribe", channels=good)["result"] == []
        assert client.ask("subscribe")["error"]["code"] == -32602
        assert client.ask("dance")["error"]["code"] == -32601
        client.socket.raw.send("{")
        assert client.read()["error"]["code"] == -32700
        client.socket.raw.send("[]")
        assert client.read()["error"]["code"] == -32600


def test_gaps_and_new_snapshots(sim: Simulator) -> None:
    channel = "book.BTC-PERPETUAL.100ms"
    with Client(sim) as client:
        book = client.book(channel)
        sim.inject(Fault("deribit", "lose"))
        client.follow(5)
        assert book.gaps == 1
        client.ask("unsubscribe", channels=[channel])
        sim.step(5)
        book = client.book(channel)
        client.follow(5)
        assert book.gaps == 0
        sim.inject(Fault("deribit", "vanish"))
        client.follow(3)
        assert book.gaps == 0
        assert not book.same_as(sim.truth("deribit", "BTC/USD"))
        sim.inject(Fault("deribit", "restart"))
        client.follow(0)
        assert book.same_as(sim.truth("deribit", "BTC/USD"))


def test_grouped_books_come_whole(sim: Simulator) -> None:
    with Client(sim) as client:
        assert client.subscribe("book.BTC-PERPETUAL.none.20.100ms")
        client.follow(5)
    truth = sim.truth("deribit", "BTC/USD", 20)
    newest = client.other[-1]
    assert [(Decimal(p), Decimal(s)) for p, s in truth.bids] == [tuple(row) for row in newest["bids"]]
    assert newest["change_id"] <= truth.sequence


def test_heartbeats(sim: Simulator) -> None:
    with Client(sim) as client:
        assert client.ask("set_heartbeat", interval=9)["error"]["code"] == -32602
        assert client.ask("set_heartbeat", interval=10)["result"] == "ok"
        for _ in range(4):
            sim.step(50)
            client.ask("get_time")
        assert client.beats == ["heartbeat"] * 2
        client.beats.clear()
        sim.step(110)
        assert client.ask("test")["result"]["version"]
        assert client.beats == ["test_request"]
        sim.step(300)
        while (frame := client.socket.raw.recv_frame()).opcode != websocket.ABNF.OPCODE_CLOSE:
            assert b"heartbeat" in frame.data


def test_trades_and_tickers(sim: Simulator) -> None:
    name = "BTC-PERPETUAL"
    with Client(sim) as client:
        client.subscribe(f"trades.{name}.100ms")
        client.follow(60)
        fills = [fill for data in client.other for fill in data]
        client.ask("unsubscribe_all")
        client.other.clear()
        client.subscribe(f"ticker.{name}.100ms")
        client.follow(5)
        ticker = client.other[-1]
    numbers = [fill["trade_seq"] for fill in fills]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert {fill["direction"] for fill in fills} == {"buy", "sell"}
    assert all(fill["amount"] == 10 * fill["contracts"] for fill in fills)
    part = rest(sim, f"get_last_trades_by_instrument?instrument_name={name}&start_seq={numbers[0]}&count=3")
    assert [fill["trade_seq"] for fill in part["trades"]] == numbers[:3]
    assert part["has_more"]
    summary = rest(sim, f"get_book_summary_by_instrument?instrument_name={name}")[0]
    book = rest(sim, f"get_order_book?instrument_name={name}&depth=3")
    assert ticker["open_interest"] == summary["open_interest"] == book["open_interest"]
    assert summary["open_interest"] % 10 == 0


def rest(sim: Simulator, path: str, venue: str = "deribit") -> Any:
    answer = get(f"{sim.endpoints[venue].rest}/api/v2/public/{path}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["jsonrpc"] == "2.0"
    return body["result"]


def test_rest(sim: Simulator) -> None:
    sim.step(20)
    name = "BTC-PERPETUAL"
    truth = sim.truth("deribit", "BTC/USD")
    book = rest(sim, f"get_order_book?instrument_name={name}&depth=10000")
    assert book["change_id"] == truth.sequence
    assert [(Decimal(p), Decimal(s)) for p, s in truth.asks] == [(Decimal(p), Decimal(s)) for p, s in book["asks"]]
    now = rest(sim, "get_time")
    path = f"get_tradingview_chart_data?instrument_name={name}&resolution=1&end_timestamp={now}"
    chart = rest(sim, f"{path}&start_timestamp={now - 300_000}")
    assert chart["status"] == "ok"
    assert all(later - earlier == 60_000 for earlier, later in itertools.pairwise(chart["ticks"]))
    assert len({len(chart[name]) for name in ("ticks", "open", "high", "low", "close", "volume", "cost")}) == 1
    assert chart["volume"][0] == pytest.approx(chart["cost"][0] / chart["close"][0], rel=0.01)
    assert rest(sim, f"{path}&start_timestamp={now + 60_000}")["status"] == "no_data"
    base = sim.endpoints["deribit"].rest + "/api/v2/public/"
    for path, code in (
        ("get_order_book?instrument_name=NO", -32602), ("get_order_book?instrument_name=BTC-PERPETUAL&depth=x", -32602),
        ("get_instruments", -32602), ("dance", -32601),
        ("get_tradingview_chart_data?instrument_name=BTC-PERPETUAL&resolution=7", -32602),
    ):  # fmt: skip
        answer = get(base + path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    statuses = [get(base + "get_instruments?currency=any").status_code for _ in range(51)]
    assert statuses == [200] * 49 + [429] * 2  # the refused request above has cost as much


def test_spot(simulate: Start) -> None:
    sim = simulate(venues=["deribit_spot"], pairs=["BTC/USDC", "BTC/USD"])
    assert [
        entry["instrument_name"] for entry in rest(sim, "get_instruments?currency=BTC&kind=spot", "deribit_spot")
    ] == ["BTC_USDC"]
    with Client(sim, "deribit_spot") as client:
        book = client.book("book.BTC_USDC.100ms")
        client.follow(20)
        assert book.same_as(sim.truth("deribit_spot", "BTC/USDC"))


def test_credits_and_open_connections(simulate: Start) -> None:
    sim = simulate(venues=["deribit"], pairs=PAIRS, rules={"deribit": ConnectionRules(open=1)})
    with Client(sim) as client:
        with pytest.raises(websocket.WebSocketBadStatusException, match="429"):
            Client(sim)
        for _ in range(10):
            assert client.subscribe("platform_state") == ["platform_state"]
        assert client.ask("subscribe", channels=["platform_state"])["error"]["code"] == 10028
        assert client.socket.raw.recv_frame().opcode == websocket.ABNF.OPCODE_CLOSE
