"""What a metric is: its name by Prometheus' conventions, its meaning, and its values. Types alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple


class Metric(NamedTuple):
    """One metric. Counters never fall while the server runs, but for markets and venues that are removed."""

    kind: Literal["counter", "gauge"]
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


Source = Callable[[], Iterable[Sample]]
"""Reads values of the server; called on the thread that makes the page."""
