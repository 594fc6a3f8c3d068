"""Bybit spot and linear on the wire: update numbers of each topic, tickers in parts, REST."""

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import websocket

from simulator import ConnectionRules, Fault, Simulator
from tests.simulator.naive_books import NaiveBook, parse
from tests.simulator.venue_clients import Socket, get

Start = Callable[..., Simulator]
PAIR, SYMBOL = "BTC/USDT", "BTCUSDT"
CATEGORY = {"bybit": "spot", "bybit_linear": "linear"}


class BybitBook(NaiveBook):
    """Snapshots overwrite, deltas must follow by one; u of 1 is a restart."""

    def __init__(self) -> None:
        super().__init__()
        self.last = 0
        self.gaps = self.snapshots = 0

    def take(self, message: Any) -> None:
        data = message["data"]
        if message["type"] == "snapshot" or data["u"] == 1:
            self.bids, self.asks = {}, {}
            self.snapshots += 1
        else:
            self.gaps += data["u"] != self.last + 1
        self.last = data["u"]
        self.apply(data["b"], data["a"])


class Client:
    """A socket that feeds a book and puts the other messages aside."""

    def __init__(self, sim: Simulator, venue: str = "bybit") -> None:
        self.sim, self.venue = sim, venue
        self.socket = Socket(f"{sim.endpoints[venue].ws}/v5/public/{CATEGORY[venue]}")
        self.other: list[Any] = []

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def read(self) -> Any:
        return parse(self.socket.raw.recv())

    def ask(self, operation: str, *topics: str, number: str = "1") -> Any:
        self.socket.raw.send(json.dumps({"op": operation, "args": topics, "req_id": number}))
        return self.read()

    def follow(self, book: BybitBook, steps: int) -> None:
        """Step and read up to the answer to a ping."""
        self.sim.step(steps)
        self.socket.raw.send('{"op":"ping","req_id":"p"}')
        while (message := self.read()).get("ret_msg") != "pong":
            if message["topic"].startswith("orderbook"):
                book.take(message)
            else:
                self.other.append(message)


def book_of(client: Client, depth: int = 50) -> BybitBook:
    assert client.ask("subscribe", f"orderbook.{depth}.{SYMBOL}")["success"]
    book = BybitBook()
    book.take(client.read())
    return book


@pytest.mark.parametrize("venue", ["bybit", "bybit_linear"])
@pytest.mark.parametrize("depth", [1, 50, 200, 1000])
def test_a_naive_client_reaches_the_truth(simulate: Start, venue: str, depth: int) -> None:
    sim = simulate(venues=[venue])
    with Client(sim, venue) as client:
        book = book_of(client, depth)
        for _ in range(5):
            client.follow(book, 10)
            assert book.same_as(sim.truth(venue, PAIR), depth)
            assert max(len(book.bids), len(book.asks)) <= depth
        assert book.gaps == 0
        with Client(sim, venue) as other:
            late = book_of(other, depth)
            assert (late.last, late.top()) == (book.last, book.top())


def test_the_number_of_a_rest_book_is_that_of_the_deepest_stream(simulate: Start) -> None:
    sim = simulate(venues=["bybit_linear"])
    with Client(sim, "bybit_linear") as client:
        book = book_of(client, 1000)
        client.follow(book, 10)
        answer = rest(sim, f"orderbook?category=linear&symbol={SYMBOL}&limit=1000", "bybit_linear")
        assert answer["u"] == book.last
        assert NaiveBook().top() != book.top()
        again = NaiveBook()
        again.apply(answer["b"], answer["a"])
        assert again.top() == book.top()


def test_the_one_level_book_is_sent_again_when_nothing_changes(simulate: Start) -> None:
    sim = simulate(venues=["bybit"])
    with Client(sim) as client:
        book = book_of(client, 1)
        client.follow(book, 1)
        last, seen = book.last, book.snapshots
        sim.inject(Fault("bybit", "calm", duration=8.0))
        client.follow(book, 70)
        assert (book.last, book.snapshots) == (last, seen + 2)


def test_a_restart_counts_from_one(simulate: Start) -> None:
    sim = simulate(venues=["bybit"])
    with Client(sim) as client:
        book = book_of(client)
        client.follow(book, 5)
        sim.inject(Fault("bybit", "restart"))
        client.follow(book, 0)
        assert (book.last, book.snapshots) == (1, 2)
        client.follow(book, 5)
        assert (book.last, book.gaps) == (6, 0)
        assert book.same_as(sim.truth("bybit", PAIR), 50)


def test_faults(simulate: Start) -> None:
    sim = simulate(venues=["bybit"])
    with Client(sim) as client:
        book = book_of(client, 1000)
        sim.inject(Fault("bybit", "lose"))
        client.follow(book, 5)
        assert book.gaps == 1
        assert client.ask("unsubscribe", f"orderbook.1000.{SYMBOL}")["success"]
        book = book_of(client, 1000)
        sim.inject(Fault("bybit", "vanish"))
        client.follow(book, 5)
        assert book.gaps == 0
        assert not book.same_as(sim.truth("bybit", PAIR), 1000)


def test_spellings_differ_by_category(simulate: Start) -> None:
    sim = simulate(venues=["bybit", "bybit_linear"])
    texts = {}
    for venue in CATEGORY:
        with Client(sim, venue) as client:
            client.ask("subscribe", f"orderbook.200.{SYMBOL}")
            texts[venue] = client.read()["data"]["b"]
    assert any("." not in price for price, _ in texts["bybit"])
    assert all(len(price.partition(".")[2]) == 2 for price, _ in texts["bybit_linear"])
    assert all(len(size.partition(".")[2]) == 3 for _, size in texts["bybit_linear"])


def test_trades(simulate: Start) -> None:
    sim = simulate(venues=["bybit", "bybit_linear"])
    for venue in CATEGORY:
        with Client(sim, venue) as client:
            assert client.ask("subscribe", f"publicTrade.{SYMBOL}")["success"]
            client.follow(BybitBook(), 60)
            fills = [fill for message in client.other for fill in message["data"]]
        assert {fill["S"] for fill in fills} == {"Buy", "Sell"}
        assert len({fill["i"] for fill in fills}) == len(fills)
        assert all(fill["i"].isdigit() == (venue == "bybit") for fill in fills)
        stored = rest(sim, f"recent-trade?category={CATEGORY[venue]}&symbol={SYMBOL}&limit=5", venue)["list"]
        assert [row["execId"] for row in stored] == [fill["i"] for fill in fills[:-6:-1]]


def test_linear_tickers_come_in_parts_and_hold_open_interest(simulate: Start) -> None:
    sim = simulate(venues=["bybit_linear"])
    with Client(sim, "bybit_linear") as client:
        assert client.ask("subscribe", f"tickers.{SYMBOL}")["success"]
        state = client.read()["data"]
        client.follow(BybitBook(), 60)
        assert all(message["type"] == "delta" for message in client.other)
        assert any(len(message["data"]) < len(state) for message in client.other)
        for message in client.other:
            state.update(message["data"])
    asked = rest(sim, f"tickers?category=linear&symbol={SYMBOL}", "bybit_linear")["list"][0]
    assert asked == state
    assert Decimal(asked["openInterest"]) == 2 * Decimal(asked["singleOpenInterest"])
    path = f"open-interest?category=linear&symbol={SYMBOL}&intervalTime=5min&limit=3"
    page = rest(sim, path, "bybit_linear")
    times = [int(row["timestamp"]) for row in page["list"]]
    assert [earlier - later for earlier, later in itertools.pairwise(times)] == [300_000] * 2
    after = rest(sim, f"{path}&cursor={page['nextPageCursor']}", "bybit_linear")
    assert int(after["list"][0]["timestamp"]) == times[-1] - 300_000


def test_candles(simulate: Start) -> None:
    sim = simulate(venues=["bybit"])
    with Client(sim) as client:
        client.ask("subscribe", f"kline.1.{SYMBOL}")
        client.follow(BybitBook(), 650)
        closed = [row for message in client.other for row in message["data"] if row["confirm"]]
    assert len(closed) == 1
    rows = rest(sim, f"kline?category=spot&symbol={SYMBOL}&interval=1&limit=5")["list"]
    assert all(int(later[0]) - int(earlier[0]) == 60_000 for later, earlier in itertools.pairwise(rows))
    row = next(row for row in rows if int(row[0]) == closed[0]["start"])
    assert row[1:] == [closed[0][name] for name in ("open", "high", "low", "close", "volume", "turnover")]
    first = int(rows[-1][0])
    window = rest(sim, f"kline?category=spot&symbol={SYMBOL}&interval=1&start={first}&limit=2")["list"]
    assert [int(row[0]) for row in window] == [first + 60_000, first]


def test_instruments_are_paged_on_linear(simulate: Start) -> None:
    sim = simulate(venues=["bybit", "bybit_linear"], pairs=["BTC/USDT", "ETH/USDT", "SOL/USDT", "BTC/USDC"])
    seen, cursor = [], ""
    while True:
        page = rest(sim, f"instruments-info?category=linear&limit=2&cursor={cursor}", "bybit_linear")
        seen += page["list"]
        cursor = page["nextPageCursor"]
        if not cursor:
            break
    assert [entry["symbol"] for entry in seen] == ["BTCPERP", "BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert seen[1]["lotSizeFilter"]["qtyStep"] == "0.001"
    spot = rest(sim, "instruments-info?category=spot")
    assert "nextPageCursor" not in spot
    entry = next(entry for entry in spot["list"] if entry["symbol"] == SYMBOL)
    assert (entry["priceFilter"]["tickSize"], entry["lotSizeFilter"]["basePrecision"]) == ("0.1", "0.000001")


def test_control_messages_and_errors(simulate: Start) -> None:
    sim = simulate(venues=["bybit"])
    with Client(sim) as client:
        assert client.ask("ping", number="9") == {
            "success": True, "ret_msg": "pong", "conn_id": "d8bu1olkndm7crnfs1e0-j6akw", "req_id": "9", "op": "ping",
        }  # fmt: skip
        wrong = client.ask("subscribe", f"publicTrade.{SYMBOL}", f"orderbook.51.{SYMBOL}")
        assert (wrong["success"], wrong["ret_msg"]) == (False, f"error:handler not found,topic:orderbook.51.{SYMBOL}")
        assert client.ask("subscribe", f"publicTrade.{SYMBOL}")["success"]
        assert "already subscribed" in client.ask("subscribe", f"publicTrade.{SYMBOL}")["ret_msg"]
        assert not client.ask("subscribe", *(f"tickers.X{n}" for n in range(11)))["success"]
        assert not client.ask("dance")["success"]
        client.socket.raw.send("{")
        assert not client.read()["success"]
    with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
        Socket(sim.endpoints["bybit"].ws + "/v5/public/linear")


def test_the_length_of_topics_is_limited(simulate: Start) -> None:
    sim = simulate(venues=["bybit_linear"])
    with Client(sim, "bybit_linear") as client:
        assert "length" in client.ask("subscribe", *(f"publicTrade.X{n:05}" for n in range(1200)))["ret_msg"]


def test_an_idle_client_is_cut(simulate: Start) -> None:
    sim = simulate(venues=["bybit"], rules={"bybit": ConnectionRules(idle_seconds=5.0)})
    with Client(sim) as client:
        book = book_of(client)
        client.follow(book, 40)
        sim.step(60)
        while (frame := client.socket.raw.recv_frame()).opcode != websocket.ABNF.OPCODE_CLOSE:
            assert frame.opcode == websocket.ABNF.OPCODE_TEXT


def rest(sim: Simulator, path: str, venue: str = "bybit") -> Any:
    answer = get(f"{sim.endpoints[venue].rest}/v5/market/{path}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["retCode"] == 0, body
    return body["result"]


def test_rest_errors_and_the_ban(simulate: Start) -> None:
    sim = simulate(venues=["bybit"])
    base = sim.endpoints["bybit"].rest + "/v5/market/"
    for path in (
        "orderbook?category=spot&symbol=NO", "orderbook?category=linear&symbol=BTCUSDT", "kline?category=spot",
        "kline?category=spot&symbol=BTCUSDT&interval=7", "kline?category=spot&symbol=BTCUSDT&interval=1&limit=1001",
        "recent-trade?category=spot&symbol=BTCUSDT&limit=61", "open-interest?category=spot&symbol=BTCUSDT",
        "orderbook?category=spot&symbol=BTCUSDT&limit=x",
    ):  # fmt: skip
        assert get(base + path).json()["retCode"] == 10001
    assert get(base + "nothing").status_code == 404
    api = sim.hosts["bybit"].exchange.api
    api.budgets[""].limit = 20
    statuses = [get(base + "time").status_code for _ in range(30)]
    assert statuses[-1] == 403
    assert sim.hosts["bybit"].counters["limited"] == statuses.count(403)
    sim.step(100)
    assert get(base + "time").status_code == 403


def test_a_recorded_book(simulate: Start, capture: Callable[[str], Path]) -> None:
    path = capture("bybit/v5_btc_sol_20260809")
    sim = simulate(venues=["bybit_linear"], capture=str(path), pairs=["BTC/USDT", "SOL/USDT"])
    with Client(sim, "bybit_linear") as client:
        assert client.ask("subscribe", f"orderbook.200.{SYMBOL}")["success"]
        book = BybitBook()
        client.follow(book, 1714)
        listed = rest(sim, "instruments-info?category=linear", "bybit_linear")
    assert (book.snapshots, book.gaps) == (1, 0)
    assert book.last > 0
    assert len(listed["list"]) == 800
