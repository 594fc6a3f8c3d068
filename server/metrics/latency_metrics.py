"""Metrics of latencies, per venue: from the venue to this server, and from the receipt to the dispatcher."""

from __future__ import annotations

from collections.abc import Iterator

from .latency_sampler import LatencySampler
from .metric import Metric, Sample

ARRIVAL = Metric(
    "histogram",
    "onebook_venue_latency_seconds",
    "From the venue's time of a frame to its receipt, less the estimated offset of the clocks; sampled.",
    ("venue",),
)
DISPATCH = Metric(
    "histogram",
    "onebook_dispatch_latency_seconds",
    "From the receipt of a frame until the thread that publishes takes it up; sampled.",
    ("venue",),
)

METRICS = (ARRIVAL, DISPATCH)


class LatencyMetrics:
    """The values of one server."""

    def __init__(self, sampler: LatencySampler) -> None:
        self._sampler = sampler

    def samples(self) -> Iterator[Sample]:
        """All values now. A venue has no histogram before its first measured frame."""
        for metric, histograms in ((ARRIVAL, self._sampler.arrival), (DISPATCH, self._sampler.dispatch)):
            for venue, histogram in list(histograms.items()):
                yield from histogram.samples(metric, (venue,))
