"""Makes the publisher of a configuration: the package that Kafka needs is loaded only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import packages
from .settings import KafkaSettings
from .source import KafkaSource

if TYPE_CHECKING:
    from .publisher import KafkaPublisher


def kafka_publisher(settings: KafkaSettings, source: KafkaSource) -> KafkaPublisher:
    """The publisher, not started. Raises ConfigError: the package is missing, or librdkafka does not take the
    settings."""
    packages.require()
    from .publisher import KafkaPublisher

    return KafkaPublisher(settings, source)
