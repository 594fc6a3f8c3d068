"""Which frames are measured: the newest of each venue between two passes, some times per second."""

from __future__ import annotations

import pytest

from server import clock
from server.market.market import Market
from server.metrics.latency_sampler import EVERY, LatencySampler
from server.metrics.metric import Metric
from server.model import Pair, VenueState

ANY = Metric("histogram", "onebook_tests_seconds", "Times.", ("venue",))
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
    found = {}
    for venue, histogram in sampler.dispatch.items():
        parts = {each.part: each.value for each in histogram.samples(ANY, (venue,)) if each.part != "_bucket"}
        found[venue] = parts["_count"], parts["_sum"]
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
    parts = [(each.part, each.value) for each in sampler.arrival["a"].samples(ANY, ("a",))][-2:]
    assert parts == [("_sum", 0.05), ("_count", 2)], "50 ms with the clocks put right, and none that is negative"
