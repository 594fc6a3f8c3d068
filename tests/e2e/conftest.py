"""Fixtures: a yard of processes for one test, or for a whole module, and a cluster of Kafka."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kafka.mock_cluster import MockCluster, mock_cluster

from .processes import Yard

TOPICS = ("book", "trade", "candle", "stat", "quality", "ref")


@pytest.fixture
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """Processes that end with the test."""
    made = Yard(tmp_path_factory.mktemp("yard"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared_yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """Processes that end with the module."""
    made = Yard(tmp_path_factory.mktemp("yard"))
    yield made
    made.close()


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    """A cluster with the topics, as edges need them."""
    with mock_cluster() as made:
        for name in TOPICS:
            made.create(f"md.{name}.v1", 4)
        yield made
