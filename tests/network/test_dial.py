"""Byte streams: one deadline for all of it, sockets that are closed on every failure, and certificates that count."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from server.causes import SpeaksNoTlsError
from server.network import dial
from server.network.dial import (
    CUT_OFF,
    MAX_HEAD,
    Deadline,
    basic_authorization,
    connect,
    open_stream,
    port_of,
    read_head,
)

from .raw_server import Peer, raw_server


def silent(peer: Peer) -> None:
    peer.stop.wait(60)


def test_a_deadline_is_a_moment() -> None:
    deadline = Deadline(60)
    assert 50 < deadline.left() <= 60
    passed = Deadline(0)
    with pytest.raises(TimeoutError, match="not done within 0 s"):
        passed.left()


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("ws://a", 80),
        ("https://a", 443),
        ("wss://a:7", 7),
        ("socks5h://a", 1080),
        ("http://[::1]:9", 9),
    ],
)
def test_ports(url: str, port: int) -> None:
    assert port_of(urlsplit(url)) == port


def test_a_port_that_is_none() -> None:
    with pytest.raises(ValueError, match="[Pp]ort"):
        port_of(urlsplit("http://a:99999"))


@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("http://a", ""),
        ("http://user@a", "Basic dXNlcjo="),
        ("http://us%40er:p%3Aw@a", "Basic dXNAZXI6cDp3"),
    ],
)
def test_credentials_of_an_address(url: str, header: str) -> None:
    assert basic_authorization(urlsplit(url)) == header


def test_a_connection_is_kept_alive_and_without_delay() -> None:
    with raw_server(silent) as port, connect("127.0.0.1", port, Deadline(20)) as stream:
        assert stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert stream.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        connect("127.0.0.1", port, Deadline(20))


def test_the_head_of_an_answer_and_what_came_behind_it() -> None:
    def behave(peer: Peer) -> None:
        for part in (b"HTTP/1.1 200 OK\r\nA: b\r", b"\n\r", b"\nbody"):
            peer.send(part)
        peer.stop.wait(60)

    with raw_server(behave) as port, connect("127.0.0.1", port, Deadline(20)) as stream:
        head, rest = read_head(stream, Deadline(20))
        assert head == b"HTTP/1.1 200 OK\r\nA: b"
        while len(rest) < 4:
            rest += stream.recv(10)
        assert rest == b"body"


def test_a_head_without_an_end() -> None:
    with raw_server(lambda peer: peer.send(b"x" * (MAX_HEAD + 8192))) as port:
        with connect("127.0.0.1", port, Deadline(20)) as stream:
            with pytest.raises(OSError, match=f"longer than {MAX_HEAD} bytes"):
                read_head(stream, Deadline(20))


def test_a_head_that_breaks_off() -> None:
    with raw_server(lambda peer: peer.send(b"HTTP/1.1 200")) as port:
        with connect("127.0.0.1", port, Deadline(20)) as stream:
            with pytest.raises(ConnectionResetError):
                read_head(stream, Deadline(20))


def test_bytes_that_drip_do_not_move_the_deadline() -> None:
    with raw_server(lambda peer: peer.drip(b"x", 0.01)) as port:
        with connect("127.0.0.1", port, Deadline(20)) as stream:
            began = time.monotonic()
            with pytest.raises(TimeoutError):
                read_head(stream, Deadline(0.3))
            assert time.monotonic() - began < 20


def test_tls_is_verified_and_a_failure_closes_the_socket(recwarn: pytest.WarningsRecorder) -> None:
    """A server that speaks no TLS: the error says so, and no socket is left for the garbage collector to warn of."""
    with raw_server(lambda peer: peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        with pytest.raises(SpeaksNoTlsError):
            open_stream(f"https://127.0.0.1:{port}", None, Deadline(20))
    assert not [warning for warning in recwarn if issubclass(warning.category, ResourceWarning)]


@pytest.mark.parametrize("error", [*CUT_OFF, ssl.SSLError])
def test_an_end_within_a_handshake_is_said_in_the_same_words_by_every_python(
    error: type[OSError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which of these errors comes hangs on the version of Python: here each is made to come."""

    made: Any = error("an end")
    made.reason = ""  # OpenSSL's word, which errors that Python makes have as well.

    class Context:
        def wrap_socket(self, *_: object, **__: object) -> socket.socket:
            raise made

    monkeypatch.setattr(dial, "_tls", lambda _bundle: Context())
    words = "cut off: does the port speak TLS?" if error in CUT_OFF else "an end"
    with raw_server(lambda _peer: None) as port:
        with pytest.raises(ConnectionResetError if error in CUT_OFF else error, match=words):
            open_stream(f"wss://127.0.0.1:{port}", None, Deadline(20))
