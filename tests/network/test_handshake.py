"""Opening a websocket to a venue that answers anything: bounded, never redirected, credentials never shown."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from email.utils import formatdate

import pytest

from server.connection.websocket import ExchangeSocket, SocketOptions
from server.errors import OnebookError, RefusedError, ThrottledError, UnreachableError
from server.network.retry_after import DEFAULT, MOST, retry_after

from ..connection.test_websocket_frames import frame
from .raw_server import Peer, raw_server


def opening(behave: Callable[[Peer], None], timeout: float = 30.0, path: str = "/") -> BaseException:
    """What opening a websocket to this raises, and no later than it may."""
    began = time.monotonic()
    with raw_server(behave) as port, pytest.raises(OnebookError) as caught:
        ExchangeSocket(f"ws://127.0.0.1:{port}{path}", SocketOptions(connect_timeout=timeout))
    assert time.monotonic() - began < timeout + 10.0
    return caught.value


def answering(answer: bytes) -> Callable[[Peer], None]:
    def behave(peer: Peer) -> None:
        peer.request()
        peer.send(answer)

    return behave


def test_an_answer_that_trickles_ends_at_the_deadline() -> None:
    def behave(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nX: ")
        peer.drip(b"a", 0.05)

    assert "not done within 0.5 s" in str(opening(behave, timeout=0.5))


def test_an_endless_head_is_not_kept() -> None:
    def behave(peer: Peer) -> None:
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\n")
        peer.drip(b"X: " + b"a" * 8000 + b"\r\n", 0.0)

    assert "head is longer than" in str(opening(behave))


@pytest.mark.parametrize(
    "answer",
    [
        b"\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 \xb2\xb2\xb2 x\r\n\r\n",
        b"HTTP/1.1 99999999999999999999 x\r\n\r\n",
        b"HTTP/1.1 101 x\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 101 x\r\n\r\n",
        b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\xff" * 100 + b"\r\n\r\n",
    ],
)
def test_any_other_answer_is_unreachable(answer: bytes) -> None:
    assert isinstance(opening(answering(answer)), UnreachableError)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["ws", "wss", "http"])
def test_redirects_are_errors_that_name_the_target(status: int, scheme: str) -> None:
    reached = []
    with raw_server(lambda peer: reached.append(peer.request())) as other:
        target = f"{scheme}://user:secret@127.0.0.1:{other}/else?token=secret"
        error = opening(answering(f"HTTP/1.1 {status} Moved\r\nLocation: {target}\r\n\r\n".encode()))
    assert f"redirects are not followed (to {scheme}://127.0.0.1:{other})" in str(error)
    assert "secret" not in str(error)
    assert not reached


# What a Retry-After may say, with an answer of 429, and the seconds that are waited.
ODD_WAITS = [
    ("9", 9.0),
    ("0", 0.0),
    ("1000000000", MOST[429]),
    ("100000000000", MOST[429]),
    ("9" * 5000, MOST[429]),
    ("\u00b2", DEFAULT[429]),
    ("\u0669", DEFAULT[429]),
    ("1_0", DEFAULT[429]),
    ("-5", DEFAULT[429]),
    ("1e9", DEFAULT[429]),
    ("inf", DEFAULT[429]),
    ("nan", DEFAULT[429]),
    ("", DEFAULT[429]),
    ("x" * 5000, DEFAULT[429]),
    ("Fri, 31 Dec 9999 23:59:59 GMT", MOST[429]),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ("Mon, 99 Foo 99999 99:99:99 GMT", DEFAULT[429]),
]


@pytest.mark.parametrize(("text", "wait"), ODD_WAITS, ids=lambda value: repr(value)[:20])
def test_any_wait_is_bounded(text: str, wait: float) -> None:
    head = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: " + text.encode("utf-8") + b"\r\n\r\n"
    error = opening(answering(head))
    assert isinstance(error, ThrottledError)
    assert error.retry_after == wait
    assert not error.banned


@pytest.mark.parametrize("status", [418, 429, 503])
def test_waits_of_every_status_are_capped(status: int) -> None:
    error = opening(answering(f"HTTP/1.1 {status} No\r\nRetry-After: 1000000000\r\n\r\n".encode()))
    assert isinstance(error, ThrottledError)
    assert error.retry_after == MOST[status]
    assert error.banned == (status == 418)
    assert retry_after(formatdate(time.time() + 30, usegmt=True), status) <= 30


def test_credentials_of_the_address_are_used_and_never_shown() -> None:
    requests: list[bytes] = []

    def behave(peer: Peer) -> None:
        requests.append(peer.upgrade())
        peer.send(frame(b"hello"))
        peer.stop.wait()

    with raw_server(behave) as port:
        with ExchangeSocket(f"ws://me:s%40cret@127.0.0.1:{port}/x?y=1", SocketOptions()) as channel:
            message = channel.receive(30.0)
            assert message is not None
            assert message[0] == b"hello"
            assert channel.url == f"ws://***@127.0.0.1:{port}/x?y=1"
    head = requests[0]
    assert head.startswith(b"GET /x?y=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{port}\r\n".encode() in head
    assert b"Authorization: Basic " + b64encode(b"me:s@cret") in head
    with raw_server(answering(b"HTTP/1.1 403 No\r\n\r\n")) as port, pytest.raises(RefusedError) as caught:
        ExchangeSocket(f"ws://me:s%40cret@127.0.0.1:{port}/", SocketOptions())
    assert "cret" not in str(caught.value)
    with pytest.raises(UnreachableError) as unreachable:
        ExchangeSocket("ws://me:s%40cret@127.0.0.1:9/", SocketOptions())
    assert "cret" not in str(unreachable.value)


def test_cookies_are_not_kept() -> None:
    requests: list[bytes] = []

    def behave(peer: Peer) -> None:
        requests.append(peer.request())
        peer.send(b"HTTP/1.1 500 No\r\nSet-Cookie: a=b; domain=127.0.0.1\r\n\r\n")

    with raw_server(behave) as port:
        for _ in range(2):
            with pytest.raises(UnreachableError):
                ExchangeSocket(f"ws://127.0.0.1:{port}/", SocketOptions())
    assert len(requests) == 2
    assert b"cookie" not in b"".join(requests).lower()
