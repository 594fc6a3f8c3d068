"""Sliding sums against all that was added, and absences: what was missed of a window."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given, settings

from server.analytics.sliding import Absences, SlidingSums
from tests.volume import examples


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(-9, 9)), max_size=60),
    st.integers(1, 40),
    st.integers(3, 50),
)
def test_sliding_sums_forget_only_what_no_window_needs_or_say_so(
    steps: list[tuple[int, int]], window: int, most: int
) -> None:
    sums, kept, time = SlidingSums(1, 40, most), [], 1
    for passed, value in steps:
        time += passed
        sums.add(time, [value])
        kept.append((time, value))
        start = time - window
        expected = [value for at, value in kept if at > start]
        if start >= sums.forgotten:
            assert sums.since(start) == ((sum(expected),), len(expected))
    assert len(sums._times) <= 2 * most + 1002  # noqa: SLF001 - what is kept is bounded


def test_memory_is_bounded() -> None:
    sums = SlidingSums(1, 10**12, most=100)
    for number in range(1, 50_000):
        sums.add(number, [1])
    assert len(sums._times) < 1300  # noqa: SLF001 - what is kept is bounded
    assert sums.forgotten == 49_999 - 99
    assert sums.since(sums.forgotten) == ((99,), 99)


def test_absences() -> None:
    absences = Absences(100)
    assert absences.within(50, 60) == (0, True), "nothing was followed yet"
    absences.end(1000)
    assert absences.within(1000, 1010) == (10, False)
    assert absences.within(999, 1010) == (10, True)
    absences.begin(1020)
    absences.begin(1025)
    assert absences.within(1000, 1030) == (20, True)
    absences.end(1030)
    absences.mark(1040)
    assert absences.within(1030, 1050) == (20, True)
    assert absences.within(1040, 1050) == (10, False)
    absences.between(1046, 1045)
    absences.between(1035, 1055)
    assert absences.within(1020, 1060) == (10, True)
