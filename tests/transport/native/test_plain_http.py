"""Requests that are not gRPC, and streams that HTTP/2 says are over: the engine answers as any HTTP/2 server."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from server.publish.channel import ConflatedChannel
from server.transport.native import AVAILABLE
from tests.strangers.http2 import (
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PING,
    PREFACE,
    RESET,
    SETTINGS,
    RawConnection,
    frame,
    header_block,
)
from tests.waiting import eventually

from ..service_rig import ServiceRig

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="the engine was not built here")
PROTOCOL_ERROR, STREAM_CLOSED = 1, 5
READ = "/a.Service/Read"


class Browser(RawConnection):
    """Keeps the newest payload of each kind of frame."""

    def __init__(self, port: int) -> None:
        self.payloads: dict[int, bytes] = {}
        super().__init__(port)

    def ask(self, method: str, end: bool = True, content: str = "application/grpc") -> int:
        number, self._next = self._next, self._next + 2
        block = header_block("/", method=method, content=content)
        self.write(frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), number, block))
        return number

    def skip(self, numbers: int) -> None:
        self._next += 2 * numbers

    def again(self, number: int) -> None:
        """HEADERS on a number of the past."""
        self.write(frame(HEADERS, END_HEADERS | END_STREAM, number, header_block(READ)))

    def lives(self) -> bool:
        """Whether the server answers a ping."""
        before = self.frames[PING]
        self.write(frame(PING, 0, 0, bytes(8)))
        eventually(lambda: self.frames[PING] > before or self.ended.is_set())
        return not self.ended.is_set()

    def error(self) -> int:
        """The code with which the server ends the connection."""
        eventually(lambda: GOAWAY in self.payloads, "no GOAWAY")
        return int.from_bytes(self.payloads[GOAWAY][4:8], "big")

    def _take(self, waiting: bytes) -> bytes:
        rest = waiting
        while len(rest) >= 9 and len(rest) >= (size := 9 + int.from_bytes(rest[:3], "big")):
            self.payloads[rest[3]] = rest[9:size]
            rest = rest[size:]
        return super()._take(waiting)


@pytest.fixture(scope="module")
def rig(engine: str) -> Iterator[ServiceRig]:
    made = ServiceRig(engine, ConflatedChannel())
    yield made
    made.close()


@pytest.fixture
def browser(rig: ServiceRig) -> Iterator[Browser]:
    with Browser(rig.server.port) as made:
        yield made


@pytest.mark.parametrize(("method", "content"), [("GET", "text/html"), ("POST", "application/json")])
def test_a_request_that_is_not_grpc_is_told_what_this_port_speaks(browser: Browser, method: str, content: str) -> None:
    browser.ask(method, content=content)
    eventually(lambda: browser.frames[DATA], "no words")
    eventually(lambda: browser.frames[DATA] == 2, "no end")
    assert browser.frames[HEADERS] == 1, "no trailers: they are gRPC's"
    assert browser.lives()


def test_the_answer_to_head_has_no_body(browser: Browser) -> None:
    browser.ask("HEAD")
    eventually(lambda: browser.frames[HEADERS], "no answer")
    assert browser.lives()
    assert not browser.frames[DATA]


@pytest.mark.slow
def test_a_request_that_is_not_grpc_and_has_no_end_is_ended(browser: Browser) -> None:
    number = browser.ask("POST", end=False, content="application/json")
    eventually(lambda: browser.frames[RESET], "the server keeps a stream for nothing")
    browser.again(number)  # The client did not know yet: no error.
    assert browser.lives()


def test_a_stream_that_the_client_has_ended_is_closed(browser: Browser) -> None:
    number = browser.ask("GET")
    eventually(lambda: browser.frames[DATA] == 2, "no answer")
    browser.again(number)
    assert browser.error() == STREAM_CLOSED


def test_a_stream_that_the_client_has_reset_is_closed(browser: Browser) -> None:
    number = browser.call(READ)
    browser.write(frame(RESET, 0, number, bytes(4)))
    browser.again(number)
    assert browser.error() == STREAM_CLOSED


@pytest.mark.parametrize("piece", [1, 10, 1000])
def test_a_body_on_a_stream_that_is_over_is_an_error_however_its_bytes_arrive(browser: Browser, piece: int) -> None:
    number = browser.ask("GET")
    eventually(lambda: browser.frames[DATA] == 2, "no answer")
    rest = frame(PING, 0, 0, bytes(8)) + frame(DATA, 0, number, b"body") + frame(PING, 0, 0, bytes(8))
    while rest:
        with contextlib.suppress(OSError):  # The server may have seen enough.
            browser.write(rest[:piece])
        rest = rest[piece:]
    assert browser.error() == STREAM_CLOSED


def test_a_client_that_says_that_it_goes_sees_the_connection_closed_and_not_reset(rig: ServiceRig) -> None:
    ping = frame(PING, 0, 0, bytes(8))
    for _ in range(30):
        with socket.create_connection(("127.0.0.1", rig.server.port), timeout=20) as client:
            client.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(GOAWAY, 0, 0, bytes(8)))
            client.sendall(ping)
            while client.recv(1000):
                pass  # A reset would raise.


@pytest.mark.parametrize("skipped", [1, 1500])
def test_a_number_that_was_skipped_cannot_be_used_later(browser: Browser, skipped: int) -> None:
    browser.skip(skipped)
    number = browser.ask("GET")
    eventually(lambda: browser.frames[DATA] == 2, "no answer")
    browser.again(number - 2)
    assert browser.error() == PROTOCOL_ERROR


def test_numbers_of_long_ago_are_let_pass(browser: Browser) -> None:
    first = browser.ask("HEAD")
    for count in range(1, 1101):
        last = browser.ask("HEAD")
        if not count % 100:  # Of those at once there is a limit.
            eventually(lambda count=count: browser.frames[HEADERS] == count + 1, "answers")  # type: ignore[misc]
    browser.again(first)
    assert browser.lives()
    browser.again(last)
    assert browser.error() == STREAM_CLOSED
