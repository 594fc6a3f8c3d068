"""The server as its process asks it: answers, errors, deadlines, and streams that come too late."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from server.codes import Code
from server.request_errors import RequestError, invalid
from server.transport.http.deadline import Deadline, deadline
from server.transport.http.processes import link_frames as kinds
from server.transport.http.processes.link_frames import Frame, FrameReader, frame, parted
from server.transport.http.processes.link_messages import error_body
from server.transport.http.processes.server_link import ServerLink


class Server:
    """The other end, by hand."""

    def __init__(self) -> None:
        self.link, theirs = socket.socketpair()
        self.link.settimeout(60)
        self.link.sendall(frame(kinds.SETUP, body=parted({"a": 1})) + frame(kinds.STOP, 9))
        self.asking = ServerLink(theirs)
        self.told: list[Frame] = []
        self._reader = FrameReader()
        self._heard: list[Frame] = []
        self.setup = self.asking.introduction()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self.asking.run(lambda told: told.first, {kinds.STOP: self.told.append}, 60.0, lambda: None)

    def hear(self) -> Frame:
        while not self._heard:
            self._heard = self._reader.read(self.link.recv(65536))
        return self._heard.pop(0)

    def answer_with(self, kind: int, body: bytes = b"", first: int = 0) -> threading.Thread:
        def answer() -> None:
            self.link.sendall(frame(kind, self.hear().number, first, 0, body))

        thread = threading.Thread(target=answer)
        thread.start()
        return thread


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.link.close()
    made.thread.join(60)
    assert not made.thread.is_alive(), "a process whose server has gone ends"
    made.asking.close()


def test_what_comes_with_the_introduction_is_heard(server: Server) -> None:
    assert server.setup == {"a": 1}
    server.answer_with(kinds.ANSWER, b"yes")
    assert server.asking.ask(kinds.CALL, b"?") == b"yes"
    assert [told.number for told in server.told] == [9]


def test_answers_and_errors_on_threads_and_loops(server: Server) -> None:
    server.answer_with(kinds.REFUSED, error_body(invalid("levels", "was 0")))
    with pytest.raises(RequestError, match="levels: was 0"):
        server.asking.ask(kinds.CALL, b"?")
    server.answer_with(kinds.ANSWER, b"yes")
    assert asyncio.run(server.asking.asked(kinds.PAGE, b"?")) == b"yes"
    server.answer_with(kinds.OPENED, first=5)
    assert server.asking.ask(kinds.OPEN, b"?") == 5


def test_an_answer_that_does_not_come_in_time(server: Server) -> None:
    token = deadline.set(Deadline(time.monotonic() + 0.05, "the call had 0.05 s"))
    try:
        with pytest.raises(RequestError) as caught:
            server.asking.ask(kinds.OPEN, b"?")
    finally:
        deadline.reset(token)
    assert (caught.value.code, caught.value.message) == (Code.DEADLINE_EXCEEDED, "the call had 0.05 s")
    asked, closed = server.hear(), server.hear()
    assert 0 < asked.first <= 50_000
    assert (closed.kind, closed.number) == (kinds.CLOSE, asked.number)
    server.link.sendall(frame(kinds.OPENED, asked.number))  # On its way already: nobody minds.
    server.answer_with(kinds.ANSWER, b"yes")
    assert server.asking.ask(kinds.CALL, b"?") == b"yes"
