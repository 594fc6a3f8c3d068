"""Open interest by time: the newest value at or before a moment, however values arrive."""

from __future__ import annotations

from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import given

from server.analytics.open_interest.series import OpenInterestSeries


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), max_size=40), st.integers(-1, 21))
def test_the_newest_value_at_or_before(values: list[tuple[int, int]], moment: int) -> None:
    series = OpenInterestSeries()
    for time, value in values:
        series.note(Decimal(value), time)
    before = [(time, number) for number, (time, _) in enumerate(values) if time <= moment]
    expected = Decimal(values[max(before)[1]][1]) if before else None
    assert series.at(moment) == expected


def test_it_is_bounded() -> None:
    series = OpenInterestSeries()
    for number in range(1000):
        series.note(Decimal(number), number)
    assert series.at(0) is None
    assert series.at(999) == 999
    assert len(series._times) == 256  # noqa: SLF001 - what is kept is bounded
