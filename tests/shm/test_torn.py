"""No book is ever a mixture of two: readers beside a writer at full speed, and after one that died in a write."""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shm import get_include, layout
from shm.book import Book
from shm.pure_reader import PureReader
from tests.captures import ROOT
from tests.volume import examples

FLAGS = ["-O2", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]
SIZES = [(10, 4), (1000, 24), (1, 1)]


@pytest.fixture(scope="module")
def programs(compiler: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the compiled writer and reader."""
    folder, here = tmp_path_factory.mktemp("torn"), ROOT / "tests" / "shm"
    include = [f"-I{get_include()}", f"-I{ROOT / 'server' / 'transport' / 'shm'}"]
    for name, standard in (("torn_writer", "gnu11"), ("torn_reader", "c99")):
        command = [compiler, f"-std={standard}", *FLAGS, *include, str(here / f"{name}.c"), "-o", str(folder / name)]
        subprocess.run(command, check=True)
    return folder


def command(programs: Path, file: Path, size: tuple[int, int], mode: str) -> list[str]:
    return [str(programs / "torn_writer"), str(file), *map(str, size), mode]


@contextmanager
def writing(programs: Path, file: Path, size: tuple[int, int], mode: str) -> Iterator[subprocess.Popen[str]]:
    """A writer that has begun."""
    process = subprocess.Popen(command(programs, file, size, mode), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if mode == "full":
            assert process.stdout.readline() == "writing\n"
        else:
            while not (file.exists() and file.stat().st_size and file.read_bytes()[:8] == layout.MAGIC):
                assert process.poll() is None
        yield process
    finally:
        process.kill()
        process.communicate()


def read_in_c(programs: Path, file: Path, reads: int) -> tuple[int, int, int, int]:
    """Whole books, others, reads without a book, and the last number."""
    done = subprocess.run(
        [programs / "torn_reader", file, str(reads)], capture_output=True, text=True, check=True
    ).stdout.split()
    whole, torn, none, last = map(int, done)
    return whole, torn, none, last


def readers(file: Path) -> Iterator[Any]:
    """Both readers of Python."""
    with file.open("rb") as opened:
        memory = mmap.mmap(opened.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)
    for kind in (pytest.importorskip("shm._reader").Reader, PureReader):
        reader = kind(memory)
        yield reader
        reader.close()
    memory.close()


def check_whole(snapshot: bytes) -> int:
    """The number of a book of torn_writer.c, all of whose words are of this number."""
    book = Book("BTC/USDT", snapshot)
    number = book.sequence
    levels = (*book.raw_bids, *book.raw_asks)
    assert {mantissa for level in levels for mantissa in level[:2]} <= {number}
    assert {quality.age_nanos or number for quality in book.venues} == {number}
    assert {quality.clock_uncertainty_nanos for quality in book.venues} == {number}
    assert {quality.detail for quality in book.venues} == {chr(ord("a") + number % 26) * 95}
    assert len(book.raw_bids) + number % 2 == len(book.raw_asks) + number % 3 % 2
    return number


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_millions_of_reads_in_c_are_whole(programs: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    reads = examples(2_000_000)
    with writing(programs, tmp_path / "books", size, "full") as writer:
        whole, torn, none, last = read_in_c(programs, tmp_path / "books", reads)
        assert writer.poll() is None
    assert torn == 0
    assert whole + none == reads
    assert whole > reads / 2
    assert last > 1000, "the books changed meanwhile"


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_reads_in_python_are_whole(programs: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    with writing(programs, tmp_path / "books", size, "full"):
        for reader in readers(tmp_path / "books"):
            numbers = []
            for _ in range(examples(300)):
                found = reader.last(0)
                if isinstance(found, bytes):
                    numbers.append(check_whole(found))
                else:
                    assert found == layout.NO_WHOLE_BOOK
            assert numbers
            assert numbers == sorted(numbers)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_check_sees_a_writer_that_breaks_the_rules(programs: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    with writing(programs, tmp_path / "books", size, "broken"):
        torn = 0
        for _ in range(1000):
            torn += read_in_c(programs, tmp_path / "books", 20_000)[1]
            if torn:
                break
    assert torn


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_writer_that_dies_within_a_book_leaves_the_book_before(
    programs: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    file = tmp_path / "books"
    done = subprocess.run(command(programs, file, size, "half"), capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert b"\xee" * 64 in file.read_bytes(), "the next book was begun"
    assert read_in_c(programs, file, 1) == (1, 0, 0, 1000)
    for reader in readers(file):
        assert check_whole(reader.last(0)) == 1000


def test_writers_that_are_killed_leave_whole_books(programs: Path, tmp_path: Path) -> None:
    for number in range(20):
        file = tmp_path / f"books{number}"
        with writing(programs, file, SIZES[number % 3], "full") as writer:
            read_in_c(programs, file, 1 + number * 500)
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
            whole, torn, none, last = read_in_c(programs, file, 10)
            assert (whole, torn, none) == (10, 0, 0)
            for reader in readers(file):
                assert check_whole(reader.last(0)) == last
