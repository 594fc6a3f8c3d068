"""The pace of a reader, by what real sockets tell, and by what they may tell."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator

import pytest

from server.transport.http import reader_pace
from server.transport.http.reader_pace import LATEST, SAME, SLOWLY, SOONEST, ReaderPace
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems tell nothing of a connection")


@pytest.fixture
def links() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection on loopback; the first one sends without waiting."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        reader = socket.create_connection(listener.getsockname())
        sender, _ = listener.accept()
    sender.setblocking(False)
    yield sender, reader
    for each in (sender, reader):
        each.close()


def never() -> None:
    raise AssertionError("cut")


def test_nothing_is_put_behind_bytes_that_wait(links: tuple[socket.socket, socket.socket]) -> None:
    sender, reader = links
    pace = ReaderPace(sender, never)
    assert pace.wait() == 0.0
    whole = 0
    while pace.wait() == 0.0:
        pace.sent()
        whole += sender.send(b"x" * 50_000)
    assert SOONEST <= pace.wait() <= LATEST
    while whole:
        whole -= len(reader.recv(1 << 20))
    eventually(lambda: pace.wait() == 0.0)


def test_a_reader_that_does_not_read_gets_little(links: tuple[socket.socket, socket.socket]) -> None:
    sender, _reader = links
    pace, sent = ReaderPace(sender, never), 0
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        if pace.wait() == 0.0:
            sender.send(b"x" * 2000)
            pace.sent()
            sent += 2000
        time.sleep(0.002)
    assert sent < 100_000, "the buffers of both systems hold far more"


def test_a_reader_that_reads_all_is_never_slowed(links: tuple[socket.socket, socket.socket]) -> None:
    sender, reader = links
    pace = ReaderPace(sender, never)
    for _ in range(200):
        sender.send(b"x" * 300)
        pace.sent()
        reader.recv(300, socket.MSG_WAITALL)
        assert pace.wait() in (0.0, SOONEST)


class Told(ReaderPace):
    """A connection of which the system tells what the test says."""

    def __init__(self) -> None:
        self.cuts = 0
        super().__init__(None, self.cut)
        self.now: tuple[int, int] = (0, 64_000)

    def cut(self) -> None:
        self.cuts += 1

    def _told(self) -> tuple[int, int] | None:
        return self.now


def test_less_room_makes_messages_slow_until_it_stays_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_pace, "SLOWLY", 0.0)
    pace = Told()
    assert pace.wait() == 0.0
    monkeypatch.setattr(reader_pace, "SLOWLY", SLOWLY)
    pace.now = 0, 50_000
    pace.sent()
    assert pace.wait() == 0.0, "3/4 is room enough"
    pace.now = 0, 40_000
    assert 0 < pace.wait() <= SLOWLY
    monkeypatch.setattr(reader_pace, "SLOWLY", 0.0)
    for window in (39_000, 38_000, *[37_000] * (SAME + 1)):  # Each message that is not read takes room.
        pace.now = 0, window
        pace.sent()
        assert pace.wait() == 0.0
    monkeypatch.setattr(reader_pace, "SLOWLY", SLOWLY)
    pace.sent()
    assert pace.wait() == 0.0, "messages that leave the room as it was were read"


def test_bytes_that_do_not_move_end_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Told()
    pace.now = 1000, 0
    assert pace.wait() == LATEST
    monkeypatch.setattr(reader_pace, "CLIENT_WITHIN", 0.0)
    pace.now = 900, 0
    time.sleep(0.01)
    assert pace.wait() == LATEST
    assert pace.cuts == 0, "some have gone"
    time.sleep(0.01)
    pace.wait()
    assert pace.cuts == 1


def test_where_nothing_is_told_nothing_is_slowed(links: tuple[socket.socket, socket.socket]) -> None:
    left, right = socket.socketpair()
    for link in (None, left):
        assert ReaderPace(link, never).wait() == 0.0
    left.close()
    right.close()
    pace = ReaderPace(links[0], never)
    links[0].close()
    assert pace.wait() == 0.0
