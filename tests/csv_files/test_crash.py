"""kill -9 at any moment: what was flushed stays, no row is torn, and no trade is there twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from server.csv_files.appended_file import AppendedFile
from tests.captures import ROOT
from tests.waiting import eventually

from .samples import file_of, ids

ROUNDS = 20


def write_until_killed(folder: Path, first: int, seconds: float) -> int:
    """Writes trades from this number on in a process of its own. Returns the newest one that was said to be written."""
    command = [sys.executable, "-m", "tests.csv_files.writing_child", str(folder), str(first)]
    said = folder / "said"
    with said.open("wb") as out:
        child = subprocess.Popen(command, cwd=ROOT, stdout=out)
    try:
        eventually(lambda: said.read_bytes().count(b"\n") > 1, "its first rows")
        time.sleep(seconds)
    finally:
        child.kill()
        child.wait()
    return int([line for line in said.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")][-1])


def tear(path: Path, acknowledged: int, draw: random.Random) -> None:
    """Cuts the file somewhere behind this row, as a kill in the middle of the system's own call would."""
    content = path.read_bytes()
    end = content.index(b"\n", content.index(b"\n%d," % acknowledged) + 1) + 1
    with path.open("r+b") as file:
        file.truncate(draw.randint(end, len(content)))


def test_kill_at_random_moments(tmp_path: Path) -> None:
    draw, acknowledged, path = random.Random(7), -1, file_of(tmp_path)
    for _ in range(ROUNDS):
        acknowledged = write_until_killed(tmp_path, acknowledged + 1, draw.random() / 20)
        assert ids_of_whole_rows(path)[: acknowledged + 1] == list(range(acknowledged + 1))
        tear(path, acknowledged, draw)
    AppendedFile(path).close()
    found = ids(path)
    assert found == list(range(len(found)))
    assert len(found) > acknowledged


def ids_of_whole_rows(path: Path) -> list[int]:
    """The trades of a file that may end with a part of a row."""
    whole = path.read_bytes().rpartition(b"\n")[0].splitlines()[1:]
    return [int(row.partition(b",")[0]) for row in whole]
