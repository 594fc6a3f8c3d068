"""Three serving processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.publish.channel import ConflatedChannel
from server.transport.native import AVAILABLE

if AVAILABLE:
    from .rig import ProcessRig, children


@pytest.fixture
def rig() -> Iterator[ProcessRig]:
    made = ProcessRig(ConflatedChannel(), 3)
    made.publish(b"state")
    yield made
    made.close()
    assert not children()
