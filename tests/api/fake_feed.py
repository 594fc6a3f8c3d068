"""A venue without a network, for tests of commands."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from orderbook_ext import OrderBook
from server.connection.received import Received
from server.feed.feed_options import FeedOptions
from server.market.market import Market
from server.model import Instrument, Listing, Pair, Reach, VenueState
from server.protocol.venue import Endpoint, Venue
from server.threads import Supervised


class FakeFeed:
    """Lists what it is told to; everything it is asked for is noted in `calls`."""

    def __init__(self, name: str, markets: Mapping[Pair, Market], lists: frozenset[Pair]) -> None:
        self.name = name
        self.venue = cast(Venue, type("Fake", (), {"NAME": name, "TITLE": name.title()})())
        self.options = FeedOptions(Endpoint(f"ws://{name}", f"http://{name}"))
        self.discovered = threading.Event()
        self.connections = 1
        self.received = Received(0, 0)
        self.threads: list[Supervised] = []
        self.lists = lists
        self.calls: list[Any] = []
        self.markets = dict(markets)
        self.listings: dict[Pair, Listing] = {pair: Listing(name, pair, Reach.UNKNOWN) for pair in markets}
        self.answers = threading.Event()
        """Cleared: it does not answer add()."""
        self.answers.set()
        self.error: Exception | None = None

    def _listing(self, pair: Pair) -> Listing:
        if pair not in self.lists:
            return Listing(self.name, pair, Reach.UNLISTED, suggestion=str(min(self.lists, default="")))
        instrument = Instrument(pair, f"{pair.base}{pair.quote}", Decimal("0.01"), Decimal("0.001"), "TRADING", True)
        return Listing(self.name, pair, Reach.LISTED, instrument)

    def start(self) -> None:
        self.calls.append("start")
        self.listings = {pair: self._listing(pair) for pair in self.markets}
        self.discovered.set()

    def go(self) -> None:
        self.calls.append("go")

    def stop(self) -> None:
        self.calls.append("stop")

    def join(self, timeout: float) -> None:
        self.calls.append("join")

    def resync(self, pair: Pair) -> bool:
        self.calls.append(("resync", pair))
        live = self.markets[pair].entries[self.name].state == VenueState.LIVE
        if live:
            self.markets[pair].report(self.name, VenueState.SYNCING, "asked for")
        return live

    def reconnect(self, pair: Pair | None) -> int:
        self.calls.append(("reconnect", pair))
        if self.error is not None:
            raise self.error
        return self.connections

    def pause(self, pair: Pair | None) -> None:
        self.calls.append(("pause", pair))
        for each in [pair] if pair else self.lists & self.markets.keys():
            self.markets[each].report(self.name, VenueState.HALTED, "paused by command")

    def resume(self, pair: Pair | None) -> None:
        self.calls.append(("resume", pair))
        for each in [pair] if pair else self.lists & self.markets.keys():
            self.markets[each].report(self.name, VenueState.CONNECTING, "")

    def add(self, market: Market) -> Listing:
        self.calls.append(("add", market.pair))
        self.answers.wait(30)
        if self.error is not None:
            raise self.error
        self.markets[market.pair] = market
        self.listings[market.pair] = self._listing(market.pair)
        return self.listings[market.pair]

    def remove(self, pair: Pair) -> None:
        self.calls.append(("remove", pair))
        self.markets.pop(pair, None)
        self.listings.pop(pair, None)

    def fill(self, pair: Pair, bid: str, ask: str) -> None:
        """A live book of one level a side."""
        market = self.markets[pair]
        book = OrderBook(2, 3, lock=market.lock)
        book.load([(bid, "1.000")], [(ask, "1.000")])
        entry = market.entries[self.name]
        with market.consistency_lock:
            entry.book = book
            entry.detail = ""
            entry.state = VenueState.LIVE
        market.changed()
