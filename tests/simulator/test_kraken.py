"""Kraken on the wire, seen by an independent client that truncates and checks sums as documented."""

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import websocket

from simulator import ConnectionRules, Fault, Simulator
from tests.simulator.naive_books import NaiveBook, crc, parse
from tests.simulator.venue_clients import Socket, get

Start = Callable[..., Simulator]
PAIR = "BTC/USDT"


class KrakenBook(NaiveBook):
    """Truncates to its depth after each message and computes the checksum."""

    def __init__(self, depth: int, price: int, qty: int) -> None:
        super().__init__()
        self.depth, self.price, self.qty = depth, price, qty
        self.mismatches = 0

    def take(self, message: Any) -> None:
        data = message["data"][0]
        if message["type"] == "snapshot":
            self.bids, self.asks = {}, {}
        sides = ([(row["price"], row["qty"]) for row in data[side]] for side in ("bids", "asks"))
        self.apply(*sides)
        self.cut(self.depth)
        self.mismatches += self.sum() != data["checksum"]

    def sum(self) -> int:
        bids, asks = self.top(10)

        def digits(value: Decimal, places: int) -> str:
            return f"{value:.{places}f}".replace(".", "").lstrip("0")

        return crc("".join(digits(p, self.price) + digits(q, self.qty) for p, q in asks + bids))


class Client:
    """A socket that reads books and puts the rest aside."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        self.socket = Socket(sim.endpoints["kraken"].ws + "/v2")
        self.greeting = self.read()
        self.other: list[Any] = []

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def read(self) -> Any:
        return parse(self.socket.raw.recv())

    def ask(self, **message: Any) -> Any:
        self.socket.raw.send(json.dumps(message))
        return self.read()

    def subscribe(self, channel: str, **params: Any) -> Any:
        return self.ask(method="subscribe", params={"channel": channel, **params}, req_id=7)

    def follow(self, book: KrakenBook, steps: int) -> None:
        """Step and read up to the ping's answer."""
        for _ in range(steps):
            self.sim.step()
        self.socket.raw.send('{"method":"ping","req_id":99}')
        while (message := self.read()).get("req_id") != 99:
            if message.get("channel") == "book":
                book.take(message)
            else:
                self.other.append(message)


@pytest.fixture
def client(simulate: Start) -> Any:
    with Client(simulate(venues=["kraken"], rules={"kraken": ConnectionRules()})) as made:
        yield made


def subscribed(client: Client, depth: int, pair: str = PAIR) -> KrakenBook:
    assert client.subscribe("book", symbol=[pair], depth=depth)["success"]
    item = client.sim.hosts["kraken"].exchange.instruments[pair]
    book = KrakenBook(depth, item.tick_decimals, 8)
    book.take(client.read())
    return book


@pytest.mark.parametrize("depth", [10, 25, 100, 500, 1000])
def test_a_truncating_client_reaches_the_truth(client: Client, depth: int) -> None:
    book = subscribed(client, depth)
    for _ in range(8):
        client.follow(book, 10)
        assert book.same_as(client.sim.truth("kraken", PAIR), depth)
    assert book.mismatches == 0


def test_a_client_that_does_not_truncate_goes_wrong(client: Client) -> None:
    book = subscribed(client, 10)
    book.depth = 10_000
    client.follow(book, 100)
    assert not book.same_as(client.sim.truth("kraken", PAIR), 10)
    assert len(book.bids) + len(book.asks) > 20


def test_precisions_and_spelling_come_from_the_instrument_channel(client: Client) -> None:
    assert client.greeting["channel"] == "status"
    assert client.greeting["data"][0]["connection_id"] > 1 << 53
    ack = client.subscribe("instrument")
    assert ack["result"] == {"channel": "instrument", "snapshot": True}
    data = client.read()["data"]
    pair = next(pair for pair in data["pairs"] if pair["symbol"] == PAIR)
    assert (pair["base"], pair["quote"], pair["status"]) == ("BTC", "USDT", "online")
    assert pair["price_increment"] == Decimal(1).scaleb(-pair["price_precision"])
    assert pair["qty_increment"] == Decimal(1).scaleb(-pair["qty_precision"])
    assert {asset["id"] for asset in data["assets"]} == {"BTC", "ETH", "USDT"}


def test_one_ack_a_symbol_and_errors(client: Client) -> None:
    first = client.subscribe("trade", symbol=["ETH/BTC", "XXX/USD", PAIR], snapshot=False)
    assert (first["success"], first["result"]["symbol"], first["req_id"]) == (True, "ETH/BTC", 7)
    second = client.read()
    assert (second["success"], second["error"]) == (False, "Currency pair not supported XXX/USD")
    assert client.read()["result"]["symbol"] == PAIR
    assert client.subscribe("trade", symbol=[PAIR])["error"] == "Already subscribed"
    assert not client.subscribe("book", symbol=[PAIR], depth=11)["success"]
    assert not client.subscribe("nothing", symbol=[PAIR])["success"]
    assert not client.subscribe("book")["success"]
    gone = client.ask(method="unsubscribe", params={"channel": "book", "symbol": [PAIR], "depth": 25}, req_id=1)
    assert gone["error"] == "Subscription Not Found"
    client.socket.raw.send("{")
    assert not client.read()["success"]
    assert not client.ask(method="dance")["success"]


def test_resubscribing_brings_a_new_snapshot(client: Client) -> None:
    book = subscribed(client, 10)
    client.follow(book, 5)
    gone = client.ask(method="unsubscribe", params={"channel": "book", "symbol": [PAIR], "depth": 10}, req_id=1)
    assert gone["success"]
    client.sim.step(20)
    book = subscribed(client, 10)
    assert book.same_as(client.sim.truth("kraken", PAIR), 10)
    client.follow(book, 20)
    assert book.same_as(client.sim.truth("kraken", PAIR), 10)
    assert book.mismatches == 0


def test_trades_have_unbroken_ids_and_the_past_in_a_snapshot(client: Client) -> None:
    client.sim.step(100)
    assert client.subscribe("trade", symbol=[PAIR])["success"]
    past = client.read()
    assert past["type"] == "snapshot"
    assert len(past["data"]) <= 50
    client.follow(KrakenBook(10, 1, 8), 60)
    trades = past["data"] + [trade for message in client.other for trade in message["data"]]
    numbers = [trade["trade_id"] for trade in trades]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert {trade["side"] for trade in trades} == {"buy", "sell"}
    client.sim.inject(Fault("kraken", "trade_gap"))
    client.other.clear()
    client.follow(KrakenBook(10, 1, 8), 60)
    numbers = [numbers[-1]] + [trade["trade_id"] for message in client.other for trade in message["data"]]
    assert sum(later - earlier == 2 for earlier, later in itertools.pairwise(numbers)) == 1


def test_heartbeats_fill_the_quiet(client: Client) -> None:
    book = subscribed(client, 10)
    client.follow(book, 1)
    client.sim.inject(Fault("kraken", "calm", duration=3.0))
    client.other.clear()
    client.follow(book, 25)
    assert client.other == [{"channel": "heartbeat"}] * 2


def test_silence_without_subscriptions_is_cut(simulate: Start) -> None:
    with Client(simulate(venues=["kraken"])) as client:
        client.sim.step(600)
        opcode, _ = client.socket.raw.recv_data(control_frame=True)
        assert opcode == websocket.ABNF.OPCODE_CLOSE


def test_too_many_messages_and_connections(simulate: Start) -> None:
    sim = simulate(venues=["kraken"], rules={"kraken": ConnectionRules(messages_a_second=3, connects=2)})
    with Client(sim) as client:
        for number in range(4):
            client.socket.raw.send(json.dumps({"method": "ping", "req_id": number}))
        answers = [client.read() for _ in range(4)]
        assert [answer.get("method") for answer in answers].count("pong") == 3
        assert [answer.get("error") for answer in answers].count("Exceeded msg rate") == 1
        with Client(sim), pytest.raises(websocket.WebSocketBadStatusException, match="429"):
            Client(sim)
    counters: Any = sim.hosts["kraken"].state()["counters"]
    assert (counters["connects_refused"], counters["limited"], counters["too_fast"]) == (1, 1, 1)


def test_a_wrong_checksum_over_a_right_book(client: Client) -> None:
    book = subscribed(client, 10)
    client.follow(book, 2)
    client.sim.inject(Fault("kraken", "checksum"))
    client.follow(book, 10)
    assert book.mismatches == 1
    assert book.same_as(client.sim.truth("kraken", PAIR), 10)


def test_a_ghost_breaks_the_checksum(client: Client) -> None:
    book = subscribed(client, 100)
    client.sim.inject(Fault("kraken", "ghost", pair=PAIR))
    client.follow(book, 1)
    assert book.mismatches == 1


def test_a_vanished_change_far_away_breaks_nothing_but_the_book(client: Client) -> None:
    book = subscribed(client, 1000)
    client.sim.inject(Fault("kraken", "vanish", pair=PAIR))
    client.follow(book, 10)
    assert book.mismatches == 0
    truth = client.sim.truth("kraken", PAIR)
    assert not book.same_as(truth, 1000)
    wrong = set(book.bids) ^ {Decimal(p) for p, _ in truth.bids[:1000]}
    wrong |= set(book.asks) ^ {Decimal(p) for p, _ in truth.asks[:1000]}
    middle = (Decimal(truth.bids[0][0]) + Decimal(truth.asks[0][0])) / 2
    assert all(abs(price / middle - 1) > Decimal("0.0045") for price in wrong)


@pytest.mark.parametrize("mode", ["types", "negative", "digits"])
def test_bad_levels(client: Client, mode: str) -> None:
    subscribed(client, 10)
    client.sim.inject(Fault("kraken", "corrupt", mode=mode))
    client.sim.step()
    text = client.socket.raw.recv()
    shown = {"types": '{"price":true,"qty":{"x":null}}', "negative": '"qty":-1.0', "digits": '"qty":0.1234567890123'}
    assert shown[mode] in text
    json.loads(text)


def rest(sim: Simulator, path: str) -> Any:
    answer = get(f"{sim.endpoints['kraken'].rest}/0/public/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_rest(simulate: Start) -> None:
    sim = simulate(venues=["kraken"], pairs=["BTC/USD", "BTC/USDT"])
    sim.step(50)
    pairs = rest(sim, "AssetPairs")["result"]
    assert (pairs["XXBTZUSD"]["wsname"], pairs["XXBTZUSD"]["base"], pairs["XBTUSDT"]["quote"]) == (
        "XBT/USD", "XXBT", "USDT",
    )  # fmt: skip
    assert rest(sim, "AssetPairs?assetVersion=1&pair=XBTUSD")["result"]["BTC/USD"]["base"] == "BTC"
    depth = rest(sim, "Depth?pair=XBTUSD&count=5")["result"]["XXBTZUSD"]
    truth = sim.truth("kraken", "BTC/USD", 5)
    assert [(Decimal(p), Decimal(q)) for p, q, _ in depth["bids"]] == [(Decimal(p), Decimal(q)) for p, q in truth.bids]
    candles = rest(sim, "OHLC?pair=XBTUSD&interval=1")["result"]
    rows = candles["XXBTZUSD"]
    assert len(rows) == 720
    assert candles["last"] == rows[-2][0]
    assert all(later[0] == earlier[0] + 60 for earlier, later in itertools.pairwise(rows))
    trades = rest(sim, "Trades?pair=XBTUSD&count=5")["result"]
    assert len(trades["XXBTZUSD"]) == 5
    first = trades["XXBTZUSD"][0]
    again = rest(sim, f"Trades?pair=XBTUSD&since={int(first[2] * 1e6) * 1000 - 1000}")["result"]
    assert again["XXBTZUSD"][0] == first
    assert rest(sim, "Depth?pair=NOSUCH") == {"error": ["EQuery:Unknown asset pair"]}
    assert rest(sim, "OHLC?pair=XBTUSD&interval=7")["error"]
    assert get(f"{sim.endpoints['kraken'].rest}/0/public/Nothing").status_code == 404


def test_rest_budget(simulate: Start) -> None:
    sim = simulate(venues=["kraken"])
    answers = [rest(sim, "Time") for _ in range(16)]
    assert answers[-1] == {"error": ["EGeneral:Too many requests"]}
    state: Any = sim.hosts["kraken"].state()
    assert (state["counters"]["limited"], state["limits"]["rest_used"]) == (1, {"all": 16})


def test_a_recorded_book_keeps_its_checksums(simulate: Start, capture: Callable[[str], Path]) -> None:
    path = capture("kraken/derived_v2_20210417")
    sim = simulate(venues=["kraken"], pairs=["ETH/CHF"], capture=str(path))
    with Client(sim) as client:
        assert client.subscribe("instrument")["success"]
        pair = client.read()["data"]["pairs"][0]
        book = KrakenBook(1000, pair["price_precision"], pair["qty_precision"])
        assert client.subscribe("book", symbol=["ETH/CHF"], depth=1000)["success"]
        client.follow(book, 2125)
    assert len(book.bids) > 10
    assert book.mismatches == 0
