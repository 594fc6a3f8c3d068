"""Samples by their names, as tests read them."""

from __future__ import annotations

from collections.abc import Iterable

from server.metrics.metric import Sample


def read(samples: Iterable[Sample]) -> dict[tuple[str, ...], float]:
    """The values by name and labels; no name and labels come twice."""
    found = list(samples)
    values = {(each.metric.name, *each.labels): float(each.value) for each in found}
    assert len(values) == len(found)
    assert all(len(each.labels) == len(each.metric.labels) for each in found)
    return values
