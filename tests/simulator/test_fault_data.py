"""Faults of the market data itself, observed by an independent client of a sequenced venue."""

import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from simulator import Fault, Simulator
from tests.simulator.fault_wire import PAIR, Wire, gaps
from tests.simulator.venue_clients import BinanceFollower, Socket, get

Start = Callable[..., Simulator]


@pytest.fixture
def wire(simulate: Start) -> Iterator[Wire]:
    made = Wire(simulate(venues=["binance"]))
    yield made
    made.socket.close()


def joined(wire: Wire) -> BinanceFollower:
    follower = BinanceFollower(wire.socket, wire.rest, "BTCUSDT", combined=True)
    follower.event = wire.read  # type: ignore[method-assign]
    wire.sim.step(2)
    follower.collect(2)
    follower.join()
    return follower


def test_a_vanished_change_leaves_sequence_numbers_whole(wire: Wire) -> None:
    follower = joined(wire)
    wire.fault("vanish", pair=PAIR, count=3, duration=60.0)
    wire.sim.step(3)
    truth = wire.sim.truth("binance", PAIR)
    follower.follow_to(truth.sequence)
    assert not follower.same_as(truth)
    top = [(Decimal(price), Decimal(size)) for price, size in truth.bids[:20]]
    assert sorted(follower.bids.items(), reverse=True)[:20] == top
    wire.sim.clear_faults()
    wire.sim.step(2)
    follower = joined(wire)
    assert follower.same_as(wire.sim.truth("binance", PAIR))


def test_vanished_changes_near_the_touch(wire: Wire) -> None:
    follower = joined(wire)
    wire.fault("vanish", pair=PAIR, distance=0.0, duration=60.0)
    wire.sim.step(20)
    truth = wire.sim.truth("binance", PAIR)
    follower.follow_to(truth.sequence)
    assert not follower.same_as(truth)
    assert {item.hits for item in wire.sim.hosts["binance"].faults.active} == {20}


@pytest.mark.parametrize("distance", [0.0, 30.0])
def test_a_ghost_stands_where_it_is_told_to(wire: Wire, distance: float) -> None:
    follower = joined(wire)
    wire.fault("ghost", pair=PAIR, distance=distance, duration=60.0)
    wire.sim.step(1)
    truth = wire.sim.truth("binance", PAIR)
    follower.follow_to(truth.sequence)
    real = [Decimal(price) for price, _ in truth.bids]
    (ghost,) = follower.bids.keys() - set(real)
    below = 10_000 * (real[0] - ghost) / real[0]
    assert distance <= below < distance + 1
    assert ghost > real[-1]


def test_a_trade_gap(simulate: Start) -> None:
    sim = simulate(venues=["binance"])
    with Socket(f"{sim.endpoints['binance'].ws}/stream?streams=btcusdt@trade/btcusdt@depth@100ms") as socket:
        sim.wait_for_listeners("binance", "btcusdt@trade")
        sim.inject(Fault("binance", "trade_gap", pair=PAIR, count=2, duration=60.0))
        sim.step(60)
        last, numbers = sim.truth("binance", PAIR).sequence, []
        while (data := socket.read()["data"]).get("u") != last:
            numbers += [data["t"]] if data["e"] == "trade" else []
    assert sum(later - earlier - 1 for earlier, later in itertools.pairwise(numbers)) in (1, 2)
    stored = get(f"{sim.endpoints['binance'].rest}/api/v3/trades?symbol=BTCUSDT&limit=1000").json()
    known = [row["id"] for row in stored]
    assert known == list(range(known[0], known[0] + len(known)))


def test_a_calm_market_does_not_move(wire: Wire) -> None:
    wire.sim.step(3)
    before = wire.sim.truth("binance", PAIR)
    wire.fault("calm", duration=1.0, pair=PAIR)
    wire.sim.step(5)
    assert wire.sim.truth("binance", PAIR) == before
    wire.sim.step(10)
    assert gaps(wire.read_to_truth()) == 0
    assert wire.sim.truth("binance", PAIR).sequence > before.sequence


def test_a_venue_without_checksums_has_none_to_spoil(wire: Wire) -> None:
    wire.fault("checksum", duration=5.0)
    wire.sim.step(3)
    assert gaps(wire.read_to_truth()) == 0
    assert [item.hits for item in wire.sim.hosts["binance"].faults.active] == [0]
