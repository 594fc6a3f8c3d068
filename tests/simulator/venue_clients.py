"""Independent, naive clients of the venues: they follow the documented joining rules with Decimals and dicts.

They share no code with the simulator, so that agreeing with its truth proves something.
"""

import json
from decimal import Decimal
from typing import Any

import requests
import websocket

Book = dict[Decimal, Decimal]
TIMEOUT = 10


class OutOfDateSnapshot(Exception):
    """The REST book is older than the first buffered event."""


class Gap(Exception):
    """A sequence number is missing."""


class Socket:
    """A websocket-client connection that reads JSON and can be closed twice."""

    def __init__(self, url: str) -> None:
        # recv() decodes what arrives, which is the same check in C as the client's own in Python.
        self.raw: Any = websocket.create_connection(url, timeout=TIMEOUT, skip_utf8_validation=True)

    def __enter__(self) -> "Socket":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.raw.close(timeout=1)
        self.raw.shutdown()  # after a close frame of the server, close() alone leaves the socket open

    def read(self) -> Any:
        return json.loads(self.raw.recv())

    def ask(self, message: object) -> Any:
        self.raw.send(json.dumps(message))
        return self.read()


def get(url: str, **headers: str) -> requests.Response:
    """GET, on a connection of its own."""
    with requests.Session() as session:
        return session.get(url, timeout=TIMEOUT, headers=headers)


def set_levels(side: Book, rows: list[list[str]]) -> None:
    for price, size in rows:
        if Decimal(size) == 0:
            side.pop(Decimal(price), None)
        else:
            side[Decimal(price)] = Decimal(size)


class Follower:
    """A book followed from a snapshot and diffs."""

    def __init__(self) -> None:
        self.bids: Book = {}
        self.asks: Book = {}
        self.last = 0
        self.applied = 0

    def same_as(self, truth: Any) -> bool:
        """Equal to the truth, level by level, digit by digit."""
        return (
            self.last == truth.sequence
            and {Decimal(p): Decimal(s) for p, s in truth.bids} == self.bids
            and {Decimal(p): Decimal(s) for p, s in truth.asks} == self.asks
        )

    def found(self, snapshot: Any) -> None:
        self.bids, self.asks = {}, {}
        set_levels(self.bids, snapshot["bids"])
        set_levels(self.asks, snapshot["asks"])


class BinanceFollower(Follower):
    """The six steps of the Binance documentation."""

    def __init__(self, socket: Socket, rest: str, symbol: str, combined: bool) -> None:
        super().__init__()
        self._socket, self._rest, self._symbol, self._combined = socket, rest, symbol, combined
        self.buffer: list[Any] = []
        self.joined_inside = 0

    def event(self) -> Any:
        message = self._socket.read()
        return message["data"] if self._combined else message

    def collect(self, count: int) -> None:
        self.buffer += [self.event() for _ in range(count)]

    def join(self) -> None:
        """Snapshot over the buffer. Raises OutOfDateSnapshot when it must be fetched again."""
        answer = get(f"{self._rest}/api/v3/depth?symbol={self._symbol}&limit=5000")
        snapshot = answer.json()
        last = snapshot["lastUpdateId"]
        if last + 1 < self.buffer[0]["U"]:
            raise OutOfDateSnapshot
        self.found(snapshot)
        self.last = last
        for event in self.buffer:
            if event["u"] > last:
                self.joined_inside += event["U"] <= last < event["u"]
                self.apply(event)
        self.buffer = []

    def apply(self, event: Any) -> None:
        if event["u"] <= self.last:
            return
        if event["U"] > self.last + 1:
            raise Gap(f"{self.last} -> {event['U']}")
        set_levels(self.bids, event["b"])
        set_levels(self.asks, event["a"])
        self.last = event["u"]
        self.applied += 1

    def follow_to(self, sequence: int) -> None:
        while self.last < sequence:
            self.apply(self.event())


class BitstampFollower(Follower):
    """REST book, then the diffs above its microtimestamp."""

    def __init__(self, socket: Socket, rest: str, symbol: str) -> None:
        super().__init__()
        self._socket, self._rest, self._symbol = socket, rest, symbol
        self.buffer: list[Any] = []

    def event(self) -> Any:
        message = self._socket.read()
        assert message["event"] == "data"
        return message["data"]

    def collect(self, count: int) -> None:
        self.buffer += [self.event() for _ in range(count)]

    def join(self) -> None:
        snapshot = get(f"{self._rest}/api/v2/order_book/{self._symbol}/?group=1").json()
        stamp = int(snapshot["microtimestamp"])
        if stamp < int(self.buffer[0]["microtimestamp"]):
            raise OutOfDateSnapshot
        self.found(snapshot)
        self.last = stamp
        for event in self.buffer:
            self.apply(event)
        self.buffer = []

    def apply(self, event: Any) -> None:
        stamp = int(event["microtimestamp"])
        if stamp <= self.last:
            return
        set_levels(self.bids, event["bids"])
        set_levels(self.asks, event["asks"])
        self.last = stamp
        self.applied += 1

    def follow_to(self, stamp: int) -> None:
        while self.last < stamp:
            self.apply(self.event())
