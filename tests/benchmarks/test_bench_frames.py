"""The benchmark of depth frames runs, and what it measures took the fast lane."""

from __future__ import annotations

import os

from tests import prepared
from tests.captures import capture_path


def test_quick() -> None:
    capture_path("bybit/v5_btc_sol_20260809.jsonl.gz")
    command = ["-m", "tests.benchmarks.quick", "bench_frames", "--venues", "bybit", "kraken"]
    done = prepared.run(command, os.environ)
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line}
    assert int(rows["bybit"][0]) > 50
    assert int(rows["kraken"][0]) > 100
    assert "decoder and book alone" in done.stdout
