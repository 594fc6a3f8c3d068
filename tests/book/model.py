"""A tiny exchange for tests of the protocol core: exact books, frames with ids, snapshots on request."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from decimal import Decimal

from orderbook_ext import BookLock
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import Effect, FetchSnapshot, Send
from server.connection.session import Session
from server.model import Instrument, Pair, Receipt, VenueState
from server.protocol.venue import Venue
from server.units import SECOND
from server.venues import VENUES

SYMBOLS = {"binance": "BTCUSDT", "bitstamp": "btcusdt"}


@dataclass
class Exchange:
    """Keeps the true book of one symbol and writes its frames as the venue does."""

    venue: str
    rng: random.Random
    last_id: int = 1_000_000
    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bids = {price: self.rng.randint(1, 900) for price in range(9_900, 10_000)}
        self.asks = {price: self.rng.randint(1, 900) for price in range(10_001, 10_101)}
        self.symbol = SYMBOLS[self.venue]

    def step(self, stream: str) -> bytes:
        """Changes a few levels and returns the frame that says so."""
        first = self.last_id + 1
        self.last_id += self.rng.randint(1, 9)
        changes: tuple[dict[int, int], dict[int, int]] = ({}, {})
        for _ in range(self.rng.randint(1, 8)):
            side = self.rng.randint(0, 1)
            book, (low, high) = (self.bids, (9_850, 9_999)) if side == 0 else (self.asks, (10_001, 10_150))
            price, size = self.rng.randint(low, high), self.rng.choice([0, 0, self.rng.randint(1, 900)])
            changes[side][price] = size
            if size:
                book[price] = size
            else:
                book.pop(price, None)
        return self.frame(stream, first, *(rows(change) for change in changes))

    def frame(self, stream: str, first: int, bids: list[list[str]], asks: list[list[str]]) -> bytes:
        if self.venue == "bitstamp":
            data = {"timestamp": "1", "microtimestamp": str(self.last_id), "bids": bids, "asks": asks}
            return json.dumps({"data": data, "channel": stream, "event": "data"}).encode()
        update = {"e": "depthUpdate", "E": 1, "s": "X", "U": first, "u": self.last_id, "b": bids, "a": asks}
        return json.dumps({"stream": stream, "data": update}).encode()

    def rest(self) -> bytes:
        """The snapshot now."""
        return json.dumps(
            {
                "lastUpdateId": self.last_id,
                "microtimestamp": str(self.last_id),
                "bids": rows(dict(sorted(self.bids.items(), reverse=True))),
                "asks": rows(dict(sorted(self.asks.items()))),
            }
        ).encode()

    def top(self, levels: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        return sorted(self.bids.items(), reverse=True)[:levels], sorted(self.asks.items())[:levels]


def rows(levels: dict[int, int]) -> list[list[str]]:
    """Prices have two decimals, sizes three."""
    return [[f"{Decimal(price).scaleb(-2):f}", f"{Decimal(size).scaleb(-3):f}"] for price, size in levels.items()]


class Rig:
    """One session with one book, a clock that tests move, and the effects it asked for."""

    def __init__(self, venue: str = "binance", mode: str = "diff", lock: BookLock | None = None) -> None:
        self.venue: Venue = VENUES[venue]()
        self.now = 100 * SECOND
        self.effects: list[Effect] = []
        self.changes: list[VenueState] = []
        """State of the public entry at each change that others were told of."""
        instrument = Instrument(Pair("BTC", "USDT"), SYMBOLS[venue], Decimal("0.01"), Decimal("0.001"), "TRADING", True)
        plan = self.venue.book_plan(instrument, mode, 1000)
        self.sync = BookSynchronizer(venue, plan, self.venue.LIMITS, lock or BookLock(), self._changed)
        self.session = Session(self.venue, [self.sync], [self.venue.trade_stream(instrument)])

    def _changed(self) -> None:
        self.changes.append(VenueState(self.sync.entry.state))

    @property
    def stream(self) -> str:
        return self.sync.plan.stream

    def open(self) -> None:
        self.take(self.session.opened(self.now))

    def frame(self, data: bytes) -> None:
        self.take(self.session.receive(data, self.at()))

    def tick(self, seconds: float = 0.0) -> None:
        self.now += int(seconds * SECOND)
        self.take(self.session.tick(self.now))

    def snapshot(self, body: bytes) -> None:
        self.session.snapshot(self.asked(), body, self.at())

    def asked(self) -> FetchSnapshot:
        """What the book asks for now."""
        assert self.sync.plan.rest_snapshot is not None
        return FetchSnapshot(self.sync, self.sync.plan.rest_snapshot, self.sync.subscription)

    def take(self, effects: object) -> None:
        assert isinstance(effects, list | tuple)
        self.effects += effects

    def at(self) -> Receipt:
        return Receipt(self.now, self.now)

    def fetches(self) -> int:
        """Snapshots asked for since the last call."""
        found = [effect for effect in self.effects if isinstance(effect, FetchSnapshot)]
        self.effects = [effect for effect in self.effects if not isinstance(effect, FetchSnapshot)]
        return len(found)

    def sent(self) -> list[str]:
        return [effect.text for effect in self.effects if isinstance(effect, Send)]

    def levels(self, count: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        bids, asks = self.sync.book.top(count)
        return list(bids), list(asks)


def joined(venue: str = "binance", seed: int = 1) -> tuple[Rig, Exchange]:
    """A live book and its exchange, right after the snapshot."""
    rig, exchange = Rig(venue), Exchange(venue, random.Random(seed))
    rig.open()
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.state is VenueState.LIVE
    return rig, exchange


def followed(venue: str) -> tuple[Rig, Exchange]:
    """A live book and its exchange, one frame behind the snapshot."""
    rig, exchange = joined(venue)
    rig.frame(exchange.step(rig.stream))
    assert rig.sync.live
    return rig, exchange
