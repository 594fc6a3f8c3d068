"""The process that writes a history ends with its server."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from recording import Ring, State
from server.history.retention import Retention
from server.history.row_codec import encode
from server.history.store import HistoryStore
from server.history_source.history_process import command
from server.history_source.row_drain import ROWS
from tests.captures import ROOT
from tests.history.samples import BTC, source, trade


def test_it_writes_all_when_its_input_ends(tmp_path: Path) -> None:
    ring, now = Ring.made(1 << 16), time.time_ns()
    ring.put(0, ROWS, encode(trade(1)._replace(time=now)), 1, 1)
    words = command(ring, tmp_path, Retention(3, 1.5))
    empty = subprocess.DEVNULL
    done = subprocess.run(
        words, cwd=ROOT, stdin=empty, capture_output=True, pass_fds=(ring.descriptor,), timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert ring.state[0] is State.ENDED
    assert len(HistoryStore(tmp_path).trades(source(BTC)).rows) == 1


def test_what_cannot_be_written_is_an_exit_status(tmp_path: Path) -> None:
    ring, file = Ring.made(1 << 16), tmp_path / "no_folder"
    file.write_text("")
    words = command(ring, file, Retention())
    process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=(ring.descriptor,))
    assert process.wait(60) == 1
    assert ring.state[0] is State.FAILING
