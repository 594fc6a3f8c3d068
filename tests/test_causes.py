"""Real connections that fail in every way: their errors show the cause, and say what to do about TLS mix-ups."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from server.causes import Cause, cause_of
from server.connection.websocket import ExchangeSocket, SocketOptions
from server.errors import RefusedError, ThrottledError, UnreachableError, VenueError
from server.network.rest_client import RestClient
from server.protocol.rest_request import RestRequest
from server.venues import VENUES

LIMITS = next(iter(VENUES.values())).LIMITS
Serve = Callable[[socket.socket], None]
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")


@contextmanager
def listening(serve: Serve) -> Iterator[int]:
    """A port whose connections are served one after another."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def run() -> None:
            while not stop.is_set():
                with suppress(OSError):
                    connection, _ = server.accept()
                    with connection, suppress(OSError, ssl.SSLError):
                        connection.settimeout(5)
                        serve(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        stop.set()
        thread.join(10)


def by_rest(url: str, timeout: float = 5.0) -> VenueError:
    client = RestClient(url.replace("ws", "http", 1), LIMITS)
    try:
        with pytest.raises(VenueError) as caught:
            client.get(RestRequest("/", timeout=timeout), threading.Event())
    finally:
        client.close()
    return caught.value


def by_websocket(url: str, timeout: float = 5.0) -> VenueError:
    with pytest.raises(VenueError) as caught:
        ExchangeSocket(url, SocketOptions(connect_timeout=timeout))
    return caught.value


WAYS = pytest.mark.parametrize("way", [by_rest, by_websocket])
Way = Callable[..., VenueError]


@WAYS
def test_closed_and_unknown(way: Way) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert cause_of(way(f"ws://127.0.0.1:{port}")) is Cause.CLOSED
    assert cause_of(way("ws://no-such-host.invalid:1")) is Cause.NAME


@WAYS
def test_silence(way: Way) -> None:
    def wait(_connection: socket.socket) -> None:
        threading.Event().wait(1.0)

    with listening(wait) as port:
        assert cause_of(way(f"ws://127.0.0.1:{port}", 0.3)) is Cause.SILENT


def hang_up(connection: socket.socket) -> None:
    connection.recv(4096)


@WAYS
def test_cut_off_suggests_tls(way: Way) -> None:
    with listening(hang_up) as port:
        error = way(f"ws://127.0.0.1:{port}")
    assert cause_of(error) is Cause.CUT
    assert "wss:// or https://" in str(error)


@WAYS
def test_a_plain_port_at_a_tls_address(way: Way) -> None:
    def plain(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with listening(plain) as port:
        error = way(f"wss://127.0.0.1:{port}")
    assert cause_of(error) is Cause.NO_TLS
    assert "the port does not speak TLS: the address must begin with ws:// or http://" in str(error)
    with listening(hang_up) as port:
        error = way(f"wss://127.0.0.1:{port}")
    assert cause_of(error) is Cause.CUT
    assert "does the port speak TLS?" in str(error)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    folder: Path = tmp_path_factory.mktemp("pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x",
         "-keyout", "k.pem", "-out", "c.pem"], cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "c.pem", folder / "k.pem")
    return context


@needs_openssl
@WAYS
def test_a_tls_port_at_a_plain_address(way: Way, secured: ssl.SSLContext) -> None:
    def serve(connection: socket.socket) -> None:
        secured.wrap_socket(connection, server_side=True).close()

    with listening(serve) as port:
        error = way(f"ws://127.0.0.1:{port}")
    assert cause_of(error) in (Cause.TLS, Cause.CUT), "alert or silence, as its library does"
    assert "https://" in str(error)


@WAYS
@pytest.mark.parametrize("answer", [b"\x15\x03\x01\x00\x02\x02\x46", b"\x15\x03\x01\x00\x02\x02\x46" * 4])
def test_a_tls_alert(way: Way, answer: bytes) -> None:
    def alert(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)

    with listening(alert) as port:
        error = way(f"ws://127.0.0.1:{port}")
    assert cause_of(error) is Cause.TLS
    assert "the port speaks TLS" in str(error)


@needs_openssl
@WAYS
def test_a_certificate_that_nobody_signed(way: Way, secured: ssl.SSLContext) -> None:
    def serve(connection: socket.socket) -> None:
        secured.wrap_socket(connection, server_side=True).close()

    with listening(serve) as port:
        error = way(f"wss://127.0.0.1:{port}")
    assert cause_of(error) is Cause.UNTRUSTED


@WAYS
@pytest.mark.parametrize("status", [401, 403, 451])
def test_turned_away(way: Way, status: int) -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)

    with listening(refuse) as port:
        assert cause_of(way(f"ws://127.0.0.1:{port}")) is Cause.TURNED_AWAY


def test_errors_without_a_cause_of_their_own() -> None:
    assert cause_of(ThrottledError("slow", 1.0)) is Cause.THROTTLED
    assert cause_of(RefusedError("no")) is Cause.TURNED_AWAY
    assert cause_of(UnreachableError("hm")) is Cause.OTHER
    assert cause_of(ssl.SSLEOFError("an end")) is cause_of(ssl.SSLZeroReturnError("an end")) is Cause.CUT
    made = UnreachableError("x")
    made.__cause__ = OSError(101, "Network is unreachable")
    assert cause_of(made) is Cause.NETWORK
