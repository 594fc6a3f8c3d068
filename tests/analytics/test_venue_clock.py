"""How far our clock is ahead: the fastest message counts, and one odd time does not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.analytics.venue_clock import FORGOTTEN, MOST, QUICKEST, WINDOW, VenueClock
from server.units import SECOND

START = 1_795_000_000 * SECOND


def noted(*samples: tuple[float, float]) -> tuple[VenueClock, int]:
    """A clock after messages: (seconds of our time, seconds of difference)."""
    clock, now = VenueClock(), START
    for at, ahead in samples:
        now = START + int(at * SECOND)
        clock.note(int(ahead * SECOND), now)
    return clock, now


def test_the_fastest_message_of_the_window_counts() -> None:
    clock, now = noted((0, 30.2), (1, 30.05), (2, 30.4))
    assert clock.offset(now) == int(30.05 * SECOND)
    clock.note(int(30.3 * SECOND), now + WINDOW)
    assert clock.offset(now + WINDOW) == int(30.3 * SECOND), "the fastest ones were too long ago"


def test_nothing_is_known_before_the_first_message_and_long_after_the_last() -> None:
    assert VenueClock().offset(START) is None
    clock, now = noted((0, 1))
    assert clock.offset(now + FORGOTTEN) == SECOND
    assert clock.offset(now + FORGOTTEN + 1) is None


def test_one_odd_time_changes_nothing_and_two_do() -> None:
    clock, now = noted(*((second / 4, 0.1) for second in range(40)))
    clock.note(-50 * SECOND, now + 1)
    clock.note(10**18, now + 2)
    clock.note(SECOND // 10, now + 3)
    clock.note(-50 * SECOND, now + 4)
    assert clock.offset(now + 4) == int(0.1 * SECOND)
    clock.note(-50 * SECOND, now + 5)
    assert clock.offset(now + 5) == -50 * SECOND


def test_a_clock_that_was_set_is_seen_within_two_seconds() -> None:
    for step in (5, 30, -30):
        clock, now = noted(*((second / 4, 0.1) for second in range(40)))
        for tick in range(1, 9):
            clock.note(step * SECOND + SECOND // 10, now + tick * SECOND // 4)
        assert clock.offset(now + 2 * SECOND) == step * SECOND + SECOND // 10


def test_what_is_far_off_is_believed_when_all_messages_agree() -> None:
    clock, now = noted(*((second / 4, -3600.1) for second in range(3)))
    assert clock.offset(now) is None
    clock.note(-3600 * SECOND, now + SECOND)
    assert clock.offset(now + SECOND) == int(-3600.1 * SECOND)
    clock.note(-3600 * SECOND, now + 2 * SECOND)
    assert clock.offset(now + 2 * SECOND) == int(-3600.1 * SECOND)
    clock, now = noted(
        *((second / 4, 0.1) for second in range(40)), *((10 + number, 400.0 * number + 400) for number in range(9))
    )
    assert clock.offset(now) == int(0.1 * SECOND), "the past, message by message"


def test_a_step_that_is_told_moves_what_is_known() -> None:
    clock, now = noted((0, 0.1), (1, 0.2))
    clock.stepped(30 * SECOND)
    assert clock.offset(now + 30 * SECOND) == int(30.1 * SECOND)


@given(
    st.integers(-(MOST - SECOND), MOST - SECOND),
    st.lists(st.tuples(st.integers(0, SECOND // 2), st.integers(0, SECOND)), min_size=1, max_size=200),
)
def test_the_true_offset_is_never_above_and_at_most_the_fastest_delay_below(
    offset: int, messages: list[tuple[int, int]]
) -> None:
    clock, now = VenueClock(), START
    for pause, delay in messages:
        now += pause
        clock.note(offset + delay, now)
    known = clock.offset(now)
    assert known is not None
    assert known >= offset
    recent = [delay for _, delay in messages]
    assert known - offset <= max(recent)
    if min(recent) <= QUICKEST and sum(pause for pause, _ in messages) < WINDOW:
        assert known - offset <= QUICKEST
