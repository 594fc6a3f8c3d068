"""Subscriptions that are refused or never served, and pairs that a venue ceases to give: on every venue.

One pair suffers; the other pair of its socket never leaves LIVE, and no socket is opened anew for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from server.feed.given_up import GivenUp
from server.model import Pair, TradesState, VenueState
from server.venues import VENUES
from simulator import Fault

from .rig import Rig, simulated

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PAIRS = ("BTC/USDT", "ETH/USDT")
USDT = tuple(name for name in simulated(*PAIRS) if VENUES[name].ENDPOINTS)
OTHER, VICTIM = PAIRS
PATIENCE = 120.0


@pytest.fixture
def rig() -> Iterator[Rig]:
    with Rig(USDT, PAIRS) as made:
        made.settle()
        for _ in range(60):
            made.step()
        yield made


def wait_for(rig: Rig, done: Callable[[str], bool], what: Callable[[str], object]) -> None:
    """Steps until it is done on every venue; meanwhile the other pair is live everywhere."""
    deadline = time.monotonic() + PATIENCE
    while left := [venue for venue in rig.venues if not done(venue)]:
        rig.step()
        blinked = {venue: rig.state(venue, OTHER).name for venue in rig.venues if not healthy(rig, venue)}
        assert not blinked
        assert time.monotonic() < deadline, {venue: what(venue) for venue in left}


def healthy(rig: Rig, venue: str) -> bool:
    """Where messages are counted by connection, one that is missing is everybody's."""
    return VENUES[venue].COUNTED or rig.state(venue, OTHER) is VenueState.LIVE


def entry(rig: Rig, venue: str) -> object:
    found = rig.markets[Pair.parse(VICTIM)].entries[venue]
    return VenueState(found.state).name, found.detail, TradesState(found.trades_state).name


def trades_state(rig: Rig, venue: str, pair: str = VICTIM) -> TradesState:
    return TradesState(rig.markets[Pair.parse(pair)].entries[venue].trades_state)


def test_trades_are_received_and_shown_so(rig: Rig) -> None:
    assert {(venue, pair): trades_state(rig, venue, pair).name for venue in USDT for pair in PAIRS} == dict.fromkeys(
        [(venue, pair) for venue in USDT for pair in PAIRS], "RECEIVED"
    )


def test_a_pair_that_the_venue_ceases_to_give_ends_alone(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its streams fall silent, its book by REST is refused, its subscriptions are refused; the list still has it."""
    for feed in rig.feeds.values():
        monkeypatch.setattr(feed._pairs, "given_up", GivenUp(5.0, 5.0))  # noqa: SLF001 - a moment that is hard to provoke
    connects = {venue: rig.connects(venue) for venue in USDT}
    rig.simulator.inject(Fault("*", "mute", pair=VICTIM, duration=3600.0))
    rig.simulator.inject(Fault("*", "refuse", on="subscribe", pair=VICTIM, duration=3600.0))
    rig.simulator.inject(Fault("*", "http", status=400, pair=VICTIM, duration=3600.0))
    details: dict[str, str] = {}
    opened: dict[str, int] = {}

    def halted(venue: str) -> bool:
        found = rig.markets[Pair.parse(VICTIM)].entries[venue]
        if found.state == VenueState.HALTED:
            if venue not in details:
                opened[venue] = rig.connects(venue) - connects[venue]
            details.setdefault(venue, found.detail)
        return venue in details  # It is tried again in vain every few seconds.

    wait_for(rig, halted, lambda venue: entry(rig, venue))
    for venue in USDT:
        assert "does not give it" in details[venue], (venue, details[venue])
    counted = {venue for venue in USDT if VENUES[venue].COUNTED}
    assert not {venue for venue, more in opened.items() if more} - counted, "no socket was opened anew for it"
    rig.simulator.clear_faults()
    # It is tried again by itself.
    wait_for(rig, lambda venue: rig.state(venue, VICTIM) is VenueState.LIVE, lambda venue: entry(rig, venue))
    rig.settle()


def test_trades_that_are_refused_are_asked_for_again(rig: Rig) -> None:
    rig.simulator.inject(Fault("*", "refuse", on="subscribe", pair=VICTIM, frames="trade", duration=3600.0))
    for feed in rig.feeds.values():
        feed.pause(Pair.parse(VICTIM))
        feed.resume(Pair.parse(VICTIM))
    accepted = (TradesState.RECEIVED, TradesState.WAITING, TradesState.UNSPECIFIED)
    # Venues that accept any name are not among those that refuse; gemini's old protocol has one stream for both.
    refusing = [venue for venue in USDT if rig.refuses(venue)]
    assert len(refusing) > 6
    deadline = time.monotonic() + PATIENCE
    while any(trades_state(rig, venue) in accepted for venue in refusing) and time.monotonic() < deadline:
        rig.step()
    assert {venue: trades_state(rig, venue).name for venue in refusing} == dict.fromkeys(refusing, "REFUSED")
    rig.simulator.clear_faults()
    wait_for(rig, lambda venue: trades_state(rig, venue) is TradesState.RECEIVED, lambda venue: entry(rig, venue))
