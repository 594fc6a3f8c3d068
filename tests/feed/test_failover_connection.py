"""Make before break: connections that near the venue's age limit are replaced without a blink."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from server.feed import failover_connection as group
from server.feed.feed_options import FeedOptions
from server.feed.venue_feed import VenueFeed
from server.market.feed_listener import FeedListener
from server.market.market import Market
from server.model import Pair, Trade, VenueState
from server.protocol.venue import Endpoint, Venue
from server.venues import VENUES
from simulator import Fault, Simulator, SimulatorConfig
from tests.waiting import eventually

PAIR = Pair("BTC", "USDT")
# Resubscribed 2 s before that: half way.
MAX_AGE = 4.0
RENEWALS = 3


def short_lived(name: str) -> Venue:
    """The venue with a connection life of seconds and no limit on connects."""
    kind = VENUES[name]
    limits = replace(kind.LIMITS, max_age=MAX_AGE, connects_per_minute=6000.0)
    venue: Venue = type(kind.__name__, (kind,), {"LIMITS": limits})()
    return venue


class Watch(FeedListener):
    """Every state that the market was ever seen in, and every trade."""

    def __init__(self) -> None:
        self.states: list[VenueState] = []
        self.trades: list[str] = []
        self.market = Market(PAIR, ("binance",), self._changed)

    def _changed(self, market: Market) -> None:
        state = VenueState(market.entries["binance"].state)
        if not self.states or self.states[-1] is not state:
            self.states.append(state)

    def trade(self, market: Market, venue: str, trade: Trade, receive_time: int) -> None:
        self.trades.append(trade.trade_id)


@pytest.mark.slow
def test_renewal_before_the_age_limit_never_hides_the_book() -> None:
    watch = Watch()
    with Simulator(SimulatorConfig(venues=("binance",), seed=3)) as simulator:
        address = simulator.endpoints["binance"]
        options = FeedOptions(Endpoint(address.ws, address.rest))
        feed = VenueFeed(short_lived("binance"), options, {PAIR: watch.market}, watch)
        first: list[object] = []

        def connection() -> object:
            return feed.venue_connections.all[0].connection if feed.venue_connections.all else None

        feed.start()
        feed.go()
        try:
            eventually(lambda: bool(watch.market.live_venues()))
            for _ in range(RENEWALS):
                first.append(connection())
                eventually(lambda: connection() is not first[-1])
        finally:
            feed.stop()
            feed.join(5)
    live = watch.states.index(VenueState.LIVE)
    assert set(watch.states[live:]) <= {VenueState.LIVE, VenueState.DOWN}, watch.states
    assert watch.states[live:].count(VenueState.LIVE) == 1, "withdrawn once only: when the feed was stopped"
    assert len(set(watch.trades)) == len(watch.trades), "no trade was counted twice"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("feed-")]


@contextmanager
def many(pairs: int) -> Iterator[tuple[Simulator, VenueFeed, dict[Pair, Market]]]:
    """Books of so many pairs on one connection, all of them live."""
    names = [f"C{number:02}/USDT" for number in range(pairs)]
    markets = {Pair.parse(name): Market(Pair.parse(name), ("binance",), lambda _: None) for name in names}
    with Simulator(SimulatorConfig(venues=("binance",), pairs=names, seed=3)) as simulator:
        address = simulator.endpoints["binance"]
        options = FeedOptions(Endpoint(address.ws, address.rest), levels=100, audit=0.0)
        feed = VenueFeed(VENUES["binance"](), options, markets, FeedListener())
        feed.start()
        feed.go()
        try:
            eventually(lambda: all(market.live_venues() for market in markets.values()))
            yield simulator, feed, markets
        finally:
            feed.stop()
            feed.join(5)


@pytest.mark.slow
def test_a_successor_may_take_as_long_as_its_books_come_one_by_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(group, "TAKEOVER", 3.0)
    with many(30) as (simulator, feed, _):
        (first,) = (each.connection for each in feed.venue_connections.all)
        simulator.inject(Fault("binance", "slow_rest", delay=0.5, duration=600.0))
        began = time.monotonic()
        assert feed.reconnect(None) == 1
        eventually(lambda: feed.venue_connections.all[0].connection is not first)
        assert time.monotonic() - began > 3.0, "thirty answers of half a second, three at a time"
    assert "does not get its books" not in caplog.text


@pytest.mark.slow
def test_a_successor_without_books_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(group, "TAKEOVER", 2.0)
    with many(2) as (simulator, feed, markets):
        (first,) = (each.connection for each in feed.venue_connections.all)
        simulator.inject(Fault("binance", "http", status=503, duration=600.0))
        assert feed.reconnect(None) == 1
        eventually(lambda: "does not get its books" in caplog.text)
        assert feed.venue_connections.all[0].connection is first
        assert all(market.live_venues() for market in markets.values())
        simulator.clear_faults()
        assert feed.reconnect(None) == 1
        eventually(lambda: feed.venue_connections.all[0].connection is not first)
