"""What was flushed survives `kill -9` of the writer and a disk without room, and readers read meanwhile."""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.history.errors import Trouble
from server.history.store import HistoryStore
from server.history.writer import RETRY_AFTER
from tests.writing_process import WritingProcess

from .samples import BTC, Clock, pages, query, source, trade, writer
from .writing_child import BATCH, write

ROUNDS = 20


@pytest.mark.slow
def test_no_acknowledged_row_is_lost(tmp_path: Path) -> None:
    chance, first, reads = random.Random(7), 0, 0
    store = HistoryStore(tmp_path)
    for _ in range(ROUNDS):
        child = WritingProcess(write, first, tmp_path)
        try:
            child.wait_for(1)
            for _ in range(chance.randint(1, 30)):
                known = child.acknowledged
                (newest,) = store.trades(source(BTC), limit=1, newest_first=True).rows
                assert int(newest.trade_id) >= known
                reads += 1
        finally:
            child.kill()
        assert query(tmp_path, "pragma integrity_check") == [("ok",)]
        found = [int(row.trade_id) for row in pages(store.trades, source(BTC), limit=5000)]
        assert found == list(range(len(found)))
        assert len(found) > child.acknowledged
        books = [row.sequence for row in pages(store.books, source(BTC), limit=1000)]
        assert len(books) * BATCH == len(found)
        first = len(found)
    assert reads >= ROUNDS


def test_a_disk_without_room_loses_nothing_that_waits(tmp_path: Path) -> None:
    """A limit to the size of files stands for the disk: writes fail in the middle, as they do on a full one."""
    clock = Clock()
    made = writer(tmp_path, clock)
    made.add(trade(number) for number in range(100))
    made.flush()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        made.add(trade(number) for number in range(100, 10_000))
        clock.pass_seconds(1)
        made.turn()
        assert made.trouble is not None
        assert made.waiting == 9_900
        assert len(pages(HistoryStore(tmp_path).trades, source(BTC), limit=1000)) == 100
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    clock.pass_seconds(RETRY_AFTER)
    made.turn()
    assert made.trouble is None
    made.close()
    assert query(tmp_path, "pragma integrity_check") == [("ok",)]
    assert len(pages(HistoryStore(tmp_path).trades, source(BTC), limit=1000)) == 10_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB; the test is skipped where the user may not mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root mounts file systems")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_small_disk_that_is_full(small_disk: Path) -> None:
    clock = Clock()
    made = writer(small_disk, clock)
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 100_000))
    made.add(trade(number) for number in range(5_000))
    clock.pass_seconds(1)
    made.turn()
    assert made.trouble is not None
    assert made.trouble.trouble is Trouble.FULL
    assert made.waiting == 5_000
    filler.unlink()
    clock.pass_seconds(RETRY_AFTER)
    made.turn()
    assert made.trouble is None
    made.close()
    assert query(small_disk, "select count(*) from trade") == [(5_000,)]
