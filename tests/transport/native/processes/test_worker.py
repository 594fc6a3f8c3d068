"""The program of a serving process by itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from server.transport.native import PROCESSES
from tests.captures import ROOT
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(not PROCESSES, reason="serving processes were not built here")

if PROCESSES:
    from server.transport.native._board import Board, Words

MODULE = "server.transport.native.processes.worker"
LIMITS = {
    "connections": 10, "calls_per_connection": 10, "half_open": 10, "request_within": 5.0, "handshake_within": 5.0,
    "idle": 30.0, "ping_every": 10.0, "ping_within": 5.0, "answer_within": 30.0, "status_within": 5.0, "stall": 120.0,
}  # fmt: skip


def started(link: socket.socket, parent: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", MODULE, str(link.fileno()), str(parent)]
    return subprocess.Popen(command, pass_fds=[link.fileno()], cwd=ROOT)


def ignored(pid: int) -> int:
    """The signals that a process ignores, as bits."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigIgn")]
    return int(line.split()[1], 16)


def test_it_serves_until_the_server_is_gone() -> None:
    ours, theirs = socket.socketpair()
    board, words = Board(1 << 22, 1 << 16), Words()
    with theirs:
        process = started(theirs, os.getpid())
    told = json.dumps({"limits": LIMITS, "prefixes": ["/a/"], "mark": 5}).encode()
    socket.send_fds(ours, [len(told).to_bytes(4, "little") + told], [words.wake, board.fd, words.fd])
    assert len(ours.recv(1000)) == 48, "it says that it is ready"
    eventually(lambda: words.turns > 3)
    assert process.poll() is None
    ours.close()
    assert process.wait(10) == 0


@pytest.mark.parametrize("parent", [1, 999_999])
def test_one_whose_server_had_gone_before_ends_at_once(parent: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert started(theirs, parent).wait(10) == 0


def test_it_loads_nothing_of_the_server() -> None:
    listed = "import sys; import server.transport.native.processes.worker; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", listed], cwd=ROOT, capture_output=True, text=True, check=True)
    ours = ("server", "grpc", "google", "orderbook_ext")
    modules = [name for name in found.stdout.split() if name.split(".")[0] in ours]
    assert sorted(modules) == [
        "server", "server.transport", "server.transport.native", "server.transport.native._board",
        "server.transport.native._engine",
        "server.transport.native.processes", MODULE,
    ]  # fmt: skip


def test_signals_that_reach_all_processes_of_a_service_do_not_end_it() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        process = started(theirs, os.getpid())
    wanted = sum(1 << (number - 1) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM))
    eventually(lambda: ignored(process.pid) & wanted == wanted)
    process.terminate()
    assert psutil.Process(process.pid).is_running()
    ours.close()
    assert process.wait(10) == 1, "it was never introduced"
