"""What C code writes to descriptor 2 becomes lines of the log: of a real process, provoked through its port."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from server.raw_stderr import RawStderr, handshake_words

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0


@pytest.mark.parametrize(
    ("line", "level", "event", "message"),
    [
        ("I1128 10:00:12.068382   16768 ssl_transport_security.cc:2563] Handshake failed with error SSL_ERROR_SSL: "
         "error:1000009c:SSL routines:OPENSSL_internal:HTTP_REQUEST: Invalid certificate verification context",
         "WARNING", "tls_handshake_failed", "a client spoke without TLS to the TLS port"),
        ("I1128 10:00:12.068382   16768 ssl_transport_security.cc:2563] Handshake failed with error SSL_ERROR_SSL: "
         "error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED: self signed certificate",
         "WARNING", "tls_handshake_failed", "certificate verify failed self signed certificate"),
        ("E1128 10:00:12.068382   16768 src/core/x.cc:1] out of luck", "ERROR", "grpc_core", "out of luck"),
        ("free(): invalid pointer", "WARNING", "grpc_core", "free(): invalid pointer"),
    ],
)  # fmt: skip
def test_lines(caplog: pytest.LogCaptureFixture, line: str, level: str, event: str, message: str) -> None:
    RawStderr().say(line)
    (record,) = caplog.records
    assert record.levelname == level
    assert record.event == event  # type: ignore[attr-defined]
    assert message in record.getMessage()


def test_the_same_line_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    raw = RawStderr()
    for number in range(1000):
        raw.say(f"E1128 10:00:12.0{number}   16768 x.cc:1] connection {number} from 10.0.0.{number} broke")
    assert len(caplog.records) == 1


def test_any_words_of_a_handshake() -> None:
    assert handshake_words("").startswith("a client's TLS handshake failed")
    assert "x" in handshake_words("Handshake failed with error x")


SCRIPT = """
import logging, os, sys, threading, time
sys.path[:0] = [{root!r}, {proto!r}]
from server import logs
from server.raw_stderr import RawStderr
raw = RawStderr(); raw.start(); logs.configure("info", True); logs.catch_everything()
os.write(2, b"raw bytes\\xff\\n")
os.write(2, b"E1128 10:00:12.0 1 x.cc:1] " + b"x" * 20000 + b"\\n")
began = time.monotonic()
for _ in range(20000):
    try: os.write(2, b"W1128 10:00:12.0 1 x.cc:1] flood " + str(_).encode() + b"\\n")
    except BlockingIOError: pass
while True:
    try: os.write(2, b"no end"); break
    except BlockingIOError: time.sleep(0.01)  # What is read slowly is full: C code would lose this.
raw.stop()
print("after", file=sys.stderr)
"""


def test_a_process(tmp_path: Path) -> None:
    script = SCRIPT.format(root=str(ROOT), proto=str(ROOT / "proto"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=PATIENCE, check=True)
    *lines, last = done.stderr.decode().splitlines()
    assert last == "after"
    found = [json.loads(line) for line in lines]
    assert {line["logger"] for line in found} == {"grpc.core"}
    assert found[0]["message"] == "raw bytes\\xff"
    assert len(found) < 12, "floods are cut"


def certificate(folder: Path) -> list[str]:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", "k.pem", "-out", "c.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return ["--tls-cert", str(folder / "c.pem"), "--tls-key", str(folder / "k.pem")]


def serve(folder: Path, *flags: str) -> subprocess.Popen[bytes]:
    kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    nowhere = "kraken=ws://127.0.0.1:1,http://127.0.0.1:1"
    with (folder / "err").open("wb") as err:
        return subprocess.Popen(
            [sys.executable, "server.py", "--pair", "BTC/USDT", "--venues", "kraken", "--endpoint", nowhere,
             "--log-json", *flags], cwd=ROOT, env=kept, stdin=subprocess.DEVNULL, stdout=err, stderr=err,
        )  # fmt: skip


def wait_for(folder: Path, event: str) -> dict[str, Any]:
    """The first line of this event; every line is one object."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        *whole, _ = (folder / "err").read_text().split("\n")
        for line in whole:
            entry: dict[str, Any] = json.loads(line)
            assert {"time", "level", "event", "market", "venue", "message", "logger"} <= entry.keys()
            if entry["event"] == event:
                return entry
        time.sleep(0.02)
    raise AssertionError(f"no {event}: {(folder / 'err').read_text()}")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_a_server_whose_tls_port_is_scanned_logs_objects_only(tmp_path: Path) -> None:
    server = serve(tmp_path, "--port", "0", *certificate(tmp_path))
    try:
        port = int(re.findall(r":(\d+), books", wait_for(tmp_path, "serving")["message"])[0])
        for _ in range(30):
            for data in (b"GET / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0" * 100, b""):
                with socket.create_connection(("127.0.0.1", port)) as scan:
                    scan.sendall(data)
        told = wait_for(tmp_path, "tls_handshake_failed")
        assert "clients need --tls" in told["message"]
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
    finally:
        server.kill()
    wait_for(tmp_path, "stopping")
    lines = (tmp_path / "err").read_text().splitlines()
    assert len(lines) < 40


@pytest.mark.parametrize("flags", [["--levels", "ten"], ["--levels", "0"], ["--config", "/nowhere.toml"], ["--what"]])
def test_errors_of_the_start_are_objects_too(tmp_path: Path, flags: list[str]) -> None:
    server = serve(tmp_path, *flags)
    assert server.wait(PATIENCE) == 2
    (line,) = (tmp_path / "err").read_text().splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["event"]) == ("critical", "refused")
    assert entry["message"].startswith("server.py: ")


def test_a_file_says_that_errors_are_objects(tmp_path: Path) -> None:
    path = tmp_path / "onebook.toml"
    path.write_text("pairs = ['BTC/USDT']\nlog_json = true\nlevels = 0\n")
    done = subprocess.run(
        [sys.executable, "server.py", "--config", str(path)], cwd=ROOT, capture_output=True, timeout=60
    )
    assert done.returncode == 2
    assert json.loads(done.stderr)["message"].startswith(f"server.py: {path}:3:10: levels was 0")


def test_warnings_of_the_imports_are_objects_too(tmp_path: Path) -> None:
    """As a package gives one that finds another of a version that it does not know."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, warnings\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'grpc': warnings.warn('grpc is odd', UserWarning)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    done = subprocess.run(
        [sys.executable, "server.py", "--log-json", "--levels", "0", "--pair", "BTC/USDT"],
        cwd=ROOT, capture_output=True, timeout=PATIENCE, env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    found = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["logger"] for line in found] == ["py.warnings", "server.options"]
    assert "grpc is odd" in found[0]["message"]
