"""The benchmark of depth frames runs, and what it measures took the fast lane."""

from __future__ import annotations

import subprocess
import sys

from tests.captures import ROOT, capture_path


def test_quick() -> None:
    capture_path("bybit/v5_btc_sol_20260809.jsonl.gz")
    command = [sys.executable, "-m", "benchmarks.bench_frames", "--quick", "--venues", "bybit", "kraken"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line}
    assert int(rows["bybit"][0]) > 50
    assert int(rows["kraken"][0]) > 100
    assert "decoder and book alone" in done.stdout
