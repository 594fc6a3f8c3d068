"""Two hundred pairs of one venue at once, its limits on: no refusal, no socket too full, and a book of every pair."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from server.feed.feed_options import FeedOptions
from server.feed.venue_feed import VenueFeed
from server.market.feed_listener import FeedListener
from server.market.market import Market
from server.model import Pair, VenueState
from server.network.hosts import Hosts
from server.protocol.venue import Endpoint
from server.venues import VENUES
from simulator import Fault, Simulator, SimulatorConfig
from simulator.exchange import RestAnswer, RestRequest
from tests.waiting import eventually

PAIRS = [Pair(f"C{number:03}", "USDT") for number in range(200)]
WATCHED = PAIRS[-12:]
"""Somebody looks at these: they come last in every list, and their books should come first."""
DEEP = 5000
"""Levels a side: so dear that a minute's budget pays for few of the books."""
BRIDGE = 20
"""Levels a side that the stand-ins of books have."""
# The venue's budget is for a minute: what does not fit in this one comes in the next.
PATIENCE = 150.0


class Start:
    """One venue's feed and its simulator, which moves once a second in real time."""

    def __init__(self, name: str, levels: int) -> None:
        self.name = name
        self.simulator = Simulator(SimulatorConfig(venues=(name,), pairs=[*map(str, PAIRS)], rate=1.0))
        self.markets = {pair: Market(pair, (name,), lambda _market: None) for pair in PAIRS}
        self.asked: list[str] = []
        """Paths and symbols of all requests, in their order."""
        self.widest = 0
        """Streams of the fullest connection that was ever seen."""
        self.feed = self._feed(levels)

    def _feed(self, levels: int) -> VenueFeed:
        exchange = self.simulator.hosts[self.name].exchange
        answer = exchange.rest

        def noted(request: RestRequest) -> RestAnswer:
            self.asked.append(f"{request.path} {request.query.get('symbol', '')}".strip())
            return answer(request)

        cast(Any, exchange).rest = noted
        self.simulator.start()
        address = self.simulator.endpoints[self.name]
        options = FeedOptions(Endpoint(address.ws, address.rest), levels=levels, audit=0.0)
        return VenueFeed(VENUES[self.name](), options, self.markets, FeedListener(), Hosts())

    def live(self) -> list[Pair]:
        """Pairs with a proved best bid and ask."""
        return [pair for pair in PAIRS if self._entry(pair).state == VenueState.LIVE]

    def whole(self) -> list[Pair]:
        """Pairs whose own books are live, not only their stand-ins."""
        books = {pair: self._entry(pair).book for pair in self.live()}
        return [pair for pair, book in books.items() if book is not None and min(book.counts()) > BRIDGE]

    def sockets(self) -> list[int]:
        """Streams of each connection."""
        clients = self.simulator.hosts[self.name].clients
        found: list[int] = self.simulator.call(lambda: [len(client.session.streams) for client in clients])
        self.widest = max(self.widest, *found, 0)
        return found

    def missing(self) -> str:
        hidden = sorted(set(map(str, PAIRS)) - set(map(str, self.live())))
        return f"{len(hidden)} of {len(PAIRS)} pairs are not live, such as {hidden[:3]}; {self.counters()}"

    def counters(self) -> dict[str, int]:
        """What the venue has counted."""
        return dict(self.simulator.hosts[self.name].counters)

    def _entry(self, pair: Pair) -> Any:
        return self.markets[pair].entries[self.name]


@contextmanager
def started(name: str, levels: int = 100) -> Iterator[Start]:
    """Everything runs; the watched pairs are watched."""
    start = Start(name, levels)
    for pair in WATCHED:
        start.markets[pair].watched = 1
    try:
        start.feed.start()
        start.feed.go()
        yield start
    finally:
        start.feed.stop()
        start.feed.join(5.0)
        start.simulator.stop()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith(f"feed-{name}")]


def assert_nothing_refused(start: Start) -> None:
    """Neither a request nor a connect nor a message was one too many, and no connection was lost."""
    counters = start.counters()
    assert (counters["limited"], counters["connects_refused"], counters["too_fast"]) == (0, 0, 0)
    assert counters["connects"] == len(start.sockets()), "a connection was lost"
    assert start.widest <= VENUES[start.name].LIMITS.streams_per_connection


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_tops_come_at_once_and_books_as_the_budget_allows() -> None:
    began = time.monotonic()
    with started("binance", DEEP) as start:
        limits = VENUES["binance"].LIMITS
        eventually(lambda: len(start.live()) == len(PAIRS), start.missing, PATIENCE)
        assert len(start.sockets()) == 1
        assert len(start.whole()) < len(PAIRS), "the budget does not pay for all books yet"
        eventually(lambda: set(WATCHED) <= set(start.whole()), lambda: f"only {start.whole()}", PATIENCE)

        # Stand-ins that have done their work are unsubscribed, no faster than the venue takes messages.
        both = [f"{pair.base.lower()}usdt@depth{BRIDGE}@100ms" for pair in start.whole()]
        listeners = start.simulator.hosts["binance"].listeners
        eventually(
            lambda: not any(listeners.get(stream) for stream in both), lambda: f"still subscribed: {both}", PATIENCE
        )

        depth = [asked.split()[1] for asked in start.asked if asked.startswith("/api/v3/depth ")]
        watched = {f"{pair.base}USDT" for pair in WATCHED}
        last = max(depth.index(symbol) for symbol in watched)
        others = [symbol for symbol in depth[:last] if symbol not in watched]
        assert len(others) <= 24, f"{others} came before books that somebody looks at"
        assert start.live() == PAIRS
        minutes = 1 + (time.monotonic() - began) // 60
        assert sum(250 for _ in depth) <= limits.rest_weight * minutes
        assert_nothing_refused(start)


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_tops_come_back_at_once_after_a_lost_connection() -> None:
    """The books have to wait for the budget again, as long as at the start."""
    with started("binance", DEEP) as start:
        eventually(lambda: set(WATCHED) <= set(start.whole()), lambda: f"only {start.whole()}", PATIENCE)
        eventually(lambda: len(start.live()) == len(PAIRS), start.missing, PATIENCE)
        start.simulator.inject(Fault("binance", "cut"))
        eventually(lambda: not set(WATCHED) & set(start.live()), lambda: "the connection is not lost", PATIENCE)
        eventually(lambda: len(start.live()) == len(PAIRS), start.missing, PATIENCE)
        assert len(start.whole()) < len(PAIRS), "the budget does not pay for all books yet"
        counters = start.counters()
        assert (counters["limited"], counters["connects_refused"], counters["too_fast"]) == (0, 0, 0)


@pytest.mark.slow
@pytest.mark.timeout(500)
@pytest.mark.parametrize("name", ["okx", "kraken"])
def test_books_in_the_stream_come_over_as_few_sockets_as_hold_them(name: str) -> None:
    with started(name) as start:
        eventually(lambda: len(start.live()) == len(PAIRS), start.missing, PATIENCE)
        sockets, limits = start.sockets(), VENUES[name].LIMITS
        # The trades of some may not be subscribed yet.
        planned = sum(member.streams for group in start.feed.venue_connections.all for member in group.plan.members)
        assert sum(sockets) <= planned
        assert len(sockets) <= planned / limits.streams_per_connection * 1.05 + 1
        assert_nothing_refused(start)
