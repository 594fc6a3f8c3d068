"""The page that Prometheus reads: all metrics of the server, and those of its process."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest

from . import (
    edge_metrics,
    http_metrics,
    kafka_metrics,
    latency_metrics,
    market_metrics,
    port_metrics,
    store_metrics,
    stream_metrics,
    thread_metrics,
    venue_metrics,
)
from .metric import Metric, Source
from .text_format import text_of

CONTENT_TYPE = CONTENT_TYPE_LATEST
ALL: tuple[Metric, ...] = (
    *thread_metrics.METRICS,
    *venue_metrics.METRICS,
    *market_metrics.METRICS,
    *latency_metrics.METRICS,
    *stream_metrics.METRICS,
    *store_metrics.METRICS,
    *kafka_metrics.METRICS,
    *http_metrics.METRICS,
    *edge_metrics.METRICS,
    *port_metrics.METRICS,
)


class Exposition:
    """The page of one server. Thread-safe, as far as its sources are."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)

    def page(self) -> bytes:
        """All values now, in Prometheus' text format."""
        samples = chain.from_iterable(source() for source in self._sources)
        return text_of(samples).encode() + generate_latest(self._process)
