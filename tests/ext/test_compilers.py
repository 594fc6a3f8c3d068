"""The extension as each compiler here makes it, with all that the code leaves uninitialised filled with garbage.

What a variable holds before it is set hangs on the compiler: code that gcc's choice happens to suit breaks with clang.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.captures import ROOT, captures_folder

GARBAGE = "-ftrivial-auto-var-init=pattern"
TESTS = ("book", "book_model", "checksum", "decoder", "entry", "rates", "sweep", "twins", "units", "view", "wire")
# The code is what is tried, not the numbers: those are drawn in full with the extension that is installed.
VOLUME = "0.2"
LEFT = shutil.ignore_patterns(".*", "build", "*.so", "*.egg-info", "__pycache__", "captures", "docs", "benchmarks")


@pytest.fixture(params=["gcc", "clang"])
def compiler(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A compiler that is here and can fill variables with garbage."""
    found: str | None = shutil.which(request.param)
    if found is None:
        pytest.skip(f"{request.param} is not installed")
    (tmp_path / "probe.c").write_text("int main(void) { return 0; }\n")
    done = subprocess.run([found, GARBAGE, "probe.c", "-o", "probe"], cwd=tmp_path, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"{request.param} does not know {GARBAGE}")
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_hangs_on_the_compiler(compiler: str, tmp_path: Path) -> None:
    pytest.importorskip("Cython")
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT, folder, ignore=LEFT)
    environment = {**os.environ, "CC": compiler, "CFLAGS": f"-O0 {GARBAGE}", "BUILD_EXTENSION": "yes"}
    environment["ONEBOOK_CAPTURES"] = str(captures_folder())
    environment["ONEBOOK_VOLUME"] = VOLUME
    environment["PKG_CONFIG_LIBDIR"] = str(tmp_path)  # Without its libraries the HTTP/2 engine is left out.
    environment.pop("PYTHONPATH", None)
    for command in (
        ["setup.py", "-q", "build_ext", "--inplace"],
        [
            "-m",
            "pytest",
            "-q",
            "-m",
            "not slow",
            "-p",
            "no:cacheprovider",
            *(f"tests/ext/test_{each}.py" for each in TESTS),
        ],
    ):
        done = subprocess.run(
            [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert list((folder / "orderbook_ext").glob("*.so")), "it is the new extension that was tested"
