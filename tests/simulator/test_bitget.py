"""Bitget on the wire, seen by a naive client that follows the documents."""

import json
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from simulator import Fault, Simulator
from tests.simulator.venue_clients import Socket, get

Start = Callable[..., Simulator]
VENUE, PAIR, SYMBOL = "bitget", "BTC/USDT", "BTCUSDT"


class BitgetSocket(Socket):
    """Subscribes by channel and symbol, and reads until its own ping is answered."""

    def __init__(self, sim: Simulator) -> None:
        super().__init__(f"{sim.endpoints[VENUE].ws}/v2/ws/public")

    def __enter__(self) -> "BitgetSocket":
        return self

    def subscribe(self, *channels: str, op: str = "subscribe", symbol: str = SYMBOL) -> list[Any]:
        named = [{"instType": "SPOT", "channel": channel, "instId": symbol} for channel in channels]
        self.raw.send(json.dumps({"op": op, "args": named}))
        return self.drain()

    def drain(self) -> list[Any]:
        self.raw.send("ping")
        found: list[Any] = []
        while (text := self.raw.recv()) != "pong":
            found.append(json.loads(text))
        return found


class Texts:
    """A book of the texts as they came, by price."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[Decimal, tuple[str, str]]] = {"bids": {}, "asks": {}}

    def apply(self, message: Any) -> None:
        (data,) = message["data"]
        for name, side in self.sides.items():
            if message["action"] == "snapshot":
                side.clear()
            for price, size in data[name]:
                side[Decimal(price)] = (price, size)
                if Decimal(size) == 0:
                    del side[Decimal(price)]
        assert data["checksum"] == self.checksum()

    def best(self, name: str, count: int) -> list[tuple[str, str]]:
        return [row for _, row in sorted(self.sides[name].items(), reverse=name == "bids")[:count]]

    def checksum(self) -> int:
        """The sheet's, in words: 25 of each in turn, with colons, signed."""
        bids, asks = self.best("bids", 25), self.best("asks", 25)
        rows = [row for place in range(25) for side in (bids, asks) for row in side[place : place + 1]]
        value = zlib.crc32(":".join(part for row in rows for part in row).encode())
        return value - (value >> 31 << 32)


def rest(sim: Simulator, path: str) -> Any:
    answer = get(f"{sim.endpoints[VENUE].rest}/api/v2/spot/{path}")
    assert (answer.status_code, answer.json()["code"]) == (200, "00000"), answer.text
    return answer.json()["data"]


def test_a_naive_client_reaches_the_truth_with_every_checksum(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    book = Texts()
    with BitgetSocket(sim) as socket:
        confirmed, first = socket.subscribe("books")
        assert confirmed == {
            "event": "subscribe",
            "arg": {"instType": "SPOT", "channel": "books", "instId": SYMBOL},
        }
        assert first["action"] == "snapshot"
        book.apply(first)
        numbers = [first["data"][0]["seq"]]
        for _ in range(6):
            sim.step(8)
            for message in socket.drain():
                book.apply(message)
                numbers.append(message["data"][0]["seq"])
    truth = sim.truth(VENUE, PAIR)
    for name, side in (("bids", truth.bids), ("asks", truth.asks)):
        ours = [tuple(map(Decimal, row)) for row in book.best(name, 10_000)]
        assert ours == [(Decimal(price), Decimal(size)) for price, size in side]
    assert numbers == sorted(numbers)
    assert numbers[-1] == truth.sequence


def test_small_books_trades_and_tickers(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with BitgetSocket(sim) as socket:
        socket.subscribe("books1", "books5", "books15", "trade", "ticker")
        sim.step(40)
        messages = socket.drain()
    truth = sim.truth(VENUE, PAIR, 15)
    newest = {message["arg"]["channel"]: message for message in messages}
    for count in (1, 5, 15):
        (data,) = newest[f"books{count}"]["data"]
        assert newest[f"books{count}"]["action"] == "snapshot"
        assert [Decimal(row[0]) for row in data["bids"]] == [Decimal(row[0]) for row in truth.bids[:count]]
    assert Decimal(newest["ticker"]["data"][0]["bidPr"]) > 0
    trades = [row for message in messages if message["arg"]["channel"] == "trade" for row in message["data"]]
    past = rest(sim, f"market/fills?symbol={SYMBOL}&limit=500")
    assert [row["tradeId"] for row in past[: len(trades)]] == [row["tradeId"] for row in reversed(trades)]


def test_requests_that_cannot_be(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    with BitgetSocket(sim) as socket:
        (unknown,) = socket.subscribe("books", symbol="NOPE")
        assert (unknown["event"], unknown["code"], unknown["arg"]["instId"]) == ("error", 30001, "NOPE")
        assert socket.ask({"op": "jump"})["code"] == 30016
        assert [answer["event"] for answer in socket.subscribe("books", op="unsubscribe")] == ["unsubscribe"]


def test_rest(simulate: Start) -> None:
    sim = simulate(venues=[VENUE])
    assert {row["symbol"] for row in rest(sim, "public/symbols")} == {SYMBOL, "ETHBTC"}
    book = rest(sim, f"market/orderbook?symbol={SYMBOL}&limit=20")
    assert len(book["bids"]) == len(book["asks"]) == 20
    candles = rest(sim, f"market/history-candles?symbol={SYMBOL}&granularity=1min&endTime=4000000000000&limit=200")
    assert [int(row[0]) for row in candles] == sorted(int(row[0]) for row in candles)
    assert len(candles) == 200
    for path, code in (
        (f"market/orderbook?symbol={SYMBOL}&limit=0", "40034"),
        ("market/orderbook?symbol=NOPE", "40034"),
        ("market/orderbook", "40019"),
        (f"market/history-candles?symbol={SYMBOL}&granularity=7min&endTime=1", "40034"),
        ("nothing", "40404"),
    ):
        assert get(f"{sim.endpoints[VENUE].rest}/api/v2/spot/{path}").json()["code"] == code, path


@pytest.mark.parametrize("kind", ["drop", "ghost"])
def test_faults_make_checksums_wrong(simulate: Start, kind: str) -> None:
    sim = simulate(venues=[VENUE])
    book = Texts()
    with BitgetSocket(sim) as socket:
        book.apply(socket.subscribe("books")[1])
        sim.inject(Fault(VENUE, kind, pair=PAIR, distance=0.0) if kind == "ghost" else Fault(VENUE, kind, pair=PAIR))
        sim.step(3)
        with pytest.raises(AssertionError):
            for message in socket.drain():
                book.apply(message)
