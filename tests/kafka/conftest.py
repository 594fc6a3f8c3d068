"""Fixtures: a mock cluster for all tests that leave it as it was, and one for tests that break it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from server.kafka.settings import KafkaSettings

from .mock_cluster import MockCluster, mock_cluster
from .rig import prefixed

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def brokers() -> Iterator[MockCluster]:
    """Shared: tests use topics with prefixes of their own."""
    with mock_cluster(2) as made:
        yield made


@pytest.fixture
def settings(brokers: MockCluster) -> KafkaSettings:
    """Of topics that no other test has."""
    return prefixed(brokers, f"t{next(_NUMBERS)}.")


@pytest.fixture
def own_brokers() -> Iterator[MockCluster]:
    """For tests that break them."""
    with mock_cluster(1) as made:
        yield made
