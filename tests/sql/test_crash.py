"""What was flushed survives `kill -9` of the writing process, in the database or in its spill."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.captures import ROOT

from .servers import Server

ROUNDS = 4
BATCH = 50


class Child:
    """A writer in a process of its own."""

    def __init__(self, url: str, spill: Path, first: int) -> None:
        command = [sys.executable, "-m", "tests.sql.writing_child", url, str(spill), str(first)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.acknowledged = first - 1
        self.enough = threading.Event()
        self._wanted = 0
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def kill_after(self, lines: int) -> None:
        """Kills the process when it has acknowledged so many batches."""
        self._wanted = lines
        assert self.enough.wait(60), "the writer did not write"
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._listener.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for number, line in enumerate(self.process.stdout, 1):
            if line.endswith("\n"):
                self.acknowledged = int(line)
            if self._wanted and number >= self._wanted:
                self.enough.set()


@pytest.mark.slow
def test_no_acknowledged_row_is_lost(server: Server, url: str, database: str, spill: Path) -> None:
    chance, first = random.Random(7), 0
    for _ in range(ROUNDS):
        child = Child(url, spill, first)
        child.kill_after(chance.randint(1, 30))
        found = [int(row[0]) for row in server.execute("select trade_key from trade order by 1", database)]
        assert found == list(range(len(found)))
        assert len(found) > child.acknowledged
        # Trades and books are transactions of their own: the last book may be missing.
        books = int(server.execute("select count(*) from book_chunk", database)[0][0])
        assert books * BATCH >= child.acknowledged + 1
        first = child.acknowledged + 1
