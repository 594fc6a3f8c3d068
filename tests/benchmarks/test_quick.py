"""Every benchmark runs to its end with --quick, whichever of its peers are installed, and prints figures."""

from __future__ import annotations

import os
import re

import pytest

from tests import prepared
from tests.browser import require_browser
from tests.captures import ROOT

BENCHMARKS = sorted(path.stem for path in (ROOT / "benchmarks").glob("bench_*.py"))
FAST = {
    "bench_book",
    "bench_encode",
    "bench_merge",
    "bench_metrics",
    "bench_passes",
    "bench_readable_json",
    "bench_sweep",
    "bench_updates",
}
"""Those that end within two seconds; any other, and any new one, counts as slow."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in FAST else pytest.mark.slow) for name in BENCHMARKS]
)
@pytest.mark.timeout(400)  # a busy machine leaves what computes little time
def test_quick(name: str) -> None:
    if name == "bench_page":
        require_browser()
    done = prepared.run(["-m", "tests.benchmarks.quick", name], os.environ, timeout=400, starts_others=True)
    assert done.returncode == 0, done.stderr
    rule = re.search(r"^-+  -[- ]*$", done.stdout, re.MULTILINE)
    assert rule, done.stdout
    assert re.search(r"\s\d[\d.,]*(\s|$)", done.stdout[rule.end() :]), done.stdout
