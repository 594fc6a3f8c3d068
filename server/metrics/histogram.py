"""A histogram as Prometheus reads it: how many values were at most each of its bounds, and their sum."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from .metric import Metric, Sample


class Histogram:
    """Values of one series. One thread adds; others may read meanwhile, and then miss the newest value in a part."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """`bounds`: rising, each is the largest value of its bucket; a last bucket has all larger values."""
        self._bounds = tuple(bounds)
        self._texts = (*(f"{bound:g}" for bound in bounds), "+Inf")
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        """One more value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def samples(self, metric: Metric, labels: tuple[str, ...]) -> Iterator[Sample]:
        """The parts of the series."""
        so_far = 0
        for text, count in zip(self._texts, self._counts, strict=True):
            so_far += count
            yield Sample(metric, so_far, (*labels, text), "_bucket")
        yield Sample(metric, self._sum, labels, "_sum")
        yield Sample(metric, so_far, labels, "_count")
