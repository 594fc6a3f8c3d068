"""PlayedRun: what a RUN record says, or one clear error."""

from __future__ import annotations

from typing import Any

import pytest

from recording import bodies
from server.replay.plan_of import PlanError
from server.replay.played_run import PlayedRun, VenueRun
from tests.replay.recordings import run_record

GOOD: dict[str, Any] = {"pairs": ["A/B"], "venues": {"v": {"book": "diff", "levels": 5, "audit": 1, "checks": True}}}


def test_a_run_names_its_markets_and_how_each_venue_was_read() -> None:
    assert PlayedRun.of(bodies.packed(GOOD)) == PlayedRun(("A/B",), {"v": VenueRun("diff", 5, 1.0, checks=True)})
    assert PlayedRun.of(run_record(1, ["X/Y"], {"w": "partial"}).body).venues["w"].book == "partial"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", bodies.packed({**GOOD, "venues": {"v": {}}}), bodies.packed({**GOOD, "venues": 3}),
     bodies.packed({"venues": {}}), b"\xff\xff", bodies.packed({**GOOD, "pairs": None})],
)  # fmt: skip
def test_what_is_no_run_is_one_error(body: bytes) -> None:
    with pytest.raises(PlanError, match="settings cannot be read"):
        PlayedRun.of(body)
