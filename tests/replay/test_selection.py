"""What of a recording is played: its runs, and the markets and venues that are wanted."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from server.errors import ConfigError
from server.replay.plan_of import PlanError
from server.replay.played_run import PlayedRun, VenueRun
from server.replay.selection import chosen_pairs, chosen_venues, run_records, runs_together
from server.venues import DEFAULT_VENUES
from tests.replay.recordings import run_record, write

FIRST, OTHER = DEFAULT_VENUES[:2]
HOW = VenueRun("diff", 1000, 0.0, checks=False)
RUN = PlayedRun(("A/B", "C/D"), {FIRST: HOW, OTHER: HOW, "nobody": HOW})


def test_all_runs_count_together(tmp_path: Path) -> None:
    runs = [run_record(10, ["A/B"], {FIRST: "diff"}), run_record(20, ["C/D", "A/B"], {OTHER: "diff"})]
    folder = write(tmp_path / "rec", runs)
    assert runs_together(folder, None) == PlayedRun(("A/B", "C/D"), {OTHER: HOW, FIRST: HOW})
    assert runs_together(folder, 20) == PlayedRun(("A/B",), {FIRST: HOW})
    assert [record.time for record in run_records(folder, None)] == [10, 20]
    with pytest.raises(PlanError, match="there is no RUN record"):
        runs_together(folder, 10)


def test_what_is_wanted_must_be_there(caplog: pytest.LogCaptureFixture) -> None:
    assert chosen_pairs([], RUN) == ["A/B", "C/D"]
    assert chosen_pairs(["c/d"], RUN) == ["C/D"]
    with pytest.raises(ConfigError, match="the recording has no pair 'A/D'"):
        chosen_pairs(["A/D"], RUN)
    with caplog.at_level(logging.WARNING):
        assert chosen_venues("", RUN) == [FIRST, OTHER]
    assert "the recording has nobody, which this onebook does not know" in caplog.text
    assert chosen_venues(f" {OTHER} ,", RUN) == [OTHER]
    with pytest.raises(ConfigError, match="the recording has no venue 'nobody'"):
        chosen_venues("nobody", RUN)
