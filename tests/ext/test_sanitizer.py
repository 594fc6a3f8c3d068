"""The C headers outside of Python, under AddressSanitizer and UndefinedBehaviorSanitizer: programs of tests/fuzz."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.captures import ROOT
from tests.volume import examples

COMPILER = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
NO_SIMD = "-DONEBOOK_NO_SIMD"
# Lines, for the stacks of a report, are all that is read of the information for debuggers, which is slow to write.
FLAGS = ["-std=gnu11", "-g1", "-Og", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-fno-sanitize-recover=all"]
SANITIZERS = "-fsanitize=address,undefined"


@pytest.fixture(scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A compiler whose sanitizers work here."""
    folder = tmp_path_factory.mktemp("probe")
    (folder / "probe.c").write_text("int main(void) { return 0; }\n")
    if COMPILER is None:
        pytest.skip("no C compiler")
    build = [COMPILER, SANITIZERS, "probe.c", "-o", "probe"]
    if subprocess.run(build, cwd=folder, capture_output=True).returncode:
        pytest.skip(f"{COMPILER} cannot build with {SANITIZERS}")
    if subprocess.run([folder / "probe"], capture_output=True).returncode:
        pytest.skip(f"programs built with {SANITIZERS} do not run here")
    return COMPILER


def preprocessed(compiler: str, source: Path, flags: list[str]) -> bytes:
    """What the compiler makes a program of."""
    return subprocess.run([compiler, FLAGS[0], *flags, "-E", "-P", source], capture_output=True, check=True).stdout


@pytest.mark.parametrize("switch", ["", NO_SIMD], ids=["simd", "plain"])
@pytest.mark.parametrize(
    ("program", "seeds", "steps"),
    [
        ("stress_side", (1, 2), 1500),
        ("stress_row", (1,), 300_000),
        ("fuzz_frame", (1,), 60_000),
        ("stress_sweep", (1,), 20_000),
        ("stress_lane", (1,), 4000),
        ("stress_updates", (1,), 3000),
        ("stress_changes", (1,), 3000),
        ("fuzz_trades", (1,), 300_000),
        ("fuzz_encoded", (1, 2), 60_000),
    ],
)
@pytest.mark.slow
def test_program(compiler: str, tmp_path: Path, program: str, seeds: tuple[int, ...], steps: int, switch: str) -> None:
    source = ROOT / "tests" / "fuzz" / f"{program}.c"
    include = [f"-I{ROOT / 'orderbook_ext'}", f"-I{source.parent}", *filter(None, [switch])]
    if switch and preprocessed(compiler, source, include) == preprocessed(compiler, source, include[:-1]):
        pytest.skip("the program has no wide instructions: it is the same program")
    subprocess.run([compiler, *FLAGS, SANITIZERS, *include, source, "-o", tmp_path / program], check=True)
    for seed in seeds:
        command = [str(tmp_path / program), str(seed), str(examples(steps))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
