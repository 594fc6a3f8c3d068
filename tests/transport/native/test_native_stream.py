"""Streams that the engine serves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server.transport.native import AVAILABLE

from ..stream_contract import CONTRACT

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")


@pytest.mark.parametrize("holds", CONTRACT, ids=lambda holds: holds.__name__)
def test_what_every_stream_does(engine: str, holds: Callable[[str], None]) -> None:
    holds(engine)
