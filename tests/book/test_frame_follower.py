"""What each depth frame means for its book."""

from __future__ import annotations

import json
import random

import pytest

from server.model import VenueState

from .model import Exchange, Rig, followed, joined


def test_gap_withdraws_before_anything_else_and_heals() -> None:
    rig, exchange = joined()
    exchange.step(rig.stream)
    rig.frame(exchange.step(rig.stream))
    assert rig.sync.state is VenueState.GAP
    assert "after update" in rig.sync.entry.detail
    assert rig.sync.book.counts() == (0, 0)
    assert (rig.sync.entry.gaps, rig.sync.entry.resyncs) == (1, 1)
    assert rig.fetches() == 1, "the first rebuild starts at once"
    rig.frame(exchange.step(rig.stream))
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    assert rig.levels(50) == exchange.top(50)


def test_duplicates_and_old_frames_change_nothing() -> None:
    rig, exchange = joined()
    frames = [exchange.step(rig.stream) for _ in range(3)]
    for frame in (*frames, *frames, frames[0]):
        rig.frame(frame)
    assert rig.sync.live
    assert rig.levels(50) == exchange.top(50)


def test_unreadable_frames_doubt_books_whose_holes_cannot_be_seen() -> None:
    sees, (blind, exchange) = joined("binance")[0], joined("bitstamp")
    sees.frame(b'{"stream":"x')
    assert sees.sync.live, "the next update id will tell"
    blind.frame(b'{"event":"da')
    assert blind.sync.state is VenueState.SUSPECT
    blind.tick()
    assert blind.fetches() == 0, "how new the snapshot must be shows with the next frame"
    blind.frame(exchange.step(blind.stream))
    assert blind.fetches() == 1


@pytest.mark.parametrize(
    "frame",
    [
        b'{"stream":"btcusdt@depth@100ms","data":{"U":1000003,"u":1000099,"b":[["1"]],"a":[]}}',
        b'{"stream":"btcusdt@depth@100ms","data":{"U":1000001,"u":1000099,"b":[["99.99","-1"]],"a":[]}}',
        b'{"stream":"btcusdt@depth@100ms","data":{"U":1000001,"u":1000099,"b":[["9e99","1"]],"a":[]}}',
        b'{"stream":"btcusdt@depth@100ms","data":{"U":1000001,"u":1000099,"b":[["NaN","1"]],"a":[]}}',
    ],
)
def test_a_depth_frame_with_nonsense_withdraws_its_book(frame: bytes) -> None:
    rig, exchange = joined()
    rig.frame(frame)
    assert not rig.sync.live
    assert rig.sync.entry.detail
    rig.tick(1)
    rig.snapshot(exchange.rest())
    assert rig.sync.live


def test_an_absurd_update_id_does_not_keep_snapshots_out_for_ever() -> None:
    rig, exchange = joined()
    true_id, exchange.last_id = exchange.last_id, 10**17
    rig.frame(exchange.step(rig.stream))
    assert rig.sync.state is VenueState.GAP
    exchange.last_id = true_id
    rig.frame(exchange.step(rig.stream))
    rig.tick(1)
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    assert rig.levels(50) == exchange.top(50)


def test_exponent_notation_is_understood_by_the_fallback() -> None:
    rig, exchange = joined()
    exchange.last_id += 1
    frame = {
        "stream": rig.stream,
        "data": {"U": exchange.last_id, "u": exchange.last_id, "b": [["9.9E+1", "2e-3"]], "a": []},
    }
    rig.frame(json.dumps(frame).encode())
    exchange.bids[9_900] = 2
    assert rig.sync.live
    assert rig.levels(200) == exchange.top(200)


def test_partial_stream_needs_no_snapshot() -> None:
    rig = Rig("binance", "partial")
    rig.open()
    assert rig.stream == "btcusdt@depth20@100ms"
    for number, price in enumerate(("64001.10", "64001.20")):
        data = {"lastUpdateId": 100 + number, "bids": [[price, "0.50"]], "asks": [["64002.00", "1"]]}
        rig.frame(json.dumps({"stream": rig.stream, "data": data}).encode())
    assert rig.sync.live
    assert rig.levels(5) == ([(6400120, 500)], [(6400200, 1000)])
    assert rig.fetches() == 0


@pytest.mark.parametrize("venue", ["binance", "bitstamp"])
def test_frames_that_changed_places(venue: str) -> None:
    rig, exchange = followed(venue)
    first, second = exchange.step(rig.stream), exchange.step(rig.stream)
    rig.frame(second)
    rig.frame(first)
    assert rig.sync.state is VenueState.GAP
    rig.frame(exchange.step(rig.stream))
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    assert rig.levels(200) == exchange.top(200)


def test_updates_after_a_silence_prove_nothing_where_holes_cannot_be_seen() -> None:
    rig, exchange = followed("bitstamp")
    rig.tick(rig.venue.LIMITS.silence + 1)
    assert rig.sync.state is VenueState.STALE
    exchange.step(rig.stream)  # lost
    rig.frame(exchange.step(rig.stream))
    assert not rig.sync.live
    rig.tick(1.1)
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    assert rig.levels(200) == exchange.top(200)


def test_updates_after_a_silence_are_taken_where_numbers_prove_them() -> None:
    rig, exchange = followed("binance")
    rig.tick(rig.venue.LIMITS.silence + 1)
    assert rig.sync.state is VenueState.STALE
    rig.frame(exchange.step(rig.stream))
    assert rig.sync.live
    assert rig.levels(200) == exchange.top(200)


@pytest.mark.parametrize("venue", ["binance", "bitstamp"])
def test_a_venue_that_counts_anew_below_its_snapshot(venue: str) -> None:
    """A cached snapshot of before the change joins the frames of after it, which then all look old."""
    rig, exchange = Rig(venue), Exchange(venue, random.Random(5))
    snapshot = exchange.rest()
    exchange.last_id -= 1000
    rig.open()
    rig.frame(exchange.step(rig.stream))
    rig.snapshot(snapshot)
    assert rig.sync.live
    for _ in range(5):
        rig.tick(1)
        rig.frame(exchange.step(rig.stream))
    assert rig.sync.state is VenueState.GAP
    rig.snapshot(snapshot)
    assert not rig.sync.live, "the same again"
    rig.snapshot(exchange.rest())
    assert rig.sync.live
    rig.frame(exchange.step(rig.stream))
    assert rig.levels(200) == exchange.top(200)
