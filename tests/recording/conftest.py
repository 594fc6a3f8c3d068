"""Rings of both implementations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from recording.pure_ring import PureRingAccess
from recording.ring import Ring

RingMaker = Callable[[int], Ring]


@pytest.fixture(params=["c", "python"])
def make_ring(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[RingMaker]:
    """Makes rings, which end with the test: each test runs over both implementations."""
    kind: Any = PureRingAccess
    if request.param == "c":
        kind = pytest.importorskip("recording._ring").RingAccess
    monkeypatch.setattr("recording.ring.open_ring", kind)
    made: list[Ring] = []

    def make(capacity: int) -> Ring:
        made.append(Ring.made(capacity))
        return made[-1]

    yield make
    for ring in made:
        ring.close()
