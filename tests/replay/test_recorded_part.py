"""What a recording has, and the part of it that is to be played."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from server.errors import ConfigError
from server.replay.plan_of import PlanError
from server.replay.played_run import PlayedRun, VenueRun
from server.replay.recorded_part import chosen_part, recorded_run
from server.venues import DEFAULT_VENUES
from tests.replay.recordings import run_record, write

FIRST, OTHER = DEFAULT_VENUES[:2]
HOW = VenueRun("diff", 1000, 0.0, checks=False)
RUN = PlayedRun(("BTC/USDT", "ETH/USDT"), {FIRST: HOW, OTHER: HOW})


def test_all_runs_count_up_to_the_end(tmp_path: Path) -> None:
    runs = [run_record(10**9, ["BTC/USDT"], {FIRST: "diff"}), run_record(2 * 10**9, ["ETH/USDT"], {OTHER: "diff"})]
    folder = write(tmp_path / "rec", runs)
    assert recorded_run(folder).pairs == ("BTC/USDT", "ETH/USDT")
    assert set(recorded_run(folder).venues) == {FIRST, OTHER}
    assert recorded_run(folder, 2 * 10**9).pairs == ("BTC/USDT",)
    with pytest.raises(PlanError, match="there is no RUN record"):
        recorded_run(folder, 1)


def test_a_part_is_what_was_named() -> None:
    assert chosen_part(RUN, [], "") == RUN
    assert chosen_part(RUN, ["eth/usdt"], f" {OTHER},") == PlayedRun(("ETH/USDT",), {OTHER: HOW})


@pytest.mark.parametrize(
    ("pairs", "venues", "words"), [(["ETH/USDC"], "", "no pair 'ETH/USDC'"), ([], "x", "no venue 'x'")]
)
def test_what_the_recording_does_not_have_is_refused(pairs: list[str], venues: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        chosen_part(RUN, pairs, venues)


def test_a_venue_of_a_later_version_is_left_out_and_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = chosen_part(PlayedRun(RUN.pairs, {**RUN.venues, "later": HOW}), [], "")
    assert found == RUN
    assert "later, which this onebook does not know" in caplog.text
