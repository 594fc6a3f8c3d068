"""What the engine waits with, by epoll, and by the kqueue of macOS and the BSDs, for which kqueue/ stands in on Linux.

The kqueue code runs in every run of the tests. All tests of the engine run over it as docs/inside.md says.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.captures import ROOT

HERE = Path(__file__).parent
CORE = ROOT / "server" / "transport" / "native"
KQUEUE = ("-DONEBOOK_KQUEUE", f"-I{HERE / 'kqueue'}")
POLLS = [pytest.param((), id="epoll"), pytest.param(KQUEUE, id="kqueue")]
COMPILER = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
FLAGS = ("-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", f"-I{CORE}")

pytestmark = [
    pytest.mark.skipif(COMPILER is None, reason="no C compiler"),
    pytest.mark.skipif(os.uname().sysname != "Linux", reason="the kqueue of a test is made of epoll"),
]


def built(source: Path, program: Path, *flags: str) -> Path:
    command = [str(COMPILER), *FLAGS, str(source), *flags, "-lpthread", "-o", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "nghttp2.h" in done.stderr or "-lnghttp2" in done.stderr:
        pytest.skip("nghttp2 is not installed")
    assert done.returncode == 0, done.stderr
    return program


def run(program: Path, *arguments: str) -> str:
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("poll", POLLS)
def test_sockets_are_told_of_as_they_are(poll: tuple[str, ...], tmp_path: Path) -> None:
    """Each line of the program says one thing: until it is read, again when it is waited for again, gone, closed."""
    assert run(built(HERE / "check_poller.c", tmp_path / "check_poller", *poll)) == ""


@pytest.mark.parametrize("program", ["stress_engine", "stress_worker"])
def test_the_engine_serves_over_kqueue(program: str, tmp_path: Path) -> None:
    """By clients of which some break off, some send nonsense, and some are answered: see tests/fuzz."""
    source = ROOT / "tests" / "fuzz" / f"{program}.c"
    made = built(source, tmp_path / program, *KQUEUE, "-lnghttp2")
    assert " 0 calls" not in run(made, "1", "300")
