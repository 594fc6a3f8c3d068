"""The page of metrics: processor time of one scrape, which feeds share the interpreter with.

    python -m benchmarks.bench_metrics [--quick] [--rounds N]

Markets whose books are live and audited, so that each book has all of its values. Peer: the same samples as objects of
prometheus_client, written by its generate_latest().
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from benchmarks import harness, machine
from orderbook_ext import Audit
from server.market.market import Market
from server.metrics.exposition import Exposition
from server.metrics.market_metrics import MarketMetrics
from server.metrics.metric import Metric
from server.model import Pair, VenueState

SIZES = ((3, 10), (166, 20))
QUICK_SIZES = ((3, 10),)


class Peer(Collector):
    """The samples in the objects of prometheus_client."""

    def __init__(self, metrics: MarketMetrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        families: dict[Metric, CounterMetricFamily | GaugeMetricFamily] = {}
        for metric, value, labels, _ in self._metrics.samples():
            if metric not in families:
                kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
                families[metric] = kind(metric.name, metric.meaning, labels=metric.labels)
            families[metric].add_metric(labels, value)
        return iter(families.values())


def markets(pairs: int, venues: int) -> dict[Pair, Market]:
    """Pairs whose books have a value for each metric."""
    names, made = [f"venue{number}" for number in range(venues)], {}
    for number in range(pairs):
        market = made[Pair(f"C{number}", "USDT")] = Market(Pair(f"C{number}", "USDT"), names, lambda _market: None)
        for entry in market.entries.values():
            entry.state, entry.clock_uncertainty = VenueState.LIVE, 1
            entry.stamp(1, 2, time.monotonic_ns(), 7)
            entry.audit = Audit(5, 999_000, 1_000_000, 1, 1)
    return made


def best(rounds: int, page: Callable[[], bytes]) -> tuple[float, int]:
    """Seconds of this thread for a page in the best round, and how many values it has."""
    times = []
    for _ in range(rounds):
        began = time.thread_time()
        text = page()
        times.append(time.thread_time() - began)
    return min(times), sum(not line.startswith(b"#") for line in text.splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2 rounds of the small server")
    parser.add_argument("--rounds", type=int, help="rounds; the best one counts (7)")
    options = parser.parse_args()
    rounds = options.rounds or (2 if options.quick else 7)
    machine.print_head("Metrics", ["prometheus_client"])
    rows = []
    for pairs, venues in QUICK_SIZES if options.quick else SIZES:
        metrics = MarketMetrics(markets(pairs, venues))
        registry = CollectorRegistry()
        registry.register(Peer(metrics))
        own, peer = Exposition([metrics.samples]).page, lambda registry=registry: generate_latest(registry)
        for name, page in (("onebook", own), ("prometheus_client", peer)):
            seconds, values = best(rounds, page)
            each = f"{seconds / values * 1e6:.2f}"
            rows.append((f"{pairs} pairs on {venues} venues, {name}", values, f"{seconds * 1e3:.2f}", each))
    harness.print_table(("page", "values", "ms", "us per value"), rows)


if __name__ == "__main__":
    main()
