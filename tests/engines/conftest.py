"""A server with Kafka over simulated exchanges, whose topics the jobs read; each engine has its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.captures import ROOT
from tests.e2e.processes import Server, Yard
from tests.kafka.real_cluster import RealCluster, missing, real_cluster

VENUES = ("binance", "bybit", "kraken")
WINDOW = 5
"""Seconds."""


def environment(engine: str, *packages: str) -> Path:
    """The Python of an engine, made once."""
    folder = ROOT / "build" / "engines" / engine
    python = folder / "bin" / "python"
    made = folder / "made"
    if not made.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        subprocess.run(install, check=True, env={**os.environ, "PYTHONPATH": ""})
        made.touch()
    return python


@pytest.fixture(scope="session")
def cluster() -> Iterator[RealCluster]:
    """Apache Kafka."""
    absent = missing()
    if absent:
        pytest.skip(f"{absent} is not installed")
    with real_cluster() as made:
        yield made


@pytest.fixture(scope="session")
def server(cluster: RealCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has published for some windows."""
    yard = Yard(tmp_path_factory.mktemp("yard"))
    simulator = yard.simulator("--venues", ",".join(VENUES))
    config = simulator.config.read_text()
    candles = f'candles = ["1s", "{WINDOW}s"]\ncandle_history = 0'
    simulator.config.write_text(f'{candles}\nkafka = "{cluster.bootstrap}"\nkafka_partitions = 4\n{config}')
    made = yard.serve(simulator)
    yield made
    yard.close()
