"""The page that Prometheus reads: all metrics of the server, and those of its process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from . import kafka_metrics, market_metrics, port_metrics, store_metrics, stream_metrics, thread_metrics
from .metric import Metric, Source

CONTENT_TYPE = CONTENT_TYPE_LATEST
ALL: tuple[Metric, ...] = (
    *thread_metrics.METRICS,
    *market_metrics.METRICS,
    *stream_metrics.METRICS,
    *store_metrics.METRICS,
    *kafka_metrics.METRICS,
    *port_metrics.METRICS,
)


class Exposition:
    """The page of one server. Thread-safe, as far as its sources are."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Values(sources))
        ProcessCollector(registry=self._registry)

    def page(self) -> bytes:
        """All values now, in Prometheus' text format."""
        return generate_latest(self._registry)


class _Values(Collector):
    """Reads the sources when the page is made."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def describe(self) -> Iterator[Family]:
        """All names, so that a registry need not read any value to know them."""
        return map(_family, ALL)

    def collect(self) -> Iterator[Family]:
        """The metrics that have values now."""
        families: dict[Metric, CounterMetricFamily | GaugeMetricFamily] = {}
        for source in self._sources:
            for metric, value, labels in source():
                family = families.get(metric)
                if family is None:
                    family = families[metric] = _family(metric)
                family.add_metric(labels, value)
        return iter(families.values())


def _family(metric: Metric) -> CounterMetricFamily | GaugeMetricFamily:
    make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    return make(metric.name, metric.meaning, labels=metric.labels)
