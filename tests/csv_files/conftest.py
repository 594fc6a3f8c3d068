"""Fixtures of tests of CSV files."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server import clock
from server.clock import PlayedClock

from .samples import START


@pytest.fixture
def played() -> Iterator[PlayedClock]:
    """The clock of the process, which stands at START until a test moves it."""
    made = PlayedClock()
    made.set(START, 0)
    made.install()
    yield made
    clock.restore()
