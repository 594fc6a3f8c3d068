"""Pauses between attempts: they double up to a cap, are jittered, and begin anew after a healthy spell."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import backoff
from server.backoff import Backoff


@given(first=st.floats(0.01, 10), factor=st.floats(1, 1000), seed=st.integers(0, 2**32), attempts=st.integers(1, 60))
def test_every_pause_lies_in_the_upper_half_of_its_range(first: float, factor: float, seed: int, attempts: int) -> None:
    cap = first * factor
    pauses = Backoff(first, cap, random.Random(seed))
    for attempt in range(attempts):
        ceiling = min(cap, first * 2.0**attempt)
        assert ceiling / 2 <= pauses.next() <= ceiling


def test_a_cap_below_the_first_pause_bounds_the_first_one_too() -> None:
    assert Backoff(60.0, 1.0).next() <= 1.0


def test_after_a_reset_the_pause_is_short_again() -> None:
    pauses = Backoff(1.0, 1000.0)
    for _ in range(8):
        pauses.next()
    pauses.reset()
    assert pauses.attempts == 0
    assert pauses.next() <= 1.0


def test_years_of_attempts_do_not_overflow() -> None:
    pauses = Backoff(1.0, 30.0)
    pauses.attempts = 10**6
    assert 15.0 <= pauses.next() <= 30.0


def test_two_clients_of_one_venue_do_not_wait_equally_long() -> None:
    one, other = Backoff(1.0, 60.0, random.Random(1)), Backoff(1.0, 60.0, random.Random(2))
    assert [one.next() for _ in range(5)] != [other.next() for _ in range(5)]


def test_a_replay_takes_the_shortest_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "draw", backoff.least)
    pauses = Backoff(1.0, 8.0)
    assert [pauses.next() for _ in range(5)] == [0.5, 1.0, 2.0, 4.0, 4.0]
