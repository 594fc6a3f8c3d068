"""Histograms of venues that were measured, of the messages, and of the transports that serve."""

from __future__ import annotations

from server.delays import Delays
from server.metrics.latency_metrics import METRICS, PUBLISH, SEND, LatencyMetrics
from server.metrics.latency_sampler import LatencySampler


def test_what_was_measured() -> None:
    sampler, sent = LatencySampler(), Delays((1.0,))
    metrics = LatencyMetrics(sampler, {"grpc": lambda: sent, "http": lambda: None})
    assert {each.metric for each in metrics.samples()} == {PUBLISH, SEND}
    for of_venues in (sampler.arrival, sampler.apply, sampler.dispatch):
        of_venues["a"] = Delays((1.0,))
        of_venues["a"].add(500_000_000)
    sent.add(2_000_000_000)
    found = list(metrics.samples())
    assert {each.metric for each in found} == set(METRICS)
    assert [(each.part, each.value, each.labels) for each in found][:4] == [
        ("_bucket", 1, ("a", "1")), ("_bucket", 1, ("a", "+Inf")), ("_sum", 0.5, ("a",)), ("_count", 1, ("a",)),
    ]  # fmt: skip
    assert [(each.part, each.value, each.labels) for each in found if each.metric is SEND] == [
        ("_bucket", 0, ("grpc", "1")), ("_bucket", 1, ("grpc", "+Inf")), ("_sum", 2.0, ("grpc",)),
        ("_count", 1, ("grpc",)),
    ]  # fmt: skip
