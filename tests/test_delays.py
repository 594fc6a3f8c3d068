"""Delays by their buckets, added by threads and taken over from the engine."""

from __future__ import annotations

import threading

import pytest

from server.delays import SHORT, Delays
from server.transport.native import AVAILABLE
from server.units import SECOND


def test_a_delay_is_in_the_bucket_of_the_first_bound_that_is_not_shorter() -> None:
    delays = Delays((0.5, 1.0))
    for seconds in (-1.0, 0.0, 0.5, 0.75, 1.0, 9.0):
        delays.add(int(seconds * SECOND))
    assert (delays.counts, delays.count, delays.nanos) == ([3, 2, 1], 6, 11_250_000_000)


def test_delays_that_were_counted_elsewhere() -> None:
    delays = Delays((1.0,))
    delays.add_counted([1, 2], 5)
    delays.add_counted([10, 20], 50)
    assert (delays.counts, delays.nanos) == ([11, 22], 55)
    with pytest.raises(ValueError, match="zip"):
        delays.add_counted([1], 5)


def test_no_delay_is_lost_between_threads() -> None:
    delays = Delays((1.0,))

    def add() -> None:
        for _ in range(5000):
            delays.add(1)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (delays.count, delays.nanos) == (20_000, 20_000)


@pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")
def test_the_engine_has_the_same_bounds() -> None:
    from server.transport.native._engine import DELAY_BOUNDS, Engine

    assert [bound / SECOND for bound in DELAY_BOUNDS] == list(SHORT)
    assert Engine().delays() == ([0] * (len(SHORT) + 1), 0)
