"""Processor time of real threads, and of threads that have ended."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from server.metrics.thread_cpu import ThreadCpu
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has these files")


def test_a_thread_that_works_and_one_that_waits() -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            time.sleep(0)

    busy, idle = threading.Thread(target=work, name="busy"), threading.Thread(target=stop.wait, name="idle")
    not_started = threading.Thread(target=work, name="not started")
    cpu = ThreadCpu()
    busy.start()
    idle.start()
    try:
        eventually(lambda: cpu.seconds([busy, idle, not_started])["busy"] > 0.05)
        found = cpu.seconds([busy, idle, not_started])
        assert found["idle"] < 0.05
        assert "not started" not in found
    finally:
        stop.set()
        busy.join(60)
        idle.join(60)
    assert cpu.seconds([]) == cpu.seconds([busy]), "what has ended keeps its time"
    assert cpu.seconds([])["busy"] >= found["busy"]


def test_threads_of_one_name_are_added_up(tmp_path: Path) -> None:
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait, name="feed) x") for _ in range(2)]
    for thread in threads:
        thread.start()
        folder = tmp_path / str(thread.native_id)
        folder.mkdir()
        (folder / "stat").write_text(f"{thread.native_id} (feed) x) S 1 1 1 0 -1 4 0 0 0 0 300 200 0 0 20 0 1 0\n")
    found = ThreadCpu(tmp_path).seconds(threads)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert found == {"feed) x": 10.0}
