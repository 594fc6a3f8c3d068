"""The time of several venues, from trades, other messages and our clock."""

from __future__ import annotations

import pytest

from server.analytics.venue_clocks import LEAD, STEADY, VenueClocks
from server.units import SECOND

START = 1_700_000_000 * SECOND


@pytest.fixture
def clocks() -> VenueClocks:
    return VenueClocks(START, 2 * SECOND)


def seen(clocks: VenueClocks, venue: str, ahead: int, now: int) -> None:
    """Enough messages for the difference to be believed."""
    for step in range(4):
        clocks.seen(venue, ahead, now + step * SECOND // 3)


def test_without_a_message_our_clock_counts(clocks: VenueClocks) -> None:
    assert clocks.advance(START + SECOND) == START + SECOND
    assert clocks.ahead("x") is None
    assert clocks.ours == START + SECOND


def test_without_a_message_a_trade_of_a_fast_venue_counts_within_bounds(clocks: VenueClocks) -> None:
    clocks.newest = START + 5 * SECOND
    assert clocks.advance(START + SECOND) == START + 5 * SECOND
    clocks.newest = START + 500 * SECOND
    assert clocks.advance(START + SECOND) == START + SECOND + LEAD
    assert clocks.newest_time == START + SECOND + LEAD


def test_the_slowest_venue_counts(clocks: VenueClocks) -> None:
    seen(clocks, "x", SECOND // 10, START)
    seen(clocks, "y", SECOND // 2, START)
    assert clocks.advance(START + 2 * SECOND) == START + 2 * SECOND - SECOND // 2
    assert clocks.ahead("x") == SECOND // 10


def test_a_venue_that_is_far_behind_all_others_holds_nobody_back(clocks: VenueClocks) -> None:
    for venue in "xyz":
        seen(clocks, venue, 0, START)
    seen(clocks, "slow", 3600 * SECOND, START)
    assert clocks.advance(START + 2 * SECOND) == START + 2 * SECOND


def test_trades_tell_the_clock_where_calls_come_evenly(clocks: VenueClocks) -> None:
    clocks.advance(START)
    clocks.traded("x", START)
    clocks.traded("x", START - SECOND)
    clocks.advance(START + SECOND // 5)
    assert clocks.ahead("x") == SECOND // 5
    clocks.traded("y", START)
    clocks.advance(START + 30 * SECOND)
    assert clocks.ahead("y") is None, "nobody knows when the trade came"


def test_a_step_of_our_clock_moves_what_is_known_of_venues(clocks: VenueClocks) -> None:
    now = START
    for _ in range(STEADY + 1):
        clocks.seen("x", 0, now)
        clocks.advance(now)
        now += SECOND // 2
    clocks.advance(now + 3600 * SECOND)
    assert clocks.ahead("x") == pytest.approx(3600 * SECOND, abs=SECOND)
    assert clocks.now == now + 3600 * SECOND
