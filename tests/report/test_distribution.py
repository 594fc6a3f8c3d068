"""Distribution: percentiles that are right to 1 %, of any durations, in little memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.report.distribution import EDGES, Distribution

DURATIONS = st.lists(st.integers(-(10**12), 10**13), min_size=1, max_size=300)


def filled(values: list[int]) -> Distribution:
    made = Distribution()
    for value in values:
        made.add(value)
    return made


@given(DURATIONS)
def test_percentiles_are_those_of_the_sorted_values_to_one_percent(values: list[int]) -> None:
    latency = filled(values).latency()
    ordered = sorted(values)
    assert (latency.count, latency.minimum_ns, latency.maximum_ns) == (len(values), ordered[0], ordered[-1])
    found = (latency.p50_ns, latency.p90_ns, latency.p99_ns, latency.p999_ns)
    for per_mille, value in zip((500, 900, 990, 999), found, strict=True):
        exact = ordered[-(-len(ordered) * per_mille // 1000) - 1]
        assert value is not None
        assert abs(value - exact) <= max(1, abs(exact) // 100)


@given(DURATIONS, DURATIONS)
def test_a_merged_distribution_is_that_of_all_values(first: list[int], second: list[int]) -> None:
    merged = filled(first)
    merged.merge(filled(second))
    assert merged.latency() == filled([*first, *second]).latency()
    empty = Distribution()
    empty.merge(filled(second))
    empty.merge(Distribution())
    assert empty.latency() == filled(second).latency()


@given(DURATIONS)
def test_the_histogram_counts_every_value_once(values: list[int]) -> None:
    histogram = filled(values).latency().histogram
    assert sum(count for _, count in histogram) == len(values)
    assert all(count for _, count in histogram)
    assert {edge for edge, _ in histogram} <= {*EDGES, None}


def test_values_are_in_their_classes() -> None:
    assert filled([-5, 0, 9_000]).latency().histogram == ((EDGES[0], 3),)
    assert filled([10**12]).latency().histogram == ((None, 1),)
    assert filled([2_000_000]).latency().histogram == ((3_162_000, 1),)
    assert list(EDGES) == sorted(EDGES)


def test_nothing_has_no_values() -> None:
    assert Distribution().latency().count == 0
    assert Distribution().latency().p50_ns is None
