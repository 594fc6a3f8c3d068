"""An independent client of OKX: linked sequence numbers, checksums over the text as it came."""

import itertools
import json
from decimal import Decimal
from typing import Any

from simulator import Simulator
from tests.simulator.naive_books import NaiveBook, parse, signed_crc
from tests.simulator.venue_clients import Socket, get

PAIR, SYMBOL = "BTC/USDT", "BTC-USDT"


class OkxBook(NaiveBook):
    """Follows prevSeqId -> seqId and checks sums that are not 0. Keeps the text of numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.last: int | None = None
        self.gaps = self.mismatches = self.summed = self.unchanged = self.updates = 0
        self.spelt: dict[Decimal, str] = {}

    def take(self, message: Any) -> None:
        data = message["data"][0]
        if message["action"] == "snapshot":
            assert data["prevSeqId"] == -1
            self.bids, self.asks = {}, {}
        else:
            self.updates += 1
            self.gaps += data["prevSeqId"] != self.last
            self.unchanged += data["prevSeqId"] == data["seqId"]
        self.last = data["seqId"]
        for price, size, dead, orders in data["bids"] + data["asks"]:
            assert dead == "0"
            assert int(orders) > 0 or size == "0"
            self.spelt[Decimal(price)], self.spelt[Decimal(size)] = price, size
        self.apply(data["bids"], data["asks"])
        if data["checksum"]:
            self.summed += 1
            self.mismatches += self.sum() != data["checksum"]

    def sum(self) -> int:
        bids, asks = self.top(25)
        parts = []
        for bid, ask in itertools.zip_longest(bids, asks):
            parts += [self.spelt[value] for level in (bid, ask) if level for value in level]
        return signed_crc(":".join(parts))


class Client:
    """A socket that feeds a book and puts the other messages aside."""

    def __init__(self, sim: Simulator, venue: str = "okx", path: str = "public") -> None:
        self.sim = sim
        self.socket = Socket(f"{sim.endpoints[venue].ws}/ws/v5/{path}")
        self.other: list[Any] = []

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def read(self) -> Any:
        return parse(self.socket.raw.recv())

    def subscribe(self, *channels: str, symbol: str = SYMBOL, **named: Any) -> Any:
        arguments = [{"channel": channel, "instId": symbol} for channel in channels]
        self.socket.raw.send(json.dumps({"op": "subscribe", "args": arguments, **named}))
        return self.read()

    def follow(self, book: OkxBook, steps: int) -> None:
        """Step and read up to the answer to a ping."""
        self.sim.step(steps)
        self.socket.raw.send("ping")
        while (text := self.socket.raw.recv()) != "pong":
            message = parse(text)
            if message.get("arg", {}).get("channel") == "books":
                book.take(message)
            else:
                self.other.append(message)

    def rows(self, channel: str) -> list[Any]:
        """The data rows of a channel that have come."""
        return [row for message in self.other if message["arg"]["channel"] == channel for row in message["data"]]


def book_of(client: Client, symbol: str = SYMBOL) -> OkxBook:
    assert client.subscribe("books", symbol=symbol)["event"] == "subscribe"
    book = OkxBook()
    book.take(client.read())
    return book


def rest(sim: Simulator, path: str, venue: str = "okx") -> Any:
    answer = get(f"{sim.endpoints[venue].rest}/api/v5/{path}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["code"] == "0", body
    return body["data"]
