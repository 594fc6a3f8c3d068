"""Metrics of an edge: what it reads from Kafka. The labels are kinds of topics: book, trade, candle, ref."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .metric import Metric, Sample

if TYPE_CHECKING:
    from ..edge.edge import Edge

_KIND = ("kind",)
READ = Metric("counter", "onebook_edge_records_total", "Records of the edge's markets that were read.", _KIND)
REPEATED = Metric(
    "counter", "onebook_edge_repeated_records_total", "Records that had come before, or from another ingester.", _KIND
)
MALFORMED = Metric("counter", "onebook_edge_malformed_records_total", "Records that break the contract.", _KIND)
ASIDE = Metric("counter", "onebook_edge_aside_books_total", "Books of ingesters that are not followed.")
SWITCHES = Metric("counter", "onebook_edge_switches_total", "Times that a book was taken from another ingester.")
MISMATCHES = Metric("counter", "onebook_edge_digest_mismatches_total", "Books without the digest of their record.")
GAPS = Metric("counter", "onebook_edge_trade_gaps_total", "Gaps in trades that no ingester has filled.")
LAG = Metric("gauge", "onebook_edge_lag_records", "Records that the brokers have and the edge has not read.")
DELAY = Metric(
    "gauge", "onebook_edge_lag_seconds", "From the writing of the newest book to its arrival, by both clocks."
)
REACHED = Metric("gauge", "onebook_edge_reached", "0 while the client reports trouble with the brokers.")

METRICS = (READ, REPEATED, MALFORMED, ASIDE, SWITCHES, MISMATCHES, GAPS, LAG, DELAY, REACHED)


def edge_samples(edge: Edge) -> Iterator[Sample]:
    """All values of an edge now."""
    counters = edge.counters
    by_kind: tuple[tuple[Metric, Mapping[str, int]], ...] = (
        (READ, counters.read), (REPEATED, counters.repeated), (MALFORMED, counters.malformed),
    )  # fmt: skip
    for metric, values in by_kind:
        for kind, value in sorted(dict(values).items()):
            yield Sample(metric, value, (kind,))
    yield Sample(ASIDE, counters.aside)
    yield Sample(SWITCHES, counters.switches)
    yield Sample(MISMATCHES, counters.mismatches)
    yield Sample(GAPS, counters.gaps)
    yield Sample(LAG, counters.lag)
    yield Sample(DELAY, counters.delay)
    yield Sample(REACHED, not edge.reader.trouble)
