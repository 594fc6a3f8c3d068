"""Recorded sessions of every venue are the same over the C core and over the Python twin."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from orderbook_ext import IMPLEMENTATION
from tests.captures import ROOT, captures_folder
from tests.connection.lane_trace import digests, without_chance
from tests.golden.test_books import CAPTURES
from tests.volume import examples

RECORDS = examples(200)
OTHER = "1" if IMPLEMENTATION == "c" else "0"
"""ONEBOOK_PURE of the implementation that is not the one of this process."""


@pytest.mark.slow
def test_recorded_sessions_are_the_same_in_the_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    if not captures_folder().exists():
        pytest.skip("no captures")
    command = [sys.executable, "-m", "tests.connection.lane_trace", str(RECORDS), *CAPTURES]
    environment = {**os.environ, "ONEBOOK_PURE": OTHER, "PYTHONPATH": str(ROOT / "proto")}
    other = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    without_chance(monkeypatch.setattr)
    assert other.stdout.splitlines() == list(digests(CAPTURES, RECORDS))
