"""How often something took how long: numbers per bound, and their sum. What Prometheus calls a histogram."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from .units import SECOND

SHORT = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""Bounds in seconds for what happens in this process."""
LONG = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds in seconds for what comes over a network."""


class Delays:
    """Delays of one kind. Thread-safe; who reads while others add may miss the newest one in a part."""

    def __init__(self, bounds: Sequence[float] = SHORT) -> None:
        """`bounds`: rising seconds, each is the longest delay of its bucket; a last bucket has all that are longer."""
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        """Delays in each bucket."""
        self.nanos = 0
        """Their sum."""
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """All delays."""
        return sum(self.counts)

    def add(self, nanos: int) -> None:
        """One more delay, in nanoseconds; one below 0 counts as 0."""
        nanos = max(0, nanos)
        bucket = bisect_left(self.bounds, nanos / SECOND)
        with self._lock:
            self.counts[bucket] += 1
            self.nanos += nanos

    def add_counted(self, counts: Iterable[int], nanos: int) -> None:
        """Delays that were counted elsewhere, by the same bounds."""
        with self._lock:
            self.counts = [mine + more for mine, more in zip(self.counts, counts, strict=True)]
            self.nanos += nanos
