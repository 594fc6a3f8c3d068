"""So many calls per second, and a burst."""

from __future__ import annotations

from server.api.call_rate import CallRate


def test_the_rate_fills_again() -> None:
    now = [0.0]
    rate = CallRate(2.0, 2, clock=lambda: now[0])
    assert [rate.delay() for _ in range(3)] == [0.0, 0.0, 0.5]
    now[0] = 0.5
    assert [rate.delay(), rate.delay()] == [0.0, 0.5]
    now[0] = 100.0
    assert [rate.delay() for _ in range(3)] == [0.0, 0.0, 0.5]
