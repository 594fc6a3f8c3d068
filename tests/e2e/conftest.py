"""Fixtures: a yard of processes for one test, or for a whole module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .processes import Yard


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
