"""Which frames are measured: the newest of each venue between two passes, some times per second."""

from __future__ import annotations

import time

import pytest

from server import clock
from server.market.market import Market
from server.metrics.latency_sampler import EVERY, LatencySampler
from server.model import Pair, VenueState

MILLISECOND = 1_000_000


class Clock:
    """The server's clock, set by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000_000_000


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    by_hand = Clock()
    monkeypatch.setattr(clock, "monotonic_ns", lambda: by_hand.now)
    return by_hand


def counted(sampler: LatencySampler) -> dict[str, tuple[float, float]]:
    """Number and sum of the measured times of each venue: of the way through, in seconds."""
    found: dict[str, tuple[float, float]] = {}
    for venue, delays in sampler.dispatch.items():
        found[venue] = delays.count, delays.nanos / 1e9
    return found


def test_a_look_takes_two_passes_and_measures_what_came_between(at: Clock) -> None:
    market, sampler = Market(Pair("BTC", "USDT"), ["a", "b"], lambda _market: None), LatencySampler()
    old, new = market.entries["a"], market.entries["b"]
    for entry in (old, new):
        entry.state = VenueState.LIVE
        entry.stamp(0, 5, at.now - 900 * MILLISECOND, 1)
    sampler.book_changed(market)
    assert counted(sampler) == {}, "what came before the first pass may have waited for any time"
    at.now += 20 * MILLISECOND
    new.stamp(0, 5, at.now - 3 * MILLISECOND, 2)
    sampler.book_changed(market)
    assert counted(sampler) == {"b": (1, 0.003)}
    new.stamp(0, 5, at.now, 3)
    at.now += 20 * MILLISECOND
    sampler.book_changed(market)
    sampler.book_changed(market)
    assert counted(sampler) == {"b": (1, 0.003)}, "not again before its time"
    at.now += EVERY
    sampler.book_changed(market)
    old.stamp(0, 5, at.now, 4)
    old.state = VenueState.SYNCING
    sampler.book_changed(market)
    assert counted(sampler) == {"b": (1, 0.003)}, "a hidden book has no latency"
    at.now += EVERY
    sampler.book_changed(market)
    sampler.market_removed(market)
    new.stamp(0, 5, at.now, 5)
    sampler.book_changed(market)
    assert counted(sampler) == {"b": (1, 0.003)}, "after a removal a first pass comes again"


def test_the_way_from_the_venue_needs_its_time_and_the_offset_of_its_clock(at: Clock) -> None:
    market, sampler = Market(Pair("BTC", "USDT"), ["a"], lambda _market: None), LatencySampler()
    entry = market.entries["a"]
    entry.state = VenueState.LIVE
    received = 1_796_000_000_000_000_000

    def frame(sent: int) -> None:
        at.now += EVERY
        sampler.book_changed(market)
        entry.stamp(sent, received, at.now, 1)
        sampler.book_changed(market)

    frame(received - 40 * MILLISECOND)
    assert sampler.arrival == {}, "the offset is not known"
    entry.clock_offset, entry.clock_uncertainty = -10 * MILLISECOND, MILLISECOND
    frame(0)
    assert sampler.arrival == {}, "the frame has no time"
    frame(received - 40 * MILLISECOND)
    frame(received + 90 * MILLISECOND)
    measured = sampler.arrival["a"]
    assert measured.count == 2
    assert measured.nanos == 50 * MILLISECOND, "the clocks are put right, and nothing is negative"


def test_the_hops_behind_the_receipt(at: Clock) -> None:
    at.now = time.monotonic_ns()
    market = Market(Pair("BTC", "USDT"), ["a", "b"], lambda _market: None)
    topics = [Topic(), Topic()]
    sampler = LatencySampler(lambda asked: topics if asked is market else ())  # type: ignore[arg-type, return-value]
    for entry in market.entries.values():
        entry.state = VenueState.LIVE
        entry.stamp(0, 5, at.now - EVERY, 1)
    sampler.book_changed(market)
    first, second = market.entries.values()
    first.stamp(0, 5, time.monotonic_ns() - 2 * MILLISECOND, 2)
    second.stamp(0, 5, time.monotonic_ns() - 3 * MILLISECOND, 2)
    receipt, applied = first.measured
    first.stamp(0, 5, time.monotonic_ns(), 3)
    assert first.measured == (receipt, applied), "one frame is timed"
    at.now = time.monotonic_ns()
    sampler.book_changed(market)
    assert {name: delays.count for name, delays in sampler.apply.items()} == {"a": 1, "b": 1}
    assert 2 * MILLISECOND <= sampler.apply["a"].nanos == applied - receipt < 3 * MILLISECOND
    assert sampler.publish.count == 0, "nothing is out yet"
    topics[0].channel.handed_at = at.now + MILLISECOND
    topics[1].channel.handed_at = at.now - 1  # It waits for its interval.
    sampler.tick()
    sampler.tick()
    assert (sampler.publish.count, sampler.publish.nanos) == (1, at.now + MILLISECOND - applied)


def test_a_recording_that_is_played_has_no_hops_of_this_machine(at: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "played", True)
    market, sampler = Market(Pair("BTC", "USDT"), ["a"], lambda _market: None), LatencySampler()
    (entry,) = market.entries.values()
    entry.state = VenueState.LIVE
    sampler.book_changed(market)
    entry.stamp(0, 5, at.now, 1)
    sampler.book_changed(market)
    assert counted(sampler) == {"a": (1, 0.0)}
    assert sampler.apply == {}


class Channel:
    handed_at = 0


class Topic:
    """What the sampler asks of a topic."""

    def __init__(self) -> None:
        self.channel = Channel()
