"""What a metric is: its name by Prometheus' conventions, its meaning, and its values. Types alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple


class Metric(NamedTuple):
    """One metric. Counters never fall while the server runs, but for markets and venues that are removed."""

    kind: Literal["counter", "gauge", "histogram"]
    name: str
    """With its unit, and with _total if it is a counter."""
    meaning: str
    labels: tuple[str, ...] = ()


class Sample(NamedTuple):
    """One value now."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()
    """Values of the metric's labels, in their order."""
    part: str = ""
    """Of a histogram: _bucket, with its bound as one more label, _sum or _count."""


Source = Callable[[], Iterable[Sample]]
"""Reads values of the server; called on the thread that makes the page."""
