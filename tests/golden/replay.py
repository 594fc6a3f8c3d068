"""Replays a capture through the protocol objects of live feeds; REST answers are the recorded ones."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from orderbook_ext import BookLock, OrderBook
from server.book.synchronizer import BookSynchronizer
from server.connection.connection_thread import TICK
from server.connection.effects import Effect, FetchSnapshot, TradeReceived
from server.connection.session import Session
from server.model import Instrument, Pair, Receipt, VenueState
from server.protocol.events import TradeEvent
from server.protocol.venue import Venue
from server.units import SECOND
from tests.captures import Record

UNKNOWN_STEP = Decimal("1e-8")


@dataclass
class Replay:
    """One venue's session over recorded records."""

    venue: Venue
    symbols: Sequence[str]
    drop: Callable[[int, bytes], bool] = lambda _line, _data: False
    """Frames that the wire loses."""
    snapshots: dict[str, bytes] = field(default_factory=dict)
    pending: dict[str, FetchSnapshot] = field(default_factory=dict)
    trades: list[TradeEvent] = field(default_factory=list)
    line: int = -1
    now: int = SECOND
    mode: str = "diff"
    levels: int = 1000
    """How many are asked of the venue: some subscribe to as many."""
    listed: Mapping[str, Instrument] = field(default_factory=dict)
    """What the venue's own list says of the symbols; without it their decimals are found out while reading."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Of symbols that were recorded from another stream than the one we would take."""

    def __post_init__(self) -> None:
        self.syncs: dict[str, BookSynchronizer] = {}
        lock = BookLock()
        for symbol in self.symbols:
            # The pair is of no consequence here.
            unknown = Instrument(Pair(symbol.upper(), "Q"), symbol, UNKNOWN_STEP, UNKNOWN_STEP, "TRADING", True)
            instrument = self.listed.get(symbol, unknown)
            plan = self.venue.book_plan(instrument, self.mode, self.levels)
            plan = dataclasses.replace(plan, route=self.routes.get(symbol, plan.route))
            # Nobody answers here when a quiet book asks whether it is still true.
            limits = dataclasses.replace(self.venue.LIMITS, silence=300.0)
            self.syncs[symbol] = BookSynchronizer(self.venue.NAME, plan, limits, lock, lambda: None)
        streams = [self.venue.trade_stream(sync.plan.instrument) for sync in self.syncs.values()]
        self.session = Session(self.venue, list(self.syncs.values()), streams)

    def run(self, records: Iterator[Record]) -> Iterator[int]:
        """Yields each line number after its record was taken in. The session has as many turns as in the server."""
        next_tick = 0
        for self.line, record in enumerate(records):
            self.now = max(self.now, int(Decimal(record["t"] or 0) * SECOND))
            if self.line == 0:
                self.session.opened(self.now)
            if record["k"] == "recv":
                data = record["d"].encode()
                if not self.drop(self.line, data):
                    self.do(self.session.receive(data, Receipt(self.now, self.now)))
            elif record["k"] == "http":
                self.answer(record["u"], record["d"].encode())
            if self.now >= next_tick:
                next_tick = self.now + int(TICK * SECOND)
                self.do(self.session.tick(self.now))
            yield self.line

    def answer(self, url: str, body: bytes) -> None:
        """A REST answer was recorded: it serves a wish of now or of later."""
        symbol = symbol_of(url)
        if symbol in self.syncs:
            self.snapshots[symbol] = body
            if symbol in self.pending:
                self.serve(self.pending.pop(symbol))

    def do(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, FetchSnapshot):
                self.serve(effect)
            elif isinstance(effect, TradeReceived):
                self.trades.append(effect.event)

    def serve(self, fetch: FetchSnapshot) -> None:
        symbol = fetch.sync.plan.instrument.symbol
        body = self.snapshots.get(symbol)
        if body is None:
            self.pending[symbol] = fetch
        else:
            self.session.snapshot(fetch, body, Receipt(self.now, self.now))

    def live(self, symbol: str) -> bool:
        return self.syncs[symbol].state is VenueState.LIVE


def symbol_of(url: str) -> str:
    """The symbol that a recorded REST address of a book asks for."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if "/order_book/" in parts.path:
        return parts.path.rstrip("/").rpartition("/")[2]
    if any(word in parts.path for word in ("/depth", "/orderbook/", "/order_book")):
        return query.get("symbol", query.get("currency_pair", [""]))[0]
    return ""


def plain(mantissa: int, decimals: int) -> str:
    """A scaled integer as plain decimal text without trailing zeros."""
    text = f"{Decimal(mantissa).scaleb(-decimals):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def book_hash(book: OrderBook, levels: int | None) -> str:
    """The golden files' hash of the best levels, or of all."""
    sides = book.levels() if levels is None else book.top(levels)
    lines = [
        f"{mark} {plain(price, book.price_decimals)} {plain(size, book.size_decimals)}"
        for mark, side in zip("ba", sides, strict=True)
        for price, size in side
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def rest_body(sync: BookSynchronizer, depth: int = 5000) -> bytes:
    """What the venue's REST service would answer for the book of another session."""
    book = sync.book
    bids, asks = (
        [[plain(price, book.price_decimals), plain(size, book.size_decimals)] for price, size in side]
        for side in book.top(depth)
    )
    position = sync.proved.rule.position
    return json.dumps({"lastUpdateId": position, "microtimestamp": str(position), "bids": bids, "asks": asks}).encode()
