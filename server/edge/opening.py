"""Makes the edge of a configuration: the package that Kafka needs is loaded only then."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ..kafka import packages
from ..kafka.settings import KafkaSettings
from ..model import Pair

if TYPE_CHECKING:
    from .edge import Edge


def edge_reader(settings: KafkaSettings, pairs: Collection[Pair], venues: Collection[str]) -> Edge:
    """The edge, not started. Raises ConfigError: the package is missing, or librdkafka does not take the settings."""
    packages.require()
    from .edge import Edge

    return Edge(settings, pairs, venues)
