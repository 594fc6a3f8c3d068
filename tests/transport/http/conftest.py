"""One server with both ports for all tests of a file that do not change it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .http_rig import KINDS, SERVED_BY, HttpRig


@pytest.fixture(scope="module", params=SERVED_BY)
def web(request: pytest.FixtureRequest) -> Iterator[HttpRig]:
    rig = HttpRig(names=["books.example.com"], kind=KINDS[request.param])
    rig.rig.fill("alpha", "100.00", "101.00")
    rig.rig.fill("beta", "100.50", "100.75", "2.500")
    yield rig
    rig.close()
