"""The HTTP/2 engine outside of Python, under sanitizers: the programs of tests/fuzz."""

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
CONNECTIONS = examples(5_000)


def run(program: Path, sanitizers: str, number: int) -> None:
    """Builds the program of this name under tests/fuzz, and runs it with a seed and a number of rounds."""
    if COMPILER is None:
        pytest.skip("no C compiler")
    include = f"-I{ROOT / 'server' / 'transport' / 'native'}"
    source = ROOT / "tests" / "fuzz" / f"{program.name}.c"
    flags = [*FLAGS, f"-fsanitize={sanitizers}", include]
    build = [COMPILER, *flags, str(source), "-lnghttp2", "-lpthread", "-o", str(program)]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    if built.returncode and ("nghttp2" in built.stderr or "sanitize" in built.stderr):
        pytest.skip("nghttp2 or the sanitizer is not installed")
    assert built.returncode == 0, built.stderr
    done = subprocess.run([str(program), "1", str(number)], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("sanitizers", ["address,undefined", "thread"])
def test_the_engine_under_clients_that_send_anything(sanitizers: str, tmp_path: Path) -> None:
    run(tmp_path / "stress_engine", sanitizers, CONNECTIONS)


@pytest.mark.slow
def test_the_engine_of_a_serving_process_under_the_same_clients(tmp_path: Path) -> None:
    run(tmp_path / "stress_worker", "address,undefined", CONNECTIONS)


@pytest.mark.slow
def test_what_processes_read_of_the_board_is_whole_in_order_and_counted(tmp_path: Path) -> None:
    run(tmp_path / "stress_board", "address,undefined", examples(150))


def test_connections_are_counted_by_customer(tmp_path: Path) -> None:
    run(tmp_path / "stress_peers", "address,undefined", 200_000)
