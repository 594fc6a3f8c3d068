"""Histograms of venues that were measured, and of no others."""

from __future__ import annotations

from server.metrics.histogram import Histogram
from server.metrics.latency_metrics import METRICS, LatencyMetrics
from server.metrics.latency_sampler import LatencySampler


def test_a_venue_that_was_measured() -> None:
    sampler = LatencySampler()
    metrics = LatencyMetrics(sampler)
    assert list(metrics.samples()) == []
    for histograms in (sampler.arrival, sampler.dispatch):
        histograms["a"] = Histogram((1.0,))
        histograms["a"].add(0.5)
    found = list(metrics.samples())
    assert {each.metric for each in found} == set(METRICS)
    assert [(each.part, each.value, each.labels) for each in found][:4] == [
        ("_bucket", 1, ("a", "1")), ("_bucket", 1, ("a", "+Inf")), ("_sum", 0.5, ("a",)), ("_count", 1, ("a",)),
    ]  # fmt: skip
