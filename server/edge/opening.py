"""Makes the edge of a configuration: the package that Kafka needs is loaded only then."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ..analytics.intervals import Interval, common_seconds
from ..kafka import packages
from ..kafka.settings import KafkaSettings
from ..model import Pair

if TYPE_CHECKING:
    from .edge import Edge

LEAST, MOST = 15, 305
"""Seconds before the start of an edge from which on trades are read, at least and at most."""
LATE = 5
"""Seconds after which an ingester has published a candle that has ended."""


def trade_reach(intervals: Sequence[Interval]) -> int:
    """Seconds before the start from which on an edge reads trades, so that it has all trades of the shortest candle in
    progress, and of the one before, which the ingester may not have published yet."""
    return min(max(LEAST, common_seconds([*intervals]) + LATE), MOST)


def edge_reader(settings: KafkaSettings, pairs: Collection[Pair], venues: Collection[str], reach: float) -> Edge:
    """The edge, not started; `reach`: seconds before now from which on trades are read. Raises ConfigError: the package
    is missing, or librdkafka does not take the settings."""
    packages.require()
    from .edge import Edge

    return Edge(settings, pairs, venues, reach)
