"""What an edge counts is on the page, by kind of topic."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from server.edge.counters import EdgeCounters
from server.metrics.edge_metrics import METRICS, edge_samples


def test_every_counter_is_shown() -> None:
    counters = EdgeCounters(aside=4, switches=5, mismatches=6, gaps=7, delay=0.25, lag=8)
    for number, name in enumerate(("read", "repeated", "malformed"), 1):
        getattr(counters, name)["book"] = number
    edge: Any = SimpleNamespace(counters=counters, reader=SimpleNamespace(trouble=""))
    found = {(sample.metric.name, *sample.labels): sample.value for sample in edge_samples(edge)}
    assert {name for name, *_ in found} == {metric.name for metric in METRICS}
    assert found == {
        ("onebook_edge_records_total", "book"): 1,
        ("onebook_edge_repeated_records_total", "book"): 2,
        ("onebook_edge_malformed_records_total", "book"): 3,
        ("onebook_edge_aside_books_total",): 4,
        ("onebook_edge_switches_total",): 5,
        ("onebook_edge_digest_mismatches_total",): 6,
        ("onebook_edge_trade_gaps_total",): 7,
        ("onebook_edge_lag_records",): 8,
        ("onebook_edge_lag_seconds",): 0.25,
        ("onebook_edge_reached",): True,
    }
    edge.reader.trouble = "no broker"
    assert {sample.metric.name: sample.value for sample in edge_samples(edge)}["onebook_edge_reached"] is False
