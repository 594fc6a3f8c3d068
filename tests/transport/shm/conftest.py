"""A publisher into a file of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def publishing(tmp_path: Path) -> Iterator[Any]:
    """A dispatcher without a thread, with books in shared memory."""
    pytest.importorskip("server.transport.shm._slots")
    from tests.transport.shm.publisher_rig import PublisherRig

    made = PublisherRig(tmp_path)
    yield made
    made.publisher.close()
