"""So many calls per second, and a burst."""

from __future__ import annotations

from server.api.call_rate import CallRate, SharedRate


def test_the_rate_fills_again() -> None:
    now = [0.0]
    rate = CallRate(2.0, 2, clock=lambda: now[0])
    assert [rate.delay() for _ in range(3)] == [0.0, 0.0, 0.5]
    now[0] = 0.5
    assert [rate.delay(), rate.delay()] == [0.0, 0.5]
    now[0] = 100.0
    assert [rate.delay() for _ in range(3)] == [0.0, 0.0, 0.5]


def test_a_client_that_calls_too_often_costs_the_others_nothing() -> None:
    rate = SharedRate(2.0, 3, clock=lambda: 0.0)
    assert [rate.delay("loop") > 0 for _ in range(100)].count(False) == 3
    assert rate.delay("operator") == 0


def test_all_together_have_a_limit_and_names_are_bounded() -> None:
    rate = SharedRate(2.0, 3, clock=lambda: 0.0)
    assert [rate.delay(f"client {number}") > 0 for number in range(5_000)].count(False) == 15
    assert len(rate._of) <= 1_000  # noqa: SLF001 - what is kept is bounded
