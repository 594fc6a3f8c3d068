"""Connections that take too much, over real sockets: slow, large, malformed, too many; the others are unharmed."""

from __future__ import annotations

import socket
import time

import pytest

from onebook.v1 import market_data_pb2 as pb
from server.quotas import Quota
from server.transport.http import connection_limits
from server.transport.http.connection_limits import MOST_HEADER_BYTES, limited, peer_name
from server.transport.http.http_counters import HttpCounters
from server.transport.limits import MAX_REQUEST_BYTES
from server.transport.peers import peer
from tests.waiting import eventually

from .http_rig import GET_BOOK, SECONDS, HttpRig, read_all

HEAD = f"POST {GET_BOOK} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n".encode()


def statuses(found: bytes) -> list[int]:
    return [int(part.split(b" ", 1)[0]) for part in found.split(b"HTTP/1.1 ")[1:]]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_limits, "REQUEST_WITHIN", 0.3)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /health HTTP/1.1\r\nhost: localhost\r\nx: ",
        HEAD + b"content-length: 100\r\n\r\n{",
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{",
        b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\nGET /health HTTP/1.1\r\n",
    ],
)
def test_what_does_not_arrive_in_time(web: HttpRig, hurried: None, sent: bytes) -> None:
    found = web.raw(sent)
    assert statuses(found)[-1] == 408
    assert b"connection: close" in found
    assert web.get("/health").status == 200


def test_a_connection_without_a_request_is_closed_without_a_word(web: HttpRig, hurried: None) -> None:
    assert web.raw() == b""


def test_a_request_that_drips_has_no_more_time(web: HttpRig, hurried: None) -> None:
    with socket.create_connection(("127.0.0.1", web.server.port), timeout=SECONDS) as link:
        link.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n")
        link.settimeout(0.02)
        found = b""
        while not found:
            try:
                link.sendall(b"x: y\r\n")
                found = link.recv(1000)
            except TimeoutError:
                continue
        assert statuses(found) == [408]


def test_headers_that_are_too_large(web: HttpRig) -> None:
    piece = b"x: " + b"y" * 1000 + b"\r\n"
    many = [piece] * (MOST_HEADER_BYTES // len(piece) + 1)
    assert statuses(web.raw(b"GET /health HTTP/1.1\r\nhost: localhost\r\n", *many)) in ([431], [])
    assert statuses(web.raw(b"GET /" + b"a" * (MOST_HEADER_BYTES + 1))) in ([431], [])
    assert web.get("/health").status == 200


@pytest.mark.parametrize("chunk", [b"1;" + b"x" * 4000 + b"\r\n \r\n", b"0001\r\n \r\n" * 500])
def test_chunks_that_are_little_but_their_lengths(web: HttpRig, chunk: bytes) -> None:
    """A body of few bytes, of which many come."""
    many = [chunk] * (16 * MAX_REQUEST_BYTES // len(chunk))
    assert statuses(web.raw(HEAD + b"transfer-encoding: chunked\r\n\r\n", *many)) in ([413], [])
    few = b"".join([b"2\r\n{}\r\n", *[b"1;" + b"x" * 4000 + b"\r\n \r\n"] * 10, b"0\r\n\r\n"])
    head = HEAD + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    assert statuses(web.raw(head, few)) == [200]


def test_a_body_that_is_too_large(web: HttpRig) -> None:
    size = MAX_REQUEST_BYTES + 1
    whole = web.raw(HEAD + f"content-length: {size}\r\n\r\n".encode(), b" " * size)
    chunk = b"1000\r\n" + b" " * 4096 + b"\r\n"
    chunked = web.raw(HEAD + b"transfer-encoding: chunked\r\n\r\n", *[chunk] * (MAX_REQUEST_BYTES // 4096 + 2))
    assert statuses(whole) in ([413], [])
    assert statuses(chunked) in ([413], [])
    most = web.call(GET_BOOK, b"{}" + b" " * (MAX_REQUEST_BYTES - 2))
    assert most.status == 200


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\n\r\n",
        HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        HEAD + b"transfer-encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"content-length: +2\r\n\r\n{}",
        HEAD + b"content-length: 2 \x0b\r\n\r\n{}",
        HEAD + b"x\x00y: 1\r\n\r\n",
        HEAD + b"content-length : 2\r\n\r\n{}",
        b"GET /health HTTP/9.9\r\nhost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_request_is_refused_and_closes(web: HttpRig, sent: bytes) -> None:
    """Nothing behind a request of two meanings is read as another one."""
    found = web.raw(sent)
    assert statuses(found) == [400]
    assert web.get("/health").status == 200


def test_requests_behind_one_another_are_answered_in_order(web: HttpRig) -> None:
    one = b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n"
    last = b"GET /nothing HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    assert statuses(web.raw(one * 5 + last)) == [200] * 5 + [404]


def test_too_many_requests_behind_one_another_end_the_connection(
    web: HttpRig, caplog: pytest.LogCaptureFixture
) -> None:
    one = HEAD + b"content-length: 2\r\n\r\n{}"
    for _ in range(20):
        assert len(statuses(web.raw(one * 200))) < 200
    assert "Exception in ASGI application" not in caplog.text, "the answer under way ends without a word"
    assert web.get("/health").status == 200


def test_connections_are_counted_and_given_back() -> None:
    rig = HttpRig()
    try:
        quota = rig.server.connections
        quota.total = 2
        kept = [socket.create_connection(("127.0.0.1", rig.server.port)) for _ in range(2)]
        eventually(lambda: len(quota) == 2)
        found = rig.raw(b"")
        assert statuses(found) == [503]
        assert b"at most 2 connections of HTTP" in found
        for each in kept:
            each.close()
        eventually(lambda: len(quota) == 0)
        assert rig.get("/health").status == 200
    finally:
        rig.close()


def test_who_does_not_read_an_answer_is_cut(web: HttpRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_limits, "CLIENT_WITHIN", 0.3)
    one = HEAD.replace(b"GetBook", b"ListVenues") + b"content-length: 2\r\n\r\n{}"
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.connect(("127.0.0.1", web.server.port))
        link.settimeout(0.2)
        deadline = time.monotonic() + SECONDS
        try:
            while time.monotonic() < deadline:
                try:
                    link.sendall(one)
                except TimeoutError:
                    continue
        except OSError:
            pass
        assert time.monotonic() < deadline, "the server keeps who does not read"
    assert web.get("/health").status == 200


def test_a_client_that_leaves_in_the_middle_costs_nothing(web: HttpRig) -> None:
    for sent in (b"GET /he", HEAD + b"content-length: 100\r\n\r\n{", HEAD + b"content-length: 2\r\n\r\n{}"):
        socket.create_connection(("127.0.0.1", web.server.port)).close()
        with socket.create_connection(("127.0.0.1", web.server.port)) as link:
            link.sendall(sent)
    assert web.get("/health").status == 200


def test_a_connection_serves_many_requests(web: HttpRig) -> None:
    with socket.create_connection(("127.0.0.1", web.server.port), timeout=SECONDS) as link:
        for _ in range(20):
            link.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
            found = b""
            while b'"serving"' not in found:
                piece = link.recv(65536)
                assert piece, "the server has closed"
                found += piece
        link.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        assert b'"serving"' in read_all(link)


def test_peers_are_named_as_grpc_names_them() -> None:
    assert peer_name(("10.1.2.3", 5)) == "ipv4:10.1.2.3:5"
    assert peer(peer_name(("10.1.2.3", 5))).address == "10.1.2.3"
    assert peer(peer_name(("2001:db8::1", 5))).address == "2001:db8::/64"
    assert peer(peer_name(("127.0.0.1", 5))).address == ""
    assert peer_name(None) == "unix:"
    quota = Quota("connections", "connections", 1, 1.0)
    assert limited(quota, HttpCounters()).quota is quota


def test_others_are_served_while_many_connections_are_held(web: HttpRig) -> None:
    held = [socket.create_connection(("127.0.0.1", web.server.port)) for _ in range(100)]
    try:
        for number, link in enumerate(held):
            link.sendall((b"GET /he", HEAD + b"content-length: 9\r\n\r\n{", b"")[number % 3])
        for _ in range(20):
            assert web.get("/health").status == 200
            assert web.call(GET_BOOK, {"market": "BTC/USDT"}).status == 200
            answer = web.rig.stub.GetBook(pb.GetBookRequest(market="BTC/USDT"), timeout=SECONDS)
            assert len(answer.book.bids) == 2, "gRPC does not notice"
    finally:
        for link in held:
            link.close()
