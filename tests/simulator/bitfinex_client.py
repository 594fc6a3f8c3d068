"""An independent client of Bitfinex: channels, numbers over a connection, checksums in the spelling as it came."""

import itertools
import json
import re
from decimal import Decimal
from typing import Any

from simulator import Simulator
from tests.simulator.naive_books import NaiveBook, parse, signed_crc
from tests.simulator.venue_clients import Socket, get

PAIR, SYMBOL = "BTC/USDT", "tBTCUST"
TIMESTAMP, SEQUENCE, CHECKSUM = 32_768, 65_536, 131_072


class BitfinexBook(NaiveBook):
    """Rows of [price, count, amount]; keeps the spelling of each number for the checksum."""

    def __init__(self) -> None:
        super().__init__()
        self.spelt: dict[tuple[bool, Decimal], tuple[str, str]] = {}
        self.sums = self.mismatches = self.unknown = self.crossed = 0

    def take(self, text: str) -> None:
        """One payload as text."""
        if text.startswith('"cs"'):
            self.sums += 1
            self.mismatches += self.sum() != int(text.split(",")[1])
            return
        for price, count, amount in re.findall(r"\[([0-9.e-]+),([0-9]+),([0-9.e-]+)\]", text):
            is_bid = not amount.startswith("-")
            size = abs(Decimal(amount)) if int(count) else Decimal(0)
            side = self.bids if is_bid else self.asks
            self.unknown += not size and Decimal(price) not in side
            self.spelt[is_bid, Decimal(price)] = price, amount
            row = [(Decimal(price), size)]
            self.apply(row if is_bid else [], [] if is_bid else row)
        self.crossed += bool(self.bids and self.asks and max(self.bids) >= min(self.asks))

    def sum(self) -> int:
        bids, asks = self.top(25)
        parts: list[str] = []
        for bid, ask in itertools.zip_longest(bids, asks):
            parts += self.spelt[True, bid[0]] if bid else ()
            parts += self.spelt[False, ask[0]] if ask else ()
        return signed_crc(":".join(parts))


class Client:
    """A socket that sorts arrays by channel and watches the numbers of the connection."""

    def __init__(self, sim: Simulator, flags: int = 0) -> None:
        self.sim, self.flags = sim, flags
        self.socket = Socket(sim.endpoints["bitfinex"].ws + "/ws/2")
        self.info = self.read()
        self.books: dict[int, BitfinexBook] = {}
        self.last = 0
        self.holes = 0
        self.other: list[Any] = []
        if flags:
            assert self.ask(event="conf", flags=flags) == {"event": "conf", "status": "OK", "flags": flags}

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def read(self) -> Any:
        return parse(self.socket.raw.recv())

    def ask(self, **message: Any) -> Any:
        self.socket.raw.send(json.dumps(message))
        return self.read()

    def take(self, text: str) -> None:
        """One array message."""
        head = re.match(r"\[(\d+),", text)
        assert head
        payload = text[head.end() : -1]
        if self.flags & TIMESTAMP:
            payload, _, stamp = payload.rpartition(",")
            assert len(stamp) == 13
        if self.flags & SEQUENCE:
            payload, _, number = payload.rpartition(",")
            self.holes += int(number) != self.last + 1
            self.last = int(number)
        if int(head[1]) in self.books and payload != '"hb"':
            self.books[int(head[1])].take(payload)
        else:
            self.other.append((int(head[1]), parse(f"[{payload}]")))

    def follow(self, steps: int) -> None:
        """Step and read up to the answer to a ping."""
        self.sim.step(steps)
        self.socket.raw.send('{"event":"ping","cid":5}')
        while not (text := self.socket.raw.recv()).startswith("{"):
            self.take(text)
        assert json.loads(text)["cid"] == 5

    def book(self, length: str = "100", precision: str = "P0", **more: Any) -> BitfinexBook:
        answer = self.ask(event="subscribe", channel="book", symbol=SYMBOL, prec=precision, len=length, **more)
        assert answer["event"] == "subscribed", answer
        book = self.books[answer["chanId"]] = BitfinexBook()
        self.take(self.socket.raw.recv())
        return book


def rest(sim: Simulator, path: str) -> Any:
    answer = get(f"{sim.endpoints['bitfinex'].rest}/v2/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()
