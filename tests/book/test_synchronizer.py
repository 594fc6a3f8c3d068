"""How a book becomes true, stays true, and is withdrawn: each transition once, then all of them at random."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from server.connection.effects import CheckListing, Reconnect
from server.model import VenueState
from tests.volume import examples

from .model import Exchange, Rig, joined


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


def test_a_settled_book_rests_until_something_is_due() -> None:
    rig, exchange = joined()
    rig.frame(exchange.step(rig.stream))
    rig.tick(0.3)
    sync, now = rig.sync, rig.now
    assert sync.settled
    assert sync.rests(now)
    assert sync.settled, "the fast lane goes on"
    quiet = int(1e9 * 3600)
    assert not sync.rests(now + quiet), "it was silent for too long"
    sync.rebuild(VenueState.SYNCING, "asked for", now)
    assert not sync.rests(now), "it has no book"


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
        if rig.sync.live and rig.sync.proved.rule.position == exchange.last_id:
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
