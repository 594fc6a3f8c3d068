"""Signals to real processes at any moment of their lives: SIGHUP never kills, a stop is orderly from the first on."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from server.signals import Signals

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
NOWHERE = "ws://127.0.0.1:1,http://127.0.0.1:1"
FLAGS = ["--pair", "BTC/USDT", "--venues", "kraken", "--endpoint", f"kraken={NOWHERE}", "--port", "0"]
WAYS = {
    "server.py": ["server.py", *FLAGS],
    "python -m cli serve": ["-m", "cli", "serve", *FLAGS],
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks into /proc"),
]


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "proto")])
    kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    with (folder / "err").open("wb") as err:
        return subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env={**kept, "PYTHONPATH": path}, stdin=subprocess.DEVNULL,
            stdout=err, stderr=err,
        )  # fmt: skip


def caught(pid: int, number: int) -> bool:
    """Whether the process has a handler for a signal."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


def wait_for_handlers(process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not all(caught(process.pid, number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.001)


def end(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(PATIENCE)
    finally:
        process.kill()


def wait_for(folder: Path, words: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while words not in (said := (folder / "err").read_text()):
        assert time.monotonic() < deadline, said
        time.sleep(0.01)
    return said


def check_orderly(folder: Path, status: int) -> None:
    said = (folder / "err").read_text()
    assert status == 0, said
    assert "Traceback" not in said
    assert "KeyboardInterrupt" not in said


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("seed", range(3))
def test_a_stop_in_the_first_second(tmp_path: Path, way: str, number: signal.Signals, seed: int) -> None:
    process = start(tmp_path, *WAYS[way])
    wait_for_handlers(process)
    time.sleep(random.Random(f"{way}{number}{seed}").choice([0.0, 0.02, 0.1, 0.3, 0.6, 1.0]))
    process.send_signal(number)
    check_orderly(tmp_path, end(process))


@pytest.mark.parametrize("way", WAYS)
def test_hang_ups_from_the_first_moment_to_the_last(tmp_path: Path, way: str) -> None:
    process = start(tmp_path, *WAYS[way])
    wait_for_handlers(process)
    draw = random.Random(way)
    while "onebook serves" not in (tmp_path / "err").read_text():
        process.send_signal(signal.SIGHUP)
        assert process.poll() is None
        time.sleep(draw.uniform(0.0, 0.05))
    wait_for(tmp_path, "SIGHUP: nothing was configured that could be read again")
    process.send_signal(signal.SIGTERM)
    while process.poll() is None:
        process.send_signal(signal.SIGHUP)
        time.sleep(draw.uniform(0.0, 0.01))
    check_orderly(tmp_path, end(process))
    assert "stopping" in (tmp_path / "err").read_text()


def test_hang_ups_of_a_server_that_cannot_start(tmp_path: Path) -> None:
    process = start(tmp_path, "server.py", "--pair", "BTC/USDT", "--levels", "0")
    wait_for_handlers(process)
    while process.poll() is None:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.002)
    assert end(process) == 2
    assert "Traceback" not in (tmp_path / "err").read_text()


def test_handlers_come_before_the_slow_imports() -> None:
    """What is imported before them is what the interpreter needs anyway, and this module."""
    script = (
        "import sys, signal; sys.path.insert(0, ''); before = set(sys.modules)\n"
        "import server.early; server.early.install()\n"
        "print(*sorted(name for name in set(sys.modules) - before if '.' not in name))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    slow = {"grpc", "google", "pathlib", "logging", "argparse", "threading", "asyncio", "requests"}
    assert not set(done.stdout.split()) & slow


def make_certificate(folder: Path, name: str) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
         "-keyout", "k.pem", "-out", "c.pem"], cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


def served_name(port: int) -> bytes:
    """The certificate that a new connection gets."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain) as secured:
        return secured.getpeercert(binary_form=True) or b""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_a_hang_up_reads_certificates_again(tmp_path: Path) -> None:
    make_certificate(tmp_path, "before")
    files = ["--tls-cert", str(tmp_path / "c.pem"), "--tls-key", str(tmp_path / "k.pem")]
    process = start(tmp_path, "server.py", *FLAGS, *files)
    try:
        said = wait_for(tmp_path, "onebook serves")
        port = int(re.findall(r"onebook serves .*:(\d+), books", said)[0])
        assert b"before" in served_name(port)
        make_certificate(tmp_path, "after")
        process.send_signal(signal.SIGHUP)
        wait_for(tmp_path, "the TLS certificate was read again")
        assert b"after" in served_name(port)
        (tmp_path / "k.pem").write_text("nothing")
        process.send_signal(signal.SIGHUP)
        said = wait_for(tmp_path, "the TLS certificate could not be read again, the old one stays")
        assert str(tmp_path / "k.pem") in said
        assert b"after" in served_name(port)
        process.send_signal(signal.SIGTERM)
    finally:
        status = end(process)
    check_orderly(tmp_path, status)


@pytest.mark.skipif(not hasattr(signal, "SIGTSTP"), reason="the system has no such signal")
def test_a_suspension_is_told_once_and_does_not_stop_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """How a terminal's foreground is suspended and continued: tests/e2e/test_csv.py."""
    monkeypatch.setattr("server.signals._in_foreground", lambda: False)
    before = signal.getsignal(signal.SIGTSTP)
    made = Signals()
    try:
        made.catch_suspend()
        assert not made.take_suspend()
        os.kill(os.getpid(), signal.SIGTSTP)
        assert made.take_suspend()
        made.suspend()
        assert not made.take_suspend()
        os.kill(os.getpid(), signal.SIGTSTP)
        assert made.take_suspend()
    finally:
        signal.signal(signal.SIGTSTP, before)
