"""A histogram as Prometheus reads it: how many values were at most each of its bounds, and their sum."""

from __future__ import annotations

from collections.abc import Iterator

from ..delays import Delays
from ..units import SECOND
from .metric import Metric, Sample


def histogram(delays: Delays, metric: Metric, labels: tuple[str, ...]) -> Iterator[Sample]:
    """The parts of one series."""
    so_far = 0
    texts = (*(f"{bound:g}" for bound in delays.bounds), "+Inf")
    for text, count in zip(texts, list(delays.counts), strict=True):
        so_far += count
        yield Sample(metric, so_far, (*labels, text), "_bucket")
    yield Sample(metric, delays.nanos / SECOND, labels, "_sum")
    yield Sample(metric, so_far, labels, "_count")
