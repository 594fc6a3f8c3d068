"""The HTTP/2 engine outside of Python, under sanitizers: tests/fuzz/stress_engine.c."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.captures import ROOT
from tests.volume import examples

COMPILER = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
FLAGS = ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-fno-sanitize-recover=all"]
SOURCE = ROOT / "tests" / "fuzz" / "stress_engine.c"
CONNECTIONS = examples(5_000)


@pytest.mark.slow
@pytest.mark.parametrize("sanitizers", ["address,undefined", "thread"])
def test_the_engine_under_clients_that_send_anything(sanitizers: str, tmp_path: Path) -> None:
    if COMPILER is None:
        pytest.skip("no C compiler")
    include = f"-I{ROOT / 'server' / 'transport' / 'native'}"
    program = tmp_path / "stress_engine"
    flags = [*FLAGS, f"-fsanitize={sanitizers}", include]
    build = [COMPILER, *flags, str(SOURCE), "-lnghttp2", "-lpthread", "-o", str(program)]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    if built.returncode and ("nghttp2.h" in built.stderr or "sanitize" in built.stderr):
        pytest.skip("nghttp2 or the sanitizer is not installed")
    assert built.returncode == 0, built.stderr
    done = subprocess.run(
        [str(program), "1", str(CONNECTIONS)], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
