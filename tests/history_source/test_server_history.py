"""A server's history: its process is killed, the server is killed, the folder is taken, and no row is lost."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from server.errors import ConfigError
from server.history.rows import TradeRow
from server.history.store import HistoryStore
from server.history_source.server_history import ServerHistory
from tests.captures import ROOT
from tests.history.samples import BTC, pages, source, trade
from tests.waiting import eventually

ROUNDS = 20


def now_trade(number: int) -> TradeRow:
    now = time.time_ns()
    return trade(number)._replace(time=now, received=now)


def ids(folder: Path) -> list[int]:
    return sorted(int(row.trade_id) for row in pages(HistoryStore(folder).trades, source(BTC), limit=5000))


@pytest.fixture
def history(tmp_path: Path) -> Iterator[ServerHistory]:
    made = ServerHistory(tmp_path / "history")
    made.start()
    yield made
    made.stop()


def test_rows_can_be_read_once_they_have_settled(history: ServerHistory, tmp_path: Path) -> None:
    history.put(now_trade(number) for number in range(100))
    assert history.settle(20)
    assert ids(tmp_path / "history") == list(range(100))
    assert (history.refused, history.files.counters.lost) == (0, 0)


def test_a_writer_that_is_killed_loses_no_row(history: ServerHistory, tmp_path: Path) -> None:
    chance, number = random.Random(3), 0
    for _ in range(ROUNDS):
        for _ in range(chance.randint(1, 200)):
            history.put([now_trade(number)])
            number += 1
        first = eventually(lambda: history.files.child.pid, "a writer")
        os.kill(first, signal.SIGKILL)
        eventually(partial(_is_another, history, first), "its successor", 20)
    assert history.settle(20)
    assert ids(tmp_path / "history") == list(range(number))


def _is_another(history: ServerHistory, pid: int) -> bool:
    return history.files.child.pid not in (None, pid)


def test_a_row_of_another_age_is_refused_and_counted(history: ServerHistory, caplog: pytest.LogCaptureFixture) -> None:
    history.put([trade(1)._replace(time=-1), trade(2)._replace(time=2**62), trade(3)._replace(trade_id="")])
    assert history.refused == 3
    assert sum("is refused" in record.getMessage() for record in caplog.records) == 1


def test_a_folder_has_one_server(history: ServerHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert history.settle(20)
    monkeypatch.setattr("server.history_source.server_history.LOCK_PATIENCE", 0.1)
    with pytest.raises(ConfigError, match="history: "):
        ServerHistory(tmp_path / "history")
    with pytest.raises(ConfigError, match="cannot be made"):
        ServerHistory(tmp_path / "missing" / "history")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB; the test is skipped where the user may not mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root mounts file systems")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_disk_that_is_full_costs_no_row(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    history = ServerHistory(small_disk / "history")
    history.start()
    history.put([now_trade(0)])
    assert history.settle(20)
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 50_000))
    history.put(now_trade(number) for number in range(1, 5000))
    eventually(lambda: "cannot be written" in caplog.text, "the log says so", 20)
    assert not history.settle(0.2)
    history.put(now_trade(number) for number in range(5000, 6000))
    filler.unlink()
    eventually(lambda: history.settle(5), "the rows that waited", 30)
    assert ids(small_disk / "history") == list(range(6000))
    assert (history.refused, history.files.counters.lost) == (0, 0)
    eventually(lambda: "written again" in caplog.text, "the log says that it is over", 20)
    history.stop()


SERVER = """
import sys, time
from pathlib import Path
from server.history_source.server_history import ServerHistory
from tests.history_source.test_server_history import now_trade
history = ServerHistory(Path(sys.argv[1]))
history.start()
number = int(sys.argv[2])
while True:
    history.put([now_trade(number)])
    print(number, flush=True)
    number += 1
    time.sleep(0.0005)
"""


@pytest.mark.slow
def test_a_server_that_is_killed_loses_no_row(tmp_path: Path) -> None:
    chance, first = random.Random(5), 0
    folder = tmp_path / "history"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'proto'}"}
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", SERVER, str(folder), str(first)]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            last = first - 1
            for line in server.stdout:
                last = int(line)
                if chance.random() < 0.01:
                    break
            server.kill()
            rest = [int(line) for line in server.stdout if line.endswith("\n")]
        first = max([last, *rest]) + 1
    # The writer of the last server ends by itself.
    expected = list(range(first))
    eventually(lambda: ids(folder)[: len(expected)] == expected, "all rows", 20)
    assert len(ids(folder)) <= first + ROUNDS, "one row at most per server was put and not printed"
