"""How a book becomes true, stays true, and is withdrawn: each transition once, then all of them at random."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.book.crossed_monitor import FRAMES as CROSSED_FRAMES
from server.connection.effects import CheckListing, Reconnect
from server.model import VenueState
from tests.volume import examples

from .model import Exchange, Rig


def joined(venue: str = "binance", seed: int = 1) -> tuple[Rig, Exchange]:
    """A live book and its exchange."""
    rig, exchange = Rig(venue), Exchange(venue, random.Random(seed))
    rig.open()
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.state is VenueState.LIVE
    return rig, exchange


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


def test_rebuilds_that_follow_one_another_wait_longer() -> None:
    rig, exchange = joined()
    waits = []
    for _ in range(4):
        exchange.step(rig.stream)
        rig.frame(exchange.step(rig.stream))
        start = rig.now
        while not rig.fetches():
            rig.tick(0.05)
        waits.append((rig.now - start) / 1e9)
        rig.snapshot(exchange.rest())
        assert rig.sync.live
    assert waits[0] <= 0.05
    assert waits[3] > waits[1] >= 0.25


def test_duplicates_and_old_frames_change_nothing() -> None:
    rig, exchange = joined()
    frames = [exchange.step(rig.stream) for _ in range(3)]
    for frame in (*frames, *frames, frames[0]):
        rig.frame(frame)
    assert rig.sync.live
    assert rig.levels(50) == exchange.top(50)


def test_crossed_book_is_hidden_at_once_and_rebuilt_when_it_lasts() -> None:
    rig, exchange = joined()
    exchange.bids[10_500] = 5
    for number in range(CROSSED_FRAMES + 1):
        exchange.last_id += 1
        crossed = exchange._frame(rig.stream, exchange.last_id, [["105.00", "0.005"]], [])
        rig.frame(crossed)
        assert rig.sync.state is (VenueState.SUSPECT if number < CROSSED_FRAMES else VenueState.CROSSED)
    assert rig.fetches() == 1
    del exchange.bids[10_500]
    rig.snapshot(exchange.rest())
    assert rig.sync.live


def test_crossed_for_a_moment_comes_back_by_itself() -> None:
    rig, exchange = joined()
    for size in ("0.005", "0"):
        exchange.last_id += 1
        rig.frame(exchange._frame(rig.stream, exchange.last_id, [["105.00", size]], []))
        assert rig.sync.state is (VenueState.SUSPECT if size != "0" else VenueState.LIVE)
    assert rig.sync.entry.resyncs == 0


def test_crossed_and_then_silent_is_rebuilt() -> None:
    rig, exchange = joined()
    exchange.last_id += 1
    rig.frame(exchange._frame(rig.stream, exchange.last_id, [["105.00", "0.005"]], []))
    rig.tick(1.2)
    assert rig.sync.state is VenueState.CROSSED
    assert rig.fetches() == 1


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


def test_stream_that_never_speaks_asks_for_another_connection() -> None:
    """First the subscription is repeated; then, as no book at all comes on it, the connection is opened anew; and then
    it is for the venue's list to say whether the pair is there."""
    rig = Rig("bitstamp")
    rig.open()
    for repeated in range(2):
        rig.effects.clear()
        rig.tick(41)
        assert sum("bts:subscribe" in text for text in rig.sent()) == 1, repeated
    rig.effects.clear()
    rig.tick(41)
    (renewal,) = (effect for effect in rig.effects if isinstance(effect, Reconnect))
    assert renewal.broken
    rig.session.closed(VenueState.DOWN, renewal.reason)
    rig.open()
    rig.effects.clear()
    rig.tick(200)
    (check,) = (effect for effect in rig.effects if isinstance(effect, CheckListing))
    assert (check.instrument, check.reason) == (rig.sync.plan.instrument, "no update, though subscribed")


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


def test_closed_connection_withdraws_and_counts() -> None:
    rig, exchange = joined()
    rig.session.closed(VenueState.DOWN, "the cable was cut")
    assert rig.sync.state is VenueState.DOWN
    assert rig.sync.entry.detail == "the cable was cut"
    assert rig.sync.book.counts() == (0, 0)
    assert rig.sync.entry.resyncs == 1
    rig.session.closed(VenueState.DOWN, "still")
    assert rig.sync.entry.resyncs == 1
    rig.open()
    rig.frame(exchange.step(rig.stream))
    assert rig.fetches() == 1
    rig.snapshot(exchange.rest())
    assert rig.sync.live


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


def test_successor_takes_over_without_a_blink() -> None:
    rig, exchange = joined()
    other = Rig(lock=rig.sync.book.lock)
    other.open()
    frame = exchange.step(rig.stream)
    rig.frame(frame)
    other.frame(frame)
    other.snapshot(exchange.rest())
    public = rig.sync.entry
    told = len(other.changes)
    rig.sync.release()
    other.sync.adopt(public)
    assert other.changes[told:] == [VenueState.LIVE]
    assert public.book is other.sync.book
    rig.session.closed(VenueState.DOWN, "retired")
    assert public.state == VenueState.LIVE, "the old connection has no say any more"


@settings(max_examples=examples(150), deadline=None)
@given(seed=st.integers(0, 10**9), faults=st.lists(st.sampled_from("_____ldrgcsx"), min_size=10, max_size=120))
def test_whatever_happens_a_live_book_is_the_true_one(seed: int, faults: list[str]) -> None:
    """l lost, d doubled, r swapped, g garbage, c connection lost, s snapshot fails, x snapshot of before."""
    rig, exchange = Rig(), Exchange("binance", random.Random(seed))
    old = exchange.rest()
    rig.open()
    for fault in faults:
        rig.tick(0.3)
        frames = [exchange.step(rig.stream)]
        if fault == "r":
            frames = [exchange.step(rig.stream), *frames]
        for frame in frames * (2 if fault == "d" else 1):
            if fault not in "lg":
                rig.frame(frame)
        if fault == "g":
            rig.frame(frames[0][: len(frames[0]) // 2])
        if fault == "c":
            rig.session.closed(VenueState.DOWN, "cut")
            rig.open()
        if rig.fetches():
            if fault == "s":
                rig.session.snapshot_failed(rig.asked(), "500", rig.now)
            else:
                rig.snapshot(old if fault == "x" else exchange.rest())
        old = exchange.rest() if fault == "_" else old
        if rig.sync.live and rig.sync.rule.position == exchange.last_id:
            assert rig.levels(300) == exchange.top(300)
            rig.sync.book.check()
    for _ in range(400):
        rig.tick(0.3)
        rig.frame(exchange.step(rig.stream))
        if rig.fetches():
            rig.snapshot(exchange.rest())
        if rig.sync.live:
            break
    assert rig.sync.live, "it always heals"
    assert rig.levels(300) == exchange.top(300)
