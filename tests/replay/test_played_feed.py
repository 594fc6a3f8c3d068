"""PlayedFeed: connections as the recording has them, each book with one entry whatever replaces its connection."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from server import clock
from server.clock import PlayedClock
from server.config import Config
from server.feed.socket_plan import SocketPlan
from server.model import Instrument, Pair, Reach, VenueState
from server.replay.plan_of import socket_plan
from server.replay.played_feed import PlayedFeed
from server.replay.played_run import PlayedRun, VenueRun
from server.replay.stage import ReplayApp
from server.venues import DEFAULT_VENUES
from tests.replay.recordings import member

VENUE = DEFAULT_VENUES[0]
BTC, ETH = Pair("BTC", "USDT"), Pair("ETH", "USDT")


class Rig:
    def __init__(self) -> None:
        self.clock = PlayedClock()
        self.clock.install()
        self.clock.begin_run(10**9, 10**9)
        run = PlayedRun((str(BTC), str(ETH)), {VENUE: VenueRun("diff", 100, 0.0, checks=False)})
        self.app = ReplayApp(Config(pairs=(BTC, ETH), venues=(VENUE,), port=0), run, self.clock, serves=False)
        self.app.begin(run)
        feed = self.app.feed(VENUE)
        assert feed is not None
        self.feed: PlayedFeed = feed

    def plan(self, *pairs: Pair) -> SocketPlan:
        items = [
            Instrument(pair, f"{pair.base}{pair.quote}", Decimal("0.01"), Decimal("0.01"), "TRADING", trading=True)
            for pair in pairs
        ]
        members = [member(self.feed.venue, str(item.pair), item, "diff", 100) for item in items]
        return socket_plan(self.feed.venue, self.feed.options, members)

    def state(self, pair: Pair) -> int:
        return self.app.markets[pair].entries[VENUE].state


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.app.stop()
    clock.restore()


def test_a_connection_lists_its_pairs_and_shows_their_books(rig: Rig) -> None:
    assert {listing.reach for listing in rig.feed.listings.values()} == {Reach.UNKNOWN}
    made = rig.feed.connect(rig.plan(BTC, ETH))
    assert {listing.reach for listing in rig.feed.listings.values()} == {Reach.LISTED}
    assert rig.feed.listings[ETH].instrument is not None
    assert rig.feed.connections == 0
    made.opened()
    assert rig.feed.connections == 1
    assert {rig.state(BTC), rig.state(ETH)} == {VenueState.SYNCING}
    made.closed("gone")
    assert {rig.state(BTC), rig.state(ETH)} == {VenueState.DOWN}


def test_a_second_connection_is_the_successor_of_the_first(rig: Rig) -> None:
    first = rig.feed.connect(rig.plan(BTC))
    first.opened()
    second = rig.feed.connect(rig.plan(BTC), first)
    second.opened()
    (failover,) = rig.feed.venue_connections.all
    assert (failover.connection, failover.successor) == (first, second)
    third = rig.feed.connect(rig.plan(BTC))
    assert (failover.connection, failover.successor) == (first, third), "the second has ended without a word"
    assert second.session.syncs[0].state is VenueState.DOWN
    assert rig.state(BTC) == VenueState.SYNCING, "readers see the first as long as it serves"


def test_pairs_of_other_connections_are_not_touched(rig: Rig) -> None:
    rig.feed.connect(rig.plan(BTC)).opened()
    other = rig.feed.connect(rig.plan(ETH))
    assert len(rig.feed.venue_connections.all) == 2
    other.opened()
    other.closed("gone")
    assert (rig.state(BTC), rig.state(ETH)) == (VenueState.SYNCING, VenueState.DOWN)


def test_what_the_live_server_decided_by_itself_is_left_to_the_recording(rig: Rig) -> None:
    made = rig.feed.connect(rig.plan(BTC))
    made.opened()
    rig.clock.set(10**9, 10**9 + int(made.session.venue.LIMITS.max_age * 10**9) + 1)
    made.ticked()
    (failover,) = rig.feed.venue_connections.all
    assert failover.successor is None, "a second connection comes with the recording's own"


def test_a_removed_market_has_no_books(rig: Rig) -> None:
    rig.feed.connect(rig.plan(BTC, ETH)).opened()
    rig.feed.remove(ETH)
    assert set(rig.feed.listings) == {BTC}
    (failover,) = rig.feed.venue_connections.all
    assert failover.pairs == [BTC]


def test_a_commanded_resync_is_repeated(rig: Rig) -> None:
    rig.feed.connect(rig.plan(BTC)).opened()
    rig.feed.command("resync", BTC)
    rig.feed.command("resync", None)
    assert rig.state(BTC) == VenueState.SYNCING
