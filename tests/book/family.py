"""A tiny exchange for each sync family, and a venue that speaks to it: what books are held against."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from orderbook_ext import BookLock, ChecksumRule, FrameShape, OrderBook
from server.book.synchronizer import BookSynchronizer
from server.connection.effects import Effect, FetchSnapshot, Reconnect, Send
from server.connection.session import Session
from server.model import Instrument, Pair, Receipt, VenueState
from server.protocol.events import Confirmed, Event
from server.protocol.rest_request import RestRequest
from server.protocol.sequence import CountedRule, CounterRule, LinkRule, ProvedRule, RangeRule, SequenceRule
from server.protocol.stream_request import StreamRequest
from server.protocol.venue import BookPlan, Endpoint, Limits, Venue
from server.units import SECOND

INSTRUMENT = Instrument(Pair("BTC", "USDT"), "X", Decimal("0.01"), Decimal("0.001"), "on", True)
CROSSING = 10_031
"""The price of a bid above all asks."""
CHECKSUM = ChecksumRule(levels=10)


@dataclass(frozen=True)
class Family:
    """How one family numbers its frames and starts its books."""

    name: str
    rule: type[SequenceRule]
    in_band: bool
    checksums: bool = False
    counted: bool = False
    """Messages of the connection are numbered instead of those of the book."""
    asks: bool = False
    """The stream brings the book, and a REST answer may start it too."""


FAMILIES = [
    Family("rest + ranges", RangeRule, in_band=False),
    Family("rest + links", LinkRule, in_band=False),
    Family("in band + ranges", RangeRule, in_band=True),
    Family("in band + links", LinkRule, in_band=True),
    Family("in band + links + rest", LinkRule, in_band=True, asks=True),
    Family("in band + counter", CounterRule, in_band=True),
    Family("in band + checksums", ProvedRule, in_band=True, checksums=True),
    Family("in band + counted messages", CountedRule, in_band=True, counted=True),
]


class FamilyVenue(Venue):
    """Speaks {"r":route,"k":kind,"f":first,"l":last,"p":previous,"t":time,"c":checksum,"b":[],"a":[]}."""

    NAME = "model"
    TITLE = "Model"
    ENDPOINTS: ClassVar[dict[str, Endpoint]] = {"default": Endpoint("ws://x", "http://x")}
    LIMITS = Limits(1000, 60.0, 100, 100.0, 1000.0, 1e9, silence=10.0)
    DEPTH = FrameShape(bids=("b",), asks=("a",))

    def __init__(self, family: Family) -> None:
        self.family = family
        reads = family.rule.reads
        self.DEPTH = FrameShape(  # type: ignore[misc]
            bids=("b",), asks=("a",), route=("r",), snapshot=("k",), time=("t",), checksum=("c",),
            first_id=("f",) if "first_id" in reads else (),
            last_id=("l",) if "last_id" in reads else (),
            previous_id=("p",) if "previous_id" in reads else (),
        )  # fmt: skip
        self.COUNTED = family.counted  # type: ignore[misc]

    def discovery(self) -> RestRequest:
        return RestRequest("/")

    def instrument_rows(self, answer: Any) -> Any:
        return [answer]

    def instrument(self, row: Any) -> Instrument | None:
        return INSTRUMENT

    def book_plan(self, instrument: Instrument, mode: str, levels: int) -> BookPlan:
        return BookPlan(
            instrument, "book", self.family.rule,
            rest_snapshot=RestRequest("/book") if self.family.asks or not self.family.in_band else None,
            in_band=self.family.in_band,
            audit=RestRequest("/book") if self.family.in_band else None,
            checksum=CHECKSUM if self.family.checksums else None,
        )  # fmt: skip

    def trade_stream(self, instrument: Instrument) -> str:
        return "trades"

    def stream_path(self, streams: Sequence[str]) -> str:
        return "/"

    def request(self, begin: bool, streams: Sequence[str], number: int) -> StreamRequest:
        return StreamRequest(f"{'+' if begin else '-'}{streams[0]}", tuple(streams))

    def events(self, message: Any) -> Iterable[Event]:
        if "ok" in message:
            yield Confirmed((message["ok"],))


class FamilyExchange:
    """A market whose every state is remembered, by what the venue says of it."""

    def __init__(self, family: Family, seed: int) -> None:
        self.family = family
        self.random = random.Random(seed)
        self.last = 1000
        self.count = 0
        self.counted: dict[int, int] = {}
        """By number of the message: the state that it leads to."""
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        for _ in range(12):
            self._change()
        self.states: dict[int, tuple[dict[int, int], dict[int, int]]] = {}
        self._remember()

    def step(self, crossing: bool | None = None) -> bytes:
        """The market moves; returns the frame that says how. `crossing`: the book becomes crossed, or ceases to be."""
        previous = self.last
        if crossing is None:
            changes = [self._change() for _ in range(self.random.randint(1, 3))]
        else:
            changes = [self._set(True, CROSSING, 7 if crossing else 0)]
        first = previous + 1
        self.last += 1 if self.family.rule is CounterRule else self.random.randint(1, 4)
        self._remember()
        sides = {True: {}, False: {}}  # type: dict[bool, dict[int, int]]
        for is_bid, price, size in changes:
            sides[is_bid][price] = size
        return self._frame("update", first, previous, sides[True], sides[False])

    def whole(self) -> bytes:
        """The book as a snapshot in the stream."""
        return self._frame("snapshot", self.last, -1, self.bids, self.asks)

    def rest(self) -> bytes:
        """The same as the answer to a request."""
        return json.dumps({"l": self.last, "t": self.last, "b": _rows(self.bids), "a": _rows(self.asks)}).encode()

    def _frame(self, kind: str, first: int, previous: int, bids: dict[int, int], asks: dict[int, int]) -> bytes:
        frame: dict[str, Any] = {"r": "book", "k": kind, "t": self.last}
        if self.family.counted:
            self.count += 1
            frame["l"] = self.count
            self.counted[self.count] = self.last
        elif self.family.rule is LinkRule:
            frame |= {"l": self.last, "p": previous}
        elif self.family.rule is CounterRule:
            frame |= {"f": self.last, "l": self.last}
        elif not self.family.checksums:
            frame |= {"f": first, "l": self.last}
        if self.family.checksums:
            frame["c"] = self._checksum()
        return json.dumps({**frame, "b": _rows(bids), "a": _rows(asks)}).encode()

    def _checksum(self) -> int:
        book = OrderBook(2, 3)
        book.load(_rows(self.bids), _rows(self.asks))
        return book.checksum(CHECKSUM)

    def _change(self) -> tuple[bool, int, int]:
        is_bid = self.random.random() < 0.5
        price = 10_000 + self.random.randint(1, 30) * (-1 if is_bid else 1)
        gone = price in (self.bids if is_bid else self.asks) and self.random.random() < 0.4
        return self._set(is_bid, price, 0 if gone else self.random.randint(1, 5000))

    def _set(self, is_bid: bool, price: int, size: int) -> tuple[bool, int, int]:
        side = self.bids if is_bid else self.asks
        if size:
            side[price] = size
        else:
            side.pop(price, None)
        return is_bid, price, size

    def _remember(self) -> None:
        self.states[self.last] = (dict(self.bids), dict(self.asks))


def _rows(levels: dict[int, int]) -> list[list[str]]:
    return [[f"{Decimal(price).scaleb(-2):f}", f"{Decimal(size).scaleb(-3):f}"] for price, size in levels.items()]


class FamilyRig:
    """A session with one book, the exchange behind it, and a wire that loses, repeats and swaps frames."""

    def __init__(self, family: Family, seed: int) -> None:
        self.family = family
        self.venue = FamilyVenue(family)
        self.exchange = FamilyExchange(family, seed)
        plan = self.venue.book_plan(INSTRUMENT, "diff", 1000)
        self.shown: list[VenueState] = []
        self.lock = BookLock()
        self.sync = BookSynchronizer("model", plan, self.venue.LIMITS, self.lock, self._check, audit_every=20.0)
        self.session = Session(self.venue, [self.sync], [])
        self.now = 100 * SECOND
        self.fetches: list[FetchSnapshot] = []
        self.late: list[bytes] = []
        self.told = -1
        """Position of the exchange in the frame that was delivered last."""
        self.connect()

    @property
    def at(self) -> Receipt:
        """Now."""
        return Receipt(self.now, self.now)

    def connect(self) -> None:
        self.exchange.count = 0
        self.late.clear()
        self.do(self.session.opened(self.now))

    def deliver(self, frame: bytes) -> None:
        self.told = json.loads(frame).get("t", self.told)
        self.do(self.session.receive(frame, Receipt(self.now, self.now)))

    def do(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, FetchSnapshot):
                self.fetches.append(effect)
            elif isinstance(effect, Send) and effect.text == "+book":
                self.deliver(b'{"ok":"book"}')
                if self.venue.family.in_band:
                    self.deliver(self.exchange.whole())
            elif isinstance(effect, Reconnect) and effect.broken:
                self.session.closed(VenueState.DOWN, effect.reason)
                self.connect()
                return

    def answer(self) -> None:
        """The oldest request is answered with the book of now."""
        if self.fetches:
            self.session.snapshot(self.fetches.pop(0), self.exchange.rest(), Receipt(self.now, self.now))

    def tick(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)
        self.do(self.session.tick(self.now))

    def calm(self) -> None:
        """The wire is good again for a while."""
        for _ in range(120):
            self.deliver(self.exchange.step())
            self.answer()
            self.tick(0.5)

    def truth(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The exchange's book at the position of ours.

        A checksum proves the book that a frame speaks of, whenever it comes: of two frames that changed places the
        later one may lead back to the book between them, and no venue's checksum tells.
        """
        position = self.told if self.venue.family.checksums else self.sync.proved.rule.position
        if self.venue.family.counted:
            position = self.exchange.counted[position]
        bids, asks = self.exchange.states[position]
        return sorted(bids.items(), reverse=True)[: self.proved], sorted(asks.items())[: self.proved]

    @property
    def proved(self) -> int:
        """Levels a side that the family proves: a checksum says nothing of those behind the ones it is of."""
        return CHECKSUM.levels if self.venue.family.checksums else 10_000

    def ours(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The levels of our book that are proved."""
        bids, asks = self.sync.book.levels()
        return bids[: self.proved], asks[: self.proved]

    def _check(self) -> None:
        """Called on every change: whoever reads a live book now must read the exchange's own."""
        if self.sync.live:
            assert self.ours() == self.truth()
