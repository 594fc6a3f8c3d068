"""The clock: the system's unless a recording is played, whose time moves with its records and never back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from server import clock


@pytest.fixture
def played() -> Iterator[clock.PlayedClock]:
    made = clock.PlayedClock()
    made.install()
    yield made
    clock.restore()


def test_the_systems_time_is_the_default() -> None:
    before = time.time_ns(), time.monotonic_ns()
    now = clock.time_ns(), clock.monotonic_ns()
    assert 0 <= now[0] - before[0] < 10**10
    assert 0 <= now[1] - before[1] < 10**10
    assert abs(clock.monotonic() - time.monotonic()) < 10


def test_played_time_stands_still_between_records(played: clock.PlayedClock) -> None:
    played.begin_run(1_000, 50)
    assert played.set(1_700, 90) == 90
    assert [clock.time_ns(), clock.monotonic_ns(), clock.monotonic()] == [1_700, 90, 90e-9]
    assert clock.time_ns() == 1_700


def test_a_record_of_another_thread_does_not_turn_the_monotonic_clock_back(played: clock.PlayedClock) -> None:
    played.begin_run(1_000, 50)
    played.set(1_700, 90)
    assert played.set(1_690, 80) == 80, "the record keeps its own time"
    assert clock.monotonic_ns() == 90
    assert clock.time_ns() == 1_690, "clocks of the day may be set back"


def test_runs_follow_one_another_whatever_their_monotonic_clocks_say(played: clock.PlayedClock) -> None:
    played.begin_run(1_000, 500_000)
    played.set(1_700, 500_700)
    played.begin_run(5_700, 3)
    assert clock.monotonic_ns() == 504_700
    assert played.set(5_701, 4) == 504_701
    played.begin_run(100, 9)
    assert clock.monotonic_ns() == 504_701, "the clock of the day was set back between the runs"
