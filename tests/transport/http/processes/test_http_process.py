"""One life of the process: what ends it, and how it is seen to hang."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from server.api.access import Access
from server.api.streams import Streams
from server.transport.http.health_pages import HealthPages
from server.transport.http.processes import http_process
from server.transport.http.processes.counts import Counts
from server.transport.http.processes.http_process import HttpProcess
from server.transport.http.processes.link_frames import LONGEST, READY, frame
from server.transport.http.processes.server_parts import ServerParts
from server.transport.http.server_side import LocalSide


class Stand:
    """In place of a process."""

    pid = 0

    def __init__(self) -> None:
        self.killed = 0

    def kill(self) -> None:
        self.killed += 1


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[HttpProcess, socket.socket, Stand]]:
    ends: list[socket.socket] = []
    stand = Stand()

    def started(link: socket.socket, _sockets: list[int]) -> Stand:
        ends.append(link.dup())
        return stand

    monkeypatch.setattr(http_process, "_started", started)
    streams, taken = Streams(1), list[Counts]()
    server_parts = ServerParts([], streams, LocalSide(Access(), streams.guard, HealthPages(str)), None, {})
    process = HttpProcess({"sockets": []}, server_parts, taken.append, lambda: None)
    yield process, ends[0], stand
    process.close()
    ends[0].close()
    server_parts.close()


Life = tuple[HttpProcess, socket.socket, Stand]


def hear(process: HttpProcess) -> None:
    for _ in range(1000):
        process.hear()


@pytest.mark.parametrize(
    "said", [frame(3), b"x" * 100, frame(1, body=b"x" * (LONGEST + 1))[:100], frame(102, body=b"[]")]
)
def test_a_process_that_talks_nonsense_is_killed(life: Life, caplog: pytest.LogCaptureFixture, said: bytes) -> None:
    process, theirs, stand = life
    theirs.sendall(said)
    process.hear()
    assert process.lost
    assert stand.killed == 1
    assert "the process of HTTP talks nonsense" in caplog.text


def test_a_process_that_has_gone_is_lost_without_a_word(life: Life, caplog: pytest.LogCaptureFixture) -> None:
    process, theirs, stand = life
    process.hear()
    assert not process.lost
    theirs.sendall(frame(READY))
    process.hear()
    assert process.ready
    theirs.close()
    theirs.detach()
    process.socket.shutdown(socket.SHUT_RD)
    process.hear()
    assert process.lost
    process.say(b"x")
    assert (stand.killed, caplog.text) == (0, "")


def test_a_process_that_takes_nothing_is_killed_once(
    life: Life, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, _, _ = life
    monkeypatch.setattr(http_process, "MOST_UNSENT", 1 << 20)
    with caplog.at_level(logging.ERROR):
        for _ in range(50):
            process.say(bytes(1 << 17))
    assert caplog.text.count("does not take what it is told: it is killed") == 1


def test_how_long_it_hangs(life: Life) -> None:
    process, theirs, _ = life
    now = time.monotonic()
    assert process.hangs_for(now + 50, 0.25) <= 50.0
    theirs.sendall(frame(READY))
    process.hear()
    hung: Any = [process.hangs_for(now + 50 + step / 4, 0.25) for step in range(1, 9)]
    assert hung[-1] == pytest.approx(2.0, abs=0.3)
    assert process.hangs_for(now + 150, 0.25) < 3, "this process slept, too"
