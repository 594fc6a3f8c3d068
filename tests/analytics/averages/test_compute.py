"""Averages of a step function against sums over its steps."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.analytics.averages.compute import PriceAverages
from server.units import SECOND

PRICE = st.one_of(st.none(), st.tuples(st.integers(1, 10**9), st.integers(0, 18)))
NOTES = st.lists(st.tuples(st.integers(-3, 12), PRICE), max_size=40)


def exact(price: tuple[int, int] | None) -> Fraction | None:
    return None if price is None else Fraction(price[0], 10 ** price[1])


@given(NOTES, st.integers(-5, 20), st.sampled_from([(5, 20), (1,), (30, 60, 7)]))
def test_averages_equal_brute_force(
    notes: list[tuple[int, tuple[int, int] | None]], later: int, windows: tuple[int, ...]
) -> None:
    averages = PriceAverages(windows)
    steps: list[tuple[int, Fraction | None]] = []
    time = 1000
    for moved, price in notes:
        averages.note(time + moved, price)
        time = max(time, time + moved) if steps else time + moved
        steps.append((time, exact(price)))
    now = time + later
    end = max(now, time) if steps else now
    for result, window in zip(averages.averages(now), sorted(windows), strict=True):
        assert (result.window, result.start, result.end) == (window, end - window, end)
        held: dict[int, Fraction | None] = {}
        for instant in range(end - window, end):
            held[instant] = next((price for at, price in reversed(steps) if at <= instant), None)
        priced = [price for price in held.values() if price is not None]
        sampled = [price for at, price in steps if end - window < at <= end and price is not None]
        assert result.coverage_ppm == len(priced) * 1_000_000 // window
        assert result.time_weighted == (sum(priced) / Fraction(len(priced)) if priced else None)
        assert result.samples == len(sampled)
        assert result.sample_mean == (sum(sampled) / Fraction(len(sampled)) if sampled else None)


def test_a_burst_does_not_outweigh_the_time_that_a_price_held() -> None:
    """The origin's averages depend on the message rate: 999 messages in a millisecond beat 30 seconds."""
    averages = PriceAverages([30 * SECOND])
    averages.note(0, (100, 0))
    for message in range(999):
        averages.note(30 * SECOND - 1000 + message, (200, 0))
    result = averages.averages(30 * SECOND)[0]
    assert result.time_weighted is not None
    assert result.sample_mean is not None
    assert result.time_weighted < Fraction(10001, 100)
    assert (result.sample_mean, result.samples) == (200, 999)


def test_times_without_a_price_do_not_count() -> None:
    averages = PriceAverages([10 * SECOND])
    averages.note(0, (100, 0))
    averages.note(2 * SECOND, None)
    averages.note(8 * SECOND, (400, 0))
    result = averages.averages(10 * SECOND)[0]
    assert (result.time_weighted, result.coverage_ppm) == (250, 400_000)


def test_nothing_is_known_before_the_first_note() -> None:
    averages = PriceAverages([60 * SECOND, 30 * SECOND])
    assert [(each.window, each.time_weighted, each.samples) for each in averages.averages(5)] == [
        (30 * SECOND, None, 0), (60 * SECOND, None, 0),
    ]  # fmt: skip
    averages.note(100 * SECOND, (5, 1))
    only = averages.averages(115 * SECOND)
    assert [each.coverage_ppm for each in only] == [500_000, 250_000]
    assert {each.time_weighted for each in only} == {Fraction(1, 2)}


def test_a_quiet_price_holds_though_no_sample_is_left() -> None:
    averages = PriceAverages([30 * SECOND])
    averages.note(0, (7, 0))
    result = averages.averages(3600 * SECOND)[0]
    assert (result.time_weighted, result.sample_mean, result.samples) == (7, None, 0)
    assert result.coverage_ppm == 1_000_000


@pytest.mark.slow
def test_memory_is_that_of_the_longest_window() -> None:
    averages = PriceAverages([1000, 5000])
    for time in range(200_000):
        averages.note(time, (time + 1, 0))
    assert len(averages._steps) < 3 * 5000  # noqa: SLF001 - what is kept is bounded
    result = averages.averages(199_999)[1]
    assert result.time_weighted == Fraction(sum(range(195_000, 200_000)), 5000)


def test_windows_without_length_are_refused() -> None:
    for windows in ([], [0], [-5, 3]):
        with pytest.raises(ValueError, match="window"):
            PriceAverages(windows)
