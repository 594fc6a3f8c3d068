"""Buckets count what is at most their bound, the last one all."""

from __future__ import annotations

from server.metrics.histogram import Histogram
from server.metrics.metric import Metric, Sample

TIMES = Metric("histogram", "onebook_tests_seconds", "Times.", ("venue",))


def test_parts_of_a_series() -> None:
    histogram = Histogram((0.5, 1.0))
    for value in (0.0, 0.5, 0.75, 1.0, 9.0):
        histogram.add(value)
    assert list(histogram.samples(TIMES, ("a",))) == [
        Sample(TIMES, 2, ("a", "0.5"), "_bucket"),
        Sample(TIMES, 4, ("a", "1"), "_bucket"),
        Sample(TIMES, 5, ("a", "+Inf"), "_bucket"),
        Sample(TIMES, 11.25, ("a",), "_sum"),
        Sample(TIMES, 5, ("a",), "_count"),
    ]
