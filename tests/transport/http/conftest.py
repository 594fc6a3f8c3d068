"""How the process of HTTP starts here, and one server with both ports for all tests of a file that do not change it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.api.access import Access
from server.api.token_file import TokenFile
from server.transport.http.processes import http_process
from tests import prepared
from tests.api.token_files import CONTROL, READ, new_token, write

from .http_rig import KINDS, SERVED_BY, HttpRig


@pytest.fixture(scope="session", autouse=True)
def forked_process() -> Iterator[None]:
    """The process of HTTP imports for 0.4 s, and nearly every file here starts some: they are forked. tests/e2e starts
    it as servers do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http_process, "_started", _forked)
        yield


def _forked(link: socket.socket, sockets: list[int]) -> prepared.PreparedProcess:
    log = http_process._log_descriptor()  # noqa: SLF001
    command = ["-m", http_process.MODULE, str(link.fileno())]
    process = prepared.PreparedProcess(
        command, {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, 1, 2 if log is None else log,
        inherited=[link.fileno(), *sockets],
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.close()
    return process


@pytest.fixture(scope="module", params=SERVED_BY)
def web(request: pytest.FixtureRequest) -> Iterator[HttpRig]:
    rig = HttpRig(names=["books.example.com"], kind=KINDS[request.param])
    rig.rig.fill("alpha", "100.00", "101.00")
    rig.rig.fill("beta", "100.50", "100.75", "2.500")
    yield rig
    rig.close()


@pytest.fixture(params=SERVED_BY)
def guarded(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[HttpRig, str, str]]:
    """A server with tokens: one that reads, one that commands."""
    (reads, reader), (commands, commander) = new_token("reader", READ), new_token("commander", CONTROL)
    path = tmp_path / "tokens.toml"
    write(path, [reads, commands])
    rig = HttpRig(Access(TokenFile(path)), kind=KINDS[request.param])
    rig.rig.fill("alpha", "100.00", "101.00")
    yield rig, reader, commander
    rig.close()
