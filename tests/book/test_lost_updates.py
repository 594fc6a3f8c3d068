"""Ways to lose an update without a gap in the numbers. Each was found end to end, with a wrong book shown as live."""

from __future__ import annotations

import json
import random

import pytest

from server.connection.effects import Reconnect
from server.model import VenueState

from .model import Exchange, Rig, followed


@pytest.mark.parametrize("venue", ["binance", "bitstamp"])
@pytest.mark.parametrize("reopened", [False, True])
def test_a_snapshot_that_a_lost_connection_asked_for_is_dropped(venue: str, reopened: bool) -> None:
    rig, exchange = Rig(venue), Exchange(venue, random.Random(2))
    rig.open()
    rig.frame(exchange.step(rig.stream))
    asked, body = rig.asked(), exchange.rest()
    rig.session.closed(VenueState.DOWN, "cut")
    if reopened:
        rig.open()
    rig.session.snapshot(asked, body, rig.at())
    assert rig.sync.state is (VenueState.SYNCING if reopened else VenueState.DOWN)
    rig.session.snapshot_failed(asked, "too late", rig.now)
    assert rig.sync.entry.detail != "too late"


def test_a_reopened_stream_asks_for_a_snapshot_of_its_own() -> None:
    rig, exchange = Rig(), Exchange("binance", random.Random(3))
    rig.open()
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1
    rig.session.closed(VenueState.DOWN, "cut")
    rig.open()
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1


def test_the_snapshot_after_an_unreadable_frame_contains_it() -> None:
    rig, exchange = followed("binance")
    before = exchange.rest()
    frame = json.loads(exchange.step(rig.stream))
    frame["data"]["b"].append(["1.00", "-1"])
    rig.frame(json.dumps(frame).encode())
    assert rig.sync.state is VenueState.SUSPECT
    rig.tick()
    assert rig.fetches() == 0
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1
    rig.snapshot(before)
    assert not rig.sync.live
    rig.tick(2)
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    assert rig.levels(200) == exchange.top(200)


def test_a_dead_stream_does_not_come_back_by_snapshots_alone() -> None:
    """The venue answers and its book moves, but the stream stays silent, also after another subscription."""
    rig, exchange = followed("binance")
    lives = 0
    for _ in range(100):
        exchange.step(rig.stream)  # lost
        rig.tick(1)
        if rig.fetches():
            rig.snapshot(exchange.rest())
        if any(isinstance(effect, Reconnect) for effect in rig.effects):
            rig.effects = []
            rig.session.closed(VenueState.DOWN, "renewed")
            rig.open()
        lives += rig.sync.live
    assert lives <= rig.venue.LIMITS.silence
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.live


def test_a_snapshot_from_before_the_venues_clock_went_back_never_joins() -> None:
    """Its time is ahead of the stream, which would seem to say nothing new until it gets there."""
    rig, exchange = followed("bitstamp")
    rig.tick(1)
    under_way = rig.asked()
    cached = exchange.rest()
    exchange.last_id -= 400
    rig.frame(exchange.step(rig.stream))
    assert rig.sync.state is VenueState.GAP
    rig.session.snapshot(under_way, cached, rig.at())
    for _ in range(4):
        rig.tick(1)
        rig.frame(exchange.step(rig.stream))
    assert not rig.sync.live
    assert rig.fetches() == 0, "a cache may still serve the old one"
    rig.tick(1.1)
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    rig.frame(exchange.step(rig.stream))
    assert rig.levels(200) == exchange.top(200)


@pytest.mark.parametrize("before", [1, 3], ids=["behind the first held frame", "between held frames"])
def test_a_clock_that_goes_back_while_a_snapshot_is_waited_for(before: int) -> None:
    rig, exchange = Rig("bitstamp"), Exchange("bitstamp", random.Random(4))
    rig.open()
    for _ in range(before):
        exchange.last_id += 1000
        rig.frame(exchange.step(rig.stream))
    under_way, cached = rig.asked(), exchange.rest()
    exchange.last_id -= 400
    rig.frame(exchange.step(rig.stream))
    rig.session.snapshot(under_way, cached, rig.at())
    assert not rig.sync.live
    assert rig.fetches() == 1, "the one that was answered"
    rig.tick(4.8)
    assert rig.fetches() == 0
    rig.frame(exchange.step(rig.stream))
    rig.tick(0.3)
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    assert rig.levels(200) == exchange.top(200)
