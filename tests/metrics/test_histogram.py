"""Buckets count what is at most their bound, the last one all."""

from __future__ import annotations

from server.delays import Delays
from server.metrics.histogram import histogram
from server.metrics.metric import Metric, Sample

TIMES = Metric("histogram", "onebook_tests_seconds", "Times.", ("venue",))


def test_parts_of_a_series() -> None:
    delays = Delays((0.5, 1.0))
    delays.add_counted((2, 2, 1), 11_250_000_000)
    assert list(histogram(delays, TIMES, ("a",))) == [
        Sample(TIMES, 2, ("a", "0.5"), "_bucket"),
        Sample(TIMES, 4, ("a", "1"), "_bucket"),
        Sample(TIMES, 5, ("a", "+Inf"), "_bucket"),
        Sample(TIMES, 11.25, ("a",), "_sum"),
        Sample(TIMES, 5, ("a",), "_count"),
    ]
