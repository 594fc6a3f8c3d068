"""Flink SQL over onebook's topics: its results are those of onebook's own calls, digit by digit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.captures import ROOT
from tests.e2e.processes import Server
from tests.kafka.reading import Seen, read
from tests.kafka.real_cluster import RealCluster

from .conftest import WINDOW, environment
from .results import check_candles, check_vwap, number, some_candles, spreads

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        shutil.which("java") is None or shutil.which("mvn") is None, reason="Flink needs Java and Maven"
    ),
]
CONNECTOR = "org.apache.flink:flink-sql-connector-kafka:4.0.1-2.0"


def connector() -> Path:
    """The jar that reads Kafka."""
    folder = ROOT / "build" / "engines"
    _, name, version = CONNECTOR.split(":")
    jar = folder / f"{name}-{version}.jar"
    if not jar.exists():
        command = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={CONNECTOR}", f"-DoutputDirectory={folder}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return jar


def run(cluster: RealCluster, job: str) -> list[dict[str, Any]]:
    """The lines that a job prints, of the records that are there when it begins."""
    python = environment("flink", "apache-flink==2.3.0")
    command = [str(python), "examples/engines/flink_jobs.py", job, "--kafka", cluster.bootstrap, "--bounded"]
    command += ["--window", str(WINDOW * 1000), "--connector", str(connector())]
    env = {**os.environ, "PYTHONPATH": "proto"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_vwap_per_window_is_that_of_the_candles(cluster: RealCluster, server: Server) -> None:
    known = some_candles(server)  # The job may end in the middle of those that follow.
    check_vwap(run(cluster, "vwap"), known)


def test_candles_of_candles_are_the_long_candles(cluster: RealCluster, server: Server) -> None:
    known = some_candles(server)
    check_candles(run(cluster, "candles"), known)


def test_the_spread_of_all_venues_is_that_of_their_books(cluster: RealCluster, server: Server) -> None:
    assert server.running
    (line,) = run(cluster, "spread")
    found = [number(line[name]) for name in ("bid", "ask", "spread")]
    waiting = len(read(cluster.bootstrap, ["md.book.v1"], bool))
    records = read(cluster.bootstrap, ["md.book.v1"], quiet_after(waiting))
    assert found in list(spreads(record.value or b"" for record in records))


def quiet_after(least: int) -> Callable[[list[Seen]], bool]:
    """Enough: at least so many records, of at least two seconds."""
    began = time.monotonic()
    return lambda found: len(found) >= least and time.monotonic() - began > 2.0
