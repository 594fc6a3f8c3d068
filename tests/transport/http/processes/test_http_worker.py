"""The process itself: that it ends with its server, and what it is told at the start."""

from __future__ import annotations

import socket
import subprocess
import sys

from server.transport.http.processes import http_process
from server.transport.http.processes.http_worker import _tls
from server.transport.tls import Tls


def test_it_ends_with_its_server() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", http_process.MODULE, str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )
    ours.close()
    assert process.wait(60) == 1, "it was told nothing"


def test_files_of_tls() -> None:
    assert _tls(None) is None
    found = _tls(["c.pem", "k.pem", None])
    assert isinstance(found, Tls)
    assert (str(found.certificate), str(found.key), found.client_authority) == ("c.pem", "k.pem", None)
