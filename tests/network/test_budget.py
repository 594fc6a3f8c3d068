"""Weight windows and paces on a clock that the tests move."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.network.budget import STRETCH, Pace, WeightBudget, message_step

TINY = 1e-9


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_requests_wait_for_the_window() -> None:
    clock = Clock()
    budget = WeightBudget(100, 60.0, reserve=0.0, clock=clock)
    assert budget.delay(60) == 0
    clock.now = 10
    assert budget.delay(40) == 0
    assert budget.delay(1) == 50
    clock.now = 60
    assert budget.delay(60) == 0


def test_a_reserve_is_left_for_others() -> None:
    budget = WeightBudget(100, 60.0, reserve=0.2, clock=Clock())
    assert budget.delay(80) == 0
    assert budget.delay(1) > 0


def test_the_venues_own_count_and_its_orders_win() -> None:
    clock = Clock()
    budget = WeightBudget(100, 60.0, reserve=0.0, clock=clock)
    budget.delay(10)
    budget.reported(95)
    assert budget.delay(10) > 0
    budget.reported(3)
    assert budget.delay(10) > 0, "a lower count is of another window"
    clock.now = 61
    budget.block(30)
    assert budget.delay(1) == 30
    clock.now = 91
    assert budget.delay(1) == 0


def test_a_request_heavier_than_the_window_goes_alone() -> None:
    budget = WeightBudget(10, 60.0, clock=Clock())
    assert budget.delay(50) == 0
    assert budget.delay(1) > 0


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(1, 30)), max_size=60))
def test_no_window_ever_holds_more_than_the_limit(requests: list[tuple[float, int]]) -> None:
    clock = Clock()
    budget = WeightBudget(50, 10.0, reserve=0.0, clock=clock)
    sent: list[tuple[float, int]] = []
    for pause, weight in requests:
        clock.now += pause
        if budget.delay(weight) == 0:
            sent.append((clock.now, weight))
    for start, _ in sent:
        assert sum(weight for at, weight in sent if start <= at < start + 10) <= 50


@given(st.lists(st.floats(0, 0.5), max_size=100), st.integers(1, 30))
def test_no_second_has_more_sends_than_the_venue_allows(pauses: list[float], limit: int) -> None:
    clock = Clock()
    pace, sent = Pace(message_step(limit), clock), []
    for pause in pauses:
        clock.now += pause
        while not (delay := pace.delay()):
            sent.append(clock.now)
        assert delay < STRETCH + TINY
    for start in sent:
        assert sum(start <= at < start + 1.0 for at in sent) <= max(1, limit * 0.8)
    clock.now += STRETCH + TINY
    assert not pace.delay(), "a paced sender is never stopped for good"


@given(st.lists(st.floats(0, 0.4), min_size=20, max_size=60), st.integers(2, 30))
def test_what_arrives_in_bunches_is_still_not_too_much(delays: list[float], limit: int) -> None:
    """Messages that the net, or a busy exchange, holds up for different times, in order."""
    clock = Clock()
    pace, arrived = Pace(message_step(limit), clock), [0.0]
    for held_up in delays:
        while (wait := pace.delay()) > 0:
            clock.now += wait
        arrived.append(max(arrived[-1], clock.now + held_up))
    for start in arrived[1:]:
        assert sum(start <= at < start + 1.0 for at in arrived[1:]) <= limit
