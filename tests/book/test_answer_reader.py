"""What the venue's answers by REST mean for a book."""

from __future__ import annotations

import random

import pytest

from server.model import VenueState

from .model import Exchange, Rig, joined


@pytest.mark.parametrize("venue", ["binance", "bitstamp"])
def test_buffer_first_snapshot_second(venue: str) -> None:
    rig, exchange = Rig(venue), Exchange(venue, random.Random(2))
    rig.open()
    assert rig.sync.state is VenueState.SYNCING
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1, "asked for once the stream is known to run"
    rig.frame(exchange.step(rig.stream))
    body = exchange.rest()
    for _ in range(3):
        rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 0, "one at a time"
    assert rig.sync.state is VenueState.SYNCING
    rig.snapshot(body)
    assert rig.sync.state is VenueState.LIVE
    assert rig.levels(50) == exchange.top(50)
    assert rig.sync.entry.sequence == exchange.last_id
    assert rig.sync.entry.resyncs == 0


def test_snapshot_without_a_frame_is_asked_for_after_a_while() -> None:
    rig, exchange = Rig(), Exchange("binance", random.Random(3))
    rig.open()
    rig.tick(1)
    assert rig.fetches() == 0
    rig.tick(1.1)
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.state is VenueState.LIVE
    rig.frame(exchange.step(rig.stream))
    assert rig.levels(20) == exchange.top(20)


@pytest.mark.parametrize("venue", ["binance", "bitstamp"])
def test_old_snapshot_is_refused_and_fetched_again(venue: str) -> None:
    rig, exchange = Rig(venue), Exchange(venue, random.Random(4))
    stale = exchange.rest()
    exchange.step(rig.stream)
    rig.open()
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1
    rig.snapshot(stale)
    assert rig.sync.state is VenueState.SYNCING
    assert "older" in rig.sync.entry.detail
    rig.tick(0.1)
    assert rig.fetches() == 0, "not at once"
    rig.tick(1)
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.state is VenueState.LIVE
    assert rig.levels(20) == exchange.top(20)


def test_gap_within_the_buffer_keeps_what_follows() -> None:
    rig, exchange = Rig(), Exchange("binance", random.Random(5))
    rig.open()
    rig.frame(exchange.step(rig.stream))
    rig.fetches()
    body = exchange.rest()
    exchange.step(rig.stream)
    rig.frame(exchange.step(rig.stream))
    rig.snapshot(body)
    assert not rig.sync.live
    rig.tick(1)
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    assert rig.levels(50) == exchange.top(50)


def test_silent_but_unchanged_book_is_confirmed() -> None:
    rig, exchange = joined()
    rig.tick(10.5)
    assert rig.sync.state is VenueState.STALE, "hidden until the venue confirms it"
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    assert rig.sync.entry.resyncs == 0
    rig.tick(10.5)
    assert rig.sync.live, "the threshold doubled: this pair is quiet"
    rig.tick(10)
    assert rig.sync.state is VenueState.STALE


def test_silent_stream_of_a_moving_book_is_subscribed_again() -> None:
    rig, exchange = joined()
    rig.tick(10.5)
    for _ in range(5):
        exchange.step(rig.stream)
    rig.fetches()
    rig.effects.clear()
    rig.snapshot(exchange.rest())
    rig.tick(0.3)
    assert not rig.sync.live
    assert any("UNSUBSCRIBE" in text for text in rig.sent())
    assert any('"SUBSCRIBE"' in text for text in rig.sent())
    rig.frame(exchange.step(rig.stream))
    rig.tick(1)
    assert rig.fetches() >= 1
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    assert rig.levels(20) == exchange.top(20)


def test_failed_snapshots_are_retried_after_the_venues_own_pause() -> None:
    rig, exchange = Rig(), Exchange("binance", random.Random(6))
    rig.open()
    rig.frame(exchange.step(rig.stream))
    rig.fetches()
    rig.session.snapshot_failed(rig.asked(), "429", rig.now, retry_after=30.0)
    for _ in range(29):
        rig.tick(1)
        rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 0
    rig.tick(1.1)
    assert rig.fetches() == 1
    assert rig.sync.entry.detail == "429"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"lastUpdateId":5}', b'{"lastUpdateId":-5,"bids":[],"asks":[]}']
)
def test_garbage_instead_of_a_snapshot_is_retried(body: bytes) -> None:
    rig, exchange = Rig(), Exchange("binance", random.Random(7))
    rig.open()
    rig.frame(exchange.step(rig.stream))
    rig.fetches()
    rig.snapshot(body)
    assert not rig.sync.live
    rig.tick(1)
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    assert rig.levels(20) == exchange.top(20)
