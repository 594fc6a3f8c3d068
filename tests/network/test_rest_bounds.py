"""REST of a venue that answers anything: every request ends on time; nothing is followed, kept or shown."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from server.errors import OnebookError, ThrottledError, UnreachableError, VenueError
from server.network.rest_client import RestClient
from server.network.retry_after import MOST
from server.protocol.rest_request import RestRequest

from .raw_server import Peer, raw_server
from .test_handshake import ODD_WAITS, answering
from .test_rest_client import LIMITS

pytestmark = pytest.mark.slow

OK = b"HTTP/1.1 200 OK\r\n"


def get(port: int, timeout: float = 30.0, address: str = "http://127.0.0.1:{port}") -> bytes:
    client = RestClient(address.format(port=port), LIMITS)
    try:
        return client.get(RestRequest("/x", timeout=timeout), threading.Event())
    finally:
        client.close()


def failure(behave: Callable[[Peer], None], timeout: float = 30.0) -> OnebookError:
    with raw_server(behave) as port, pytest.raises(OnebookError) as caught:
        get(port, timeout)
    return caught.value


def drip(head: bytes, piece: bytes) -> Callable[[Peer], None]:
    def behave(peer: Peer) -> None:
        peer.request()
        peer.send(head)
        peer.drip(piece, 0.05)

    return behave


@pytest.mark.parametrize(
    "behave",
    [
        drip(b"", b"H"),
        drip(OK + b"X-A: ", b"a"),
        drip(OK, b"X-A: a\r\n"),
        drip(OK + b"Content-Length: 1000000\r\n\r\n", b" "),
        drip(OK + b"\r\n", b" "),
        drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        drip(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"T: t\r\n"),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        lambda peer: peer.stop.wait() and None,
    ],
    ids=["status", "header", "headers", "body", "endless", "chunks", "chunk-size", "trailers", "continue", "nothing"],
)
def test_a_request_ends_at_its_timeout_whatever_comes(behave: Callable[[Peer], None]) -> None:
    began = time.monotonic()
    error = failure(behave, timeout=0.5)
    assert time.monotonic() - began < 10.0
    assert isinstance(error, UnreachableError)
    assert "not done within 0.5 s" in str(error) or "more than 100 headers" in str(error)


def test_the_next_request_after_a_slow_one_is_answered() -> None:
    """The case: one answer at a byte a second, and no further request was ever made."""
    slow = [True]

    def behave(peer: Peer) -> None:
        peer.request()
        if slow.pop() if slow else False:
            peer.send(OK + b"Content-Length: 99\r\n\r\n")
            peer.drip(b" ", 0.05)
        peer.send(OK + b"Content-Length: 2\r\n\r\nok")

    with raw_server(behave) as port:
        client = RestClient(f"http://127.0.0.1:{port}", LIMITS)
        with pytest.raises(UnreachableError):
            client.get(RestRequest("/x", timeout=0.3), threading.Event())
        assert client.get(RestRequest("/x", timeout=30.0), threading.Event()) == b"ok"
        client.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (OK + b"X: y\r\n" * 200 + b"\r\n", "100 headers"),
        (OK + b"X: " + b"y" * 100_000 + b"\r\n\r\n", "header line"),
        (OK + b"Content-Length: 100\r\n\r\nshort", "before its end"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", ""),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab", ""),
        (OK + b"Content-Encoding: gzip\r\n\r\nnot packed", "not compressed as its headers state"),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 1000, mtime=0)[:-9], "before its end"),
        (b"\r\n\r\n\r\n", ""),
        (b"HTTP/1.1 \xb2\xb2\xb2 OK\r\n\r\n", ""),
        (b"HTTP/9.9 200 OK\r\n\r\n", ""),
        (b"", ""),
    ],
)
def test_broken_answers_are_unreachable(answer: bytes, reason: str) -> None:
    error = failure(answering(answer))
    assert isinstance(error, UnreachableError)
    assert reason in str(error)


@pytest.mark.parametrize(
    "head", [b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b"Transfer-Encoding: chunked\r\n\r\n"]
)
def test_endless_bodies_are_bounded(head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.network.rest_client.MAX_BODY", 1 << 20)
    piece = b" " * (1 << 16)
    if head.endswith(b"chunked\r\n\r\n"):
        piece = b"10000\r\n" + piece + b"\r\n"
    assert "the answer is longer than" in str(failure(drip(OK + head, piece)))


@pytest.mark.slow
def test_packed_bodies_are_bounded_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.network.rest_client.MAX_BODY", 1 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b" " * (1 << 28)) + packer.flush()
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    assert "the answer is longer than" in str(failure(answering(head + bomb)))


def test_packed_and_chunked_bodies_are_read() -> None:
    body = gzip.compress(b'{"bids":[]}')
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:])) + b"0\r\n\r\n"
    for head, sent in ((b"Content-Length: %d\r\n" % len(body), body), (b"Transfer-Encoding: chunked\r\n", chunked)):
        with raw_server(answering(OK + head + b"Content-Encoding: gzip\r\n\r\n" + sent)) as port:
            assert get(port) == b'{"bids":[]}'


def test_connections_are_kept_and_opened_anew_when_the_venue_has_closed_them() -> None:
    opened: list[int] = []

    def behave(peer: Peer) -> None:
        opened.append(0)
        for _ in range(2):
            peer.request()
            peer.send(OK + b"Content-Length: 1\r\n\r\na")

    with raw_server(behave) as port:
        client = RestClient(f"http://127.0.0.1:{port}", LIMITS)
        assert [client.get(RestRequest("/x"), threading.Event()) for _ in range(5)] == [b"a"] * 5
        client.close()
    assert len(opened) == 3


def test_what_comes_behind_an_answer_is_no_answer_to_the_next_request() -> None:
    def behave(peer: Peer) -> None:
        peer.request()
        peer.send(OK + b"Content-Length: 1\r\n\r\na" + OK + b"Content-Length: 5\r\n\r\nWRONG")
        peer.stop.wait()

    with raw_server(behave) as port:
        client = RestClient(f"http://127.0.0.1:{port}", LIMITS)
        assert [client.get(RestRequest("/x"), threading.Event()) for _ in range(3)] == [b"a"] * 3
        client.close()


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_redirects_are_errors_that_name_the_target(status: int, scheme: str) -> None:
    reached = []
    with raw_server(lambda peer: reached.append(peer.request())) as other:
        target = f"{scheme}://user:secret@127.0.0.1:{other}/else?token=secret"
        error = failure(answering(f"HTTP/1.1 {status} M\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()))
    assert f"redirects are not followed (to {scheme}://127.0.0.1:{other})" in str(error)
    assert "secret" not in str(error)
    assert not reached


@pytest.mark.parametrize(("text", "wait"), ODD_WAITS, ids=lambda value: repr(value)[:20])
def test_any_wait_is_bounded(text: str, wait: float) -> None:
    error = failure(answering(b"HTTP/1.1 429 No\r\nRetry-After: " + text.encode() + b"\r\nContent-Length: 0\r\n\r\n"))
    assert isinstance(error, ThrottledError)
    assert error.retry_after == wait


@pytest.mark.parametrize("status", [418, 429, 503])
def test_waits_of_every_status_are_capped_and_hold_the_budget(status: int) -> None:
    head = f"HTTP/1.1 {status} No\r\nRetry-After: 1000000000\r\nContent-Length: 0\r\n\r\n".encode()
    with raw_server(answering(head)) as port:
        client = RestClient(f"http://127.0.0.1:{port}", LIMITS)
        with pytest.raises(ThrottledError) as caught:
            client.get(RestRequest("/x"), threading.Event())
        client.close()
    assert caught.value.retry_after == MOST[status]
    assert MOST[status] - 30 < client.budget.delay(1) <= MOST[status]


@pytest.mark.parametrize("used", ["\u00b2", "9" * 5000, "-1", "1e9", "nan", "", "1_0", "999999999999"])
def test_any_count_of_used_weight_is_survived(used: str) -> None:
    with raw_server(answering(OK + b"X-Used: " + used.encode() + b"\r\nContent-Length: 2\r\n\r\nok")) as port:
        client = RestClient(f"http://127.0.0.1:{port}", replace(LIMITS, rest_seconds=5.0))
        assert client.get(RestRequest("/x"), threading.Event()) == b"ok"
        assert client.budget.delay(1) <= 5.0
        client.close()


def test_credentials_are_used_and_never_shown() -> None:
    requests: list[bytes] = []

    def behave(peer: Peer) -> None:
        requests.append(peer.request())
        peer.send(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")

    with raw_server(behave) as port, pytest.raises(VenueError) as caught:
        get(port, address="http://me:s%40cret@127.0.0.1:{port}/v1")
    assert b"Authorization: Basic " + b64encode(b"me:s@cret") in requests[0]
    assert requests[0].startswith(b"GET /v1/x HTTP/1.1\r\n")
    with pytest.raises(UnreachableError) as unreachable:
        get(9, address="http://me:s%40cret@127.0.0.1:{port}")
    assert "cret" not in f"{caught.value}{unreachable.value}"


def test_netrc_is_not_sent_and_cookies_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\ndefault login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text(netrc.read_text())
    (tmp_path / ".netrc").chmod(0o600)
    requests: list[bytes] = []

    def behave(peer: Peer) -> None:
        for _ in range(2):
            requests.append(peer.request())
            peer.send(OK + b"Set-Cookie: a=b; path=/\r\nContent-Length: 1\r\n\r\na")

    with raw_server(behave) as port:
        client = RestClient(f"http://127.0.0.1:{port}", LIMITS)
        for _ in range(2):
            client.get(RestRequest("/x"), threading.Event())
        client.close()
    sent = b"".join(requests).lower()
    assert len(requests) == 2
    assert b"authorization" not in sent
    assert b"cookie" not in sent
