"""Jobs of Quix Streams over onebook's topics: their results are those of onebook's own calls, digit by digit."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from typing import Any

import pytest

from tests.captures import ROOT
from tests.e2e.processes import Server
from tests.kafka.reading import read
from tests.kafka.real_cluster import RealCluster

from .conftest import VENUES, WINDOW, environment
from .results import candles, check_candles, check_vwap, number, some_candles, spreads

pytestmark = pytest.mark.timeout(600)
SECONDS = 30.0


def run(cluster: RealCluster, job: str) -> list[dict[str, Any]]:
    """The lines that a job prints."""
    python = environment("quix", "quixstreams==3.28.1")
    command = [str(python), "examples/engines/quix_jobs.py", job, "--kafka", cluster.bootstrap]
    env = {**os.environ, "PYTHONPATH": "proto"}
    with tempfile.TemporaryDirectory(prefix="onebook-quix-") as state:
        command += ["--window", str(WINDOW * 1000), "--seconds", str(SECONDS), "--state", state]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_vwap_per_window_is_that_of_the_candles(cluster: RealCluster, server: Server) -> None:
    some_candles(server)
    check_vwap(run(cluster, "vwap"), candles(server))


def test_candles_of_candles_are_the_long_candles(cluster: RealCluster, server: Server) -> None:
    check_candles(run(cluster, "candles"), candles(server))


def test_the_spread_of_all_venues_is_that_of_their_books(cluster: RealCluster, server: Server) -> None:
    assert server.running
    lines = run(cluster, "spread")
    assert len({line["bid_venue"] for line in lines}) > len(VENUES) / 2
    records = read(cluster.bootstrap, ["md.book.v1"], lambda found: len(found) >= len(lines))
    expected = list(spreads(record.value or b"" for record in records))
    found = [[number(line[name]) for name in ("bid", "ask", "spread")] for line in lines]
    assert found == expected[: len(lines)]
