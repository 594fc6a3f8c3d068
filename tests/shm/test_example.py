"""The Python example runs as it is shown, under the installed name `onebook.shm`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shm import layout
from tests.captures import ROOT
from tests.shm.shared_file_rig import SharedFileRig, make_book

STOPPED = pytest.importorskip("server.transport.shm._slots").STOPPED


def test_it_prints_every_market_and_says_when_the_server_is_gone(tmp_path: Path) -> None:
    folder = Path(layout.DIRECTORY)
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    (tmp_path / "onebook").mkdir()
    (tmp_path / "onebook" / "shm").symlink_to(ROOT / "shm")
    name = f"test-{os.getpid()}-example"
    rig = SharedFileRig(folder, name=name)
    try:
        rig.write(make_book(1))
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        program = [sys.executable, str(ROOT / "examples" / "shared_memory.py"), name]
        process = subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            with rig.living():
                line = process.stdout.readline()
            assert line.startswith("BTC/USDT 61837.63 alpha / 61837.66 alpha, the oldest frame is of ")
            rig.writer.set_state(STOPPED)
            assert process.stderr.readline().endswith("stopped, crashed or hangs\n")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
        assert process.returncode in (0, 3)
    finally:
        rig.close()


def test_without_a_server_it_ends(tmp_path: Path) -> None:
    (tmp_path / "onebook").mkdir()
    (tmp_path / "onebook" / "shm").symlink_to(ROOT / "shm")
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "shared_memory.py", "nobody-here"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == ("no onebook server serves 'nobody-here' on this machine: start one with --shm nobody-here\n")
