"""ReportWindow: parts that cover the time without a rest, and spans that are cut to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.report.report_window import PARTS, ReportWindow

TIMES = st.integers(0, 10**15)


@given(TIMES, st.integers(1, 10**15), st.integers(1, 1000))
def test_parts_cover_the_window(begin: int, length: int, parts: int) -> None:
    window = ReportWindow(begin, begin + length, parts)
    assert 1 <= window.parts <= parts
    assert (window.parts - 1) * window.step < length <= window.parts * window.step
    assert window.part(begin) == 0
    assert window.part(begin + length - 1) == window.parts - 1


@given(TIMES, TIMES)
def test_a_span_is_cut_to_the_window(first: int, second: int) -> None:
    window = ReportWindow(10**14, 5 * 10**14)
    begin, end = window.clipped(min(first, second), max(first, second))
    assert window.begin <= begin <= end <= window.end
    assert end - begin <= abs(first - second)
    assert len(list(window.parts_of(first, second))) <= PARTS


def test_spans_touch_the_parts_that_they_lie_in() -> None:
    window = ReportWindow(100, 200, 10)
    assert list(window.parts_of(100, 110)) == [0]
    assert list(window.parts_of(105, 111)) == [0, 1]
    assert list(window.parts_of(0, 1000)) == list(range(10))
    assert list(window.parts_of(0, 100)) == []
    assert list(window.parts_of(200, 300)) == []
    assert (window.part(0), window.part(1000)) == (0, 9)


def test_an_empty_window_has_one_part() -> None:
    assert ReportWindow(7, 7).parts == 1
