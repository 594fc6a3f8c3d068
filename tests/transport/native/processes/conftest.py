"""Three serving processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.publish.channel import ConflatedChannel
from server.transport.native import PROCESSES

from ...service_rig import serving_processes

if PROCESSES:
    from .rig import ProcessRig


@pytest.fixture
def rig() -> Iterator[ProcessRig]:
    before = set(serving_processes())
    made = ProcessRig(ConflatedChannel(), 3)
    made.publish(b"state")
    yield made
    made.close()
    assert set(serving_processes()) <= before, "a serving process outlives its server"
