"""HTTP/1.1 on one connection: answers of every framing, what ends a connection, and bounds that no header moves."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException

import pytest

from server.network.dial import Deadline, connect
from server.network.http_stream import Answer, HttpStream, StaleError

from .raw_server import Peer, raw_server

MOST = 1000
PACKED = gzip.compress(b"packed", mtime=0)
BOMB = gzip.compress(b"0" * 1_000_000, mtime=0)


def leave(_peer: Peer) -> None:
    """Ends the connection."""


@contextmanager
def talking(*answers: bytes, after: Callable[[Peer], object] = lambda peer: peer.stop.wait(60)) -> Iterator[HttpStream]:
    """A stream to a server that gives these answers, one to a request, and then does something else."""

    def behave(peer: Peer) -> None:
        for answer in answers:
            peer.request()
            peer.send(answer)
        after(peer)

    with raw_server(behave) as port:
        stream = HttpStream(connect("127.0.0.1", port, Deadline(20)), MOST)
        yield stream
        stream.close()


def ask(stream: HttpStream, method: str = "GET") -> Answer:
    return stream.ask(method, "/x", {"Host": "h"}, Deadline(20))


@pytest.mark.parametrize(
    ("answer", "body", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", b"body", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n", b"body", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody", b"body", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (
            b"HTTP/1.1 200 OK\r\ncontent-encoding: GZIP\r\nContent-Length: %d\r\n\r\n%s" % (len(PACKED), PACKED),
            b"packed",
            True,
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodymore", b"body", False),
    ],
)
def test_answers(answer: bytes, body: bytes, kept: bool) -> None:
    with talking(answer) as stream:
        found = ask(stream)
        assert found.body == body
        assert stream.usable is kept


def test_an_answer_that_ends_with_the_connection() -> None:
    with talking(b"HTTP/1.1 200 OK\r\n\r\nbody", after=leave) as stream:
        assert ask(stream).body == b"body"
        assert not stream.usable


def test_requests_follow_one_another_and_headers_are_found_in_any_spelling() -> None:
    answer = b"HTTP/1.1 %d X\r\nX-Used: 7\r\nContent-Length: 0\r\n\r\n"
    with talking(answer % 200, answer % 429) as stream:
        first, second = ask(stream), ask(stream, "POST")
        assert (first.status, second.status) == (200, 429)
        assert second.headers["x-used"] == "7"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"0" * 2000, "longer than 1000 bytes"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + b"0" * 2000 + b"\r\n0\r\n\r\n",
            "longer than 1000 bytes",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(BOMB), BOMB),
            "longer than 1000 bytes",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbody",
            "not compressed as its headers state",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"
            % (len(PACKED) - 4, PACKED[:-4]),
            "ended before its end",
        ),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "headers"),
        (b"SSH-2.0-OpenSSH\r\n", "SSH"),
    ],
)
def test_answers_that_are_none_close_the_connection(answer: bytes, words: str) -> None:
    with talking(answer) as stream:
        with pytest.raises(HTTPException, match=words):
            ask(stream)
        assert not stream.usable


def test_an_answer_that_breaks_off() -> None:
    with talking(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody", after=leave) as stream:
        with pytest.raises((OSError, HTTPException)):
            ask(stream)
        assert not stream.usable


def test_a_word_unasked_makes_a_connection_useless() -> None:
    said = threading.Event()

    def speak(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        said.set()
        peer.stop.wait(60)

    with talking(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", after=speak) as stream:
        ask(stream)
        assert said.wait(20)
        assert not stream.usable


def test_a_connection_that_ended_meanwhile_is_stale() -> None:
    """The second request reached nobody: it may be sent again. The first one would not be known to be lost."""
    with talking(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", after=lambda peer: peer.request()) as stream:
        ask(stream)
        with pytest.raises(StaleError):
            ask(stream)
    with talking(after=lambda peer: peer.request()) as stream:
        with pytest.raises(OSError) as caught:
            ask(stream)
        assert not isinstance(caught.value, StaleError)
