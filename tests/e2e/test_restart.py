"""Venues that die and come back, venues that were never there, and pairs that nobody has."""

from __future__ import annotations

import time

import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from tests.waiting import eventually

from .processes import Simulator, Yard
from .watching import Watch

VENUES = ("binance", "binance_us", "bitstamp")
PAIR = "BTC/USDT"


def endpoint(simulator: Simulator, venue: str) -> str:
    addresses = simulator.venues[venue]
    return f"--endpoint={venue}={addresses['ws']},{addresses['rest']}"


def port_of(simulator: Simulator, venue: str) -> str:
    return simulator.venues[venue]["ws"].rpartition(":")[2]


@pytest.mark.parametrize("victim", VENUES)
def test_a_venue_is_killed_and_comes_back(yard: Yard, victim: str) -> None:
    """kill -9 while frames of 64 KiB are on the wire: the others go on, and the log does not repeat itself."""
    fast = ("--rate", "40")
    simulators = {venue: yard.simulator("--venues", venue, *fast, name=venue) for venue in VENUES}
    server = yard.server("--pair", PAIR, *(endpoint(sim, venue) for venue, sim in simulators.items()))
    others = [venue for venue in VENUES if venue != victim]
    with Watch(server, VENUES, (PAIR,), PAIR) as watch, server.client() as stub:
        watch.wait_live()
        simulators[victim].fault(victim, "oversize", size=1 << 20, every=1, lasting="60s")
        frames = simulators[victim].state(victim)["counters"]["bytes"]
        eventually(lambda: simulators[victim].state(victim)["counters"]["bytes"] > frames + (4 << 20), "large frames")
        killed = time.monotonic()
        simulators[victim].kill()
        eventually(lambda: any(moment.name == "DOWN" for moment in watch.of(victim).since(killed)), f"{victim} down")
        attempts = eventually(lambda: server.said(f"{victim}: ", "warning"), "a warning")
        book = stub.GetBook(pb.GetBookRequest(levels=5)).book
        assert {book.venues[level.venue].venue for level in (*book.bids, *book.asks)} <= set(others)
        back = yard.simulator("--venues", victim, "--port", port_of(simulators[victim], victim), *fast, name="back")
        assert port_of(back, victim) == port_of(simulators[victim], victim)
        watch.wait_live([victim])
        attempts = server.said(f"{victim}: ", "warning")
        connects = [line for line in attempts if line.endswith("trying again")]
        assert 1 <= len(connects) <= 3, attempts  # how it went, and that nobody is there
        assert len(set(attempts)) == len(attempts), attempts
        assert len(attempts) - len(connects) <= 2, attempts  # history and a snapshot that were under way
        assert server.said(f"{victim}: connected again")
        assert len(server.said(f"{PAIR} on {victim} was withdrawn", "warning")) == 1
        for other in others:
            assert not watch.of(other).since(killed)
        assert watch.of(victim).moments[-1].resyncs >= 1
        assert not watch.failures


def test_the_server_starts_before_a_venue(yard: Yard) -> None:
    """It answers at once, says why the venue is missing, and takes it in when it appears."""
    simulators = {venue: yard.simulator("--venues", venue, name=venue) for venue in VENUES[:2]}
    late = yard.simulator("--venues", "bitstamp", name="probe")
    port = port_of(late, "bitstamp")
    late.kill()
    flags = [endpoint(sim, venue) for venue, sim in {**simulators, "bitstamp": late}.items()]
    began = time.monotonic()
    server = yard.server("--pair", PAIR, *flags)
    assert time.monotonic() - began < 30
    with server.client() as stub:
        status = stub.GetVenueStatus(pb.GetVenueStatusRequest()).status
        bitstamp = next(venue for venue in status.venues if venue.venue == "bitstamp")
        assert bitstamp.state == types_pb2.VENUE_STATE_DOWN
        assert "could not be reached" in bitstamp.detail
        listing = stub.ListMarkets(pb.ListMarketsRequest()).markets[0].listings[2]
        assert (listing.venue, listing.listed, listing.reachable) == ("bitstamp", False, False)
        with Watch(server, VENUES, (PAIR,), PAIR) as watch:
            watch.wait_live(VENUES[:2])
            yard.simulator("--venues", "bitstamp", "--port", port, name="late")
            watch.wait_live()
            assert not watch.failures
        assert stub.ListMarkets(pb.ListMarketsRequest()).markets[0].listings[2].listed
    assert len(server.said("bitstamp: not reached", "warning")) == 1


def test_a_venue_that_never_answers_holds_nothing_up(yard: Yard) -> None:
    simulator = yard.simulator()
    simulator.fault("bitstamp", "slow_rest", delay="60s", lasting="600s")
    server = yard.serve(simulator)
    with Watch(server, VENUES, (PAIR,), PAIR) as watch:
        watch.wait_live(VENUES[:2])
        said = watch.of("bitstamp").now
        assert said is not None
        assert said.name in ("CONNECTING", "DOWN")


def test_a_pair_that_some_venues_list(yard: Yard) -> None:
    """Binance has no pairs in US dollars."""
    simulator = yard.simulator("--pair", "BTC/USD", "--pair", PAIR)
    server = yard.serve(simulator)
    with Watch(server, VENUES, ("BTC/USD", PAIR), PAIR) as watch, server.client() as stub:
        watch.wait_live(pairs=[PAIR])
        watch.wait_live(["binance_us", "bitstamp"], ["BTC/USD"])
        entry = watch.of("binance", "BTC/USD").now
        assert entry is not None
        assert entry.name == "UNSUPPORTED"
        assert "nearest is BTC/USDT" in entry.detail
        listing = stub.ListMarkets(pb.ListMarketsRequest()).markets[0].listings[0]
        assert (listing.venue, listing.listed, listing.reachable) == ("binance", False, True)
        assert listing.suggestion == PAIR
        book = stub.GetBook(pb.GetBookRequest(market="BTC/USD")).book
        assert len(book.bids) == 10
    assert server.said("BTC/USD on binance: not listed; nearest is BTC/USDT", "warning")


@pytest.mark.parametrize(("pair", "hint"), [("BTC/UDST", "BTC/USDT"), ("USDT/BTC", "BTC/USDT"), ("QQQ/ZZZ", "")])
def test_a_pair_that_nobody_lists(yard: Yard, pair: str, hint: str) -> None:
    simulator = yard.simulator("--pair", PAIR, "--pair", "ETH/USDT")
    server = yard.server("--pair", pair, *(endpoint(simulator, venue) for venue in VENUES), serving=False)
    assert server.wait() == 2
    assert all(line.startswith("{") for line in server.errors().splitlines()), "JSON was asked for"
    (refusal,) = [entry for entry in server.log() if entry["event"] == "refused"]
    assert refusal["message"].startswith(f"server.py: no venue lists {pair}")
    assert hint in refusal["message"]


def test_one_missing_pair_among_others_stops_the_start(yard: Yard) -> None:
    simulator = yard.simulator("--pair", PAIR)
    server = yard.serve(simulator, "--pair", PAIR, "--pair", "BTC/QQQ", serving=False)
    assert server.wait() == 2
    assert "no venue lists BTC/QQQ" in server.errors().splitlines()[-1]
