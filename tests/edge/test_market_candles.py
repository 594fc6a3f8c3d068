"""Candles of an edge are its ingester's: streams and answers are equal, whatever happens to the trades."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.analytics.candles.candle import CandleState, Said
from server.analytics.candles.resume import ALL
from server.units import SECOND

from .candle_rig import INTERVALS, START, VENUES, World, coverage, decoded, shown


@pytest.mark.parametrize("seed", range(6))
def test_streams_and_answers_are_the_ingesters(seed: int) -> None:
    world = World(seed)
    world.run(100 + seed * 7.25)
    edge = world.edge()
    assert edge.read_past()
    edge.turn()
    before = {fill: len(sent) for fill, sent in world.ingester.by_fill.items()}
    for fill, sent in edge.side.by_fill.items():
        assert sent == [], fill
    while edge.read_past():
        world.run(1, edge.turn)
    world.run(60, edge.turn)
    for fill, sent in world.ingester.by_fill.items():
        wanted = [shown(each) for each in sent[before[fill] :]]
        assert [shown(each) for each in edge.side.by_fill[fill]] == wanted, fill
        assert len(wanted) > 60
    for venue in (ALL, *VENUES):
        for interval in INTERVALS:
            kept = world.ingester.kept(venue, interval, 0, include_open=False)
            assert len(kept) > 1
            assert edge.side.kept(venue, interval, 0, include_open=False) == kept
            here, there = (side.candles.latest(venue, interval) for side in (edge.side, world.ingester))
            assert here == there, "the candle in progress"
            assert here is not None
            mine, theirs = (coverage(party.candles, venue, here) for party in (edge.side, world.ingester))
            assert mine == theirs, "the venues of the candle in progress"


def test_an_edge_of_other_venues_makes_the_candles_of_all_venues_itself() -> None:
    world = World(1)
    world.run(40)
    edge = world.edge(venues=("binance",))
    edge.read_past()
    world.run(40, edge.turn)
    last = INTERVALS[0].floor(world.now) - 20 * SECOND
    both = edge.side.kept(ALL, INTERVALS[0], last, include_open=False)
    assert len(both) > 5
    alone = edge.side.kept("binance", INTERVALS[0], last, include_open=False)
    assert [each.trades for each, _ in both] == [each.trades for each, _ in alone]
    assert alone[:5] == world.ingester.kept("binance", INTERVALS[0], last, include_open=False)[:5]


def test_a_standby_goes_on_with_the_candles_of_a_dead_ingester() -> None:
    """The standby began within the minute. The edge has all of its trades, first from one ingester and then from the
    other, and knows the whole candle."""
    world = World(2)
    world.run(40)
    edge = world.edge()
    edge.read_past()
    world.run(30, edge.turn)
    minute = INTERVALS[3].floor(world.now)
    complete = [each for each, _ in edge.side.kept("kraken", INTERVALS[0], minute, include_open=False)]
    first = complete[0]
    other = replace(first, state=CandleState.PARTIAL_START, trades=1, said=Said(2, 0, (), ()))
    edge.side.candles.publish("kraken", other)
    edge.turn()
    assert edge.side.kept("kraken", INTERVALS[0], minute, include_open=False)[0][0] == first


def test_candles_of_other_intervals_and_of_before_what_is_kept_are_left_out() -> None:
    world = World(3)
    world.run(200)
    edge = world.edge(chunk=10_000)
    long_ago = decoded(next(r for _, r in world.records if shown(r).interval == "1s"))
    assert long_ago is not None
    assert not edge.taker.keeps("1s", long_ago.candle.open_time)
    assert edge.taker.keeps("1s", world.now - SECOND)
    assert not edge.taker.keeps("3s", world.now - SECOND)
    while edge.read_past():
        pass
    assert (
        edge.side.kept(long_ago.venue, INTERVALS[0], 0, include_open=False)[0][0].open_time > long_ago.candle.open_time
    )


@pytest.mark.parametrize("late", [False, True])
def test_a_candle_in_progress_when_the_ingester_began_is_whole_at_the_edge_too(late: bool) -> None:
    """The ingester has asked the venue for what was before; `late`: the edge comes after them."""
    world = World(4)
    edge = None if late else world.edge()
    if edge is not None:
        edge.read_past()
    for interval in (INTERVALS[2], INTERVALS[1], INTERVALS[0]):
        world.load("kraken", interval, 60)
    world.run(6, edge.turn if edge is not None else lambda: None)
    if edge is None:
        edge = world.edge()
        while edge.read_past():
            pass
    world.run(2, edge.turn)
    minute = INTERVALS[3]
    assert minute.floor(START) < START - 15 * SECOND, "the minute has begun before"
    for interval in INTERVALS:
        here, there = (party.candles.latest("kraken", interval) for party in (edge.side, world.ingester))
        assert here == there
    assert world.ingester.candles.latest("kraken", minute).trades > 5  # type: ignore[union-attr, operator]
