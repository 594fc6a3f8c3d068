"""Metrics of latencies, hop by hop: venue, receipt, book, dispatcher, message, socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..delays import Delays
from .histogram import histogram
from .latency_sampler import LatencySampler
from .metric import Metric, Sample

ARRIVAL = Metric(
    "histogram",
    "onebook_venue_latency_seconds",
    "From the venue's time of a frame to its receipt, less the estimated offset of the clocks; sampled.",
    ("venue",),
)
APPLY = Metric(
    "histogram",
    "onebook_apply_latency_seconds",
    "From the receipt of a frame until the frame is in its book; sampled.",
    ("venue",),
)
DISPATCH = Metric(
    "histogram",
    "onebook_dispatch_latency_seconds",
    "From the receipt of a frame until the thread that publishes takes it up; sampled.",
    ("venue",),
)
PUBLISH = Metric(
    "histogram",
    "onebook_publish_latency_seconds",
    "From the time when a frame is in its book until the bytes of a message with the frame are there; sampled.",
)
SEND = Metric(
    "histogram",
    "onebook_send_latency_seconds",
    "From the time when the bytes of a message are there until the socket or library of a reader has them.",
    ("transport",),
)

METRICS = (ARRIVAL, APPLY, DISPATCH, PUBLISH, SEND)


class LatencyMetrics:
    """The values of one server."""

    def __init__(self, sampler: LatencySampler, sends: Mapping[str, Callable[[], Delays | None]]) -> None:
        """`sends`: what each transport has counted; None where it does not serve."""
        self._sampler = sampler
        self._sends = sends

    def samples(self) -> Iterator[Sample]:
        """All values now. A venue has no histogram before its first measured frame."""
        sampler = self._sampler
        for metric, of_venues in ((ARRIVAL, sampler.arrival), (APPLY, sampler.apply), (DISPATCH, sampler.dispatch)):
            for venue, delays in list(of_venues.items()):
                yield from histogram(delays, metric, (venue,))
        yield from histogram(sampler.publish, PUBLISH, ())
        for transport, counted in self._sends.items():
            sent = counted()
            if sent is not None:
                yield from histogram(sent, SEND, (transport,))
