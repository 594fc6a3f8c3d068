"""onebook_shm.h as users compile it: every standard, no warning; and its calls say why they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from shm import get_include, layout
from tests.captures import ROOT

STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-O2"]
C = ("c99", "c11", "c17", "gnu11")
CXX = ("c++11", "c++17", "c++20")
EXAMPLE = ROOT / "examples" / "shared_memory.c"


@pytest.mark.parametrize("standard", [*C, *CXX])
def test_it_compiles_without_a_warning(standard: str, compiler: str, tmp_path: Path) -> None:
    found: str | None = compiler
    if standard in CXX:
        found = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
        if found is None:
            pytest.skip("no C++ compiler")
    ending = "cc" if standard in CXX else "c"
    alone = tmp_path / f"alone.{ending}"
    alone.write_text('#include "onebook_shm.h"\nint main(void) { return 0; }\n')
    example = tmp_path / f"example.{ending}"
    example.write_text(EXAMPLE.read_text())
    for source in (alone, example):
        command = [
            str(found),
            f"-std={standard}",
            *STRICT,
            f"-I{get_include()}",
            str(source),
            "-o",
            str(tmp_path / "p"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_a_wrong_layout_does_not_compile(compiler: str, tmp_path: Path) -> None:
    text = (Path(get_include()) / "onebook_shm.h").read_text()
    changed = text.replace("    int32_t price_exponent;\n", "    int64_t price_exponent;\n")
    assert changed != text
    (tmp_path / "onebook_shm.h").write_text(changed)
    source = tmp_path / "alone.c"
    source.write_text('#include "onebook_shm.h"\nint main(void) { return 0; }\n')
    done = subprocess.run([compiler, "-fsyntax-only", source], capture_output=True, text=True, check=False)
    assert done.returncode
    assert "onebook_shm_holds_book_size" in done.stderr


@pytest.fixture(scope="module")
def example(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C example, compiled."""
    program = tmp_path_factory.mktemp("example") / "shared_memory"
    subprocess.run([compiler, "-std=c99", *STRICT, f"-I{get_include()}", EXAMPLE, "-o", program], check=True)
    return program


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a/b", "not a name: 1 to 64 letters, digits, - and _"),
        ("", "not a name"),
        ("x" * 65, "not a name"),
        ("no-such-server", "no onebook server serves this name"),
    ],
)
def test_names_of_no_server(example: Path, name: str, words: str) -> None:
    done = subprocess.run([example, name, "BTC/USDT", "1"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert words in done.stderr


def test_a_file_that_is_something_else(example: Path) -> None:
    folder = Path(layout.DIRECTORY)
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    name = f"test-{os.getpid()}"
    path = folder / f"{layout.PREFIX}{name}"
    path.write_bytes(b"x" * 4096)
    try:
        done = subprocess.run([example, name, "BTC/USDT", "1"], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "not a file of onebook" in done.stderr
    finally:
        path.unlink()
