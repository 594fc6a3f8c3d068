"""The port of HTTP by itself: bound or refused in one line, beside gRPC, with TLS, and closed in order."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
from pathlib import Path

import pytest
import uvicorn

from server.api.access import Access
from server.api.streams import Streams
from server.errors import ConfigError
from server.market.readiness import DEFAULT
from server.transport.addresses import addresses
from server.transport.http.http_server import HttpServer
from server.transport.tls import Tls
from tests.transport.test_tls import make, tls
from tests.waiting import eventually

from .http_rig import GET_BOOK, HttpRig


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} on 127.0.0.1 could not be bound; is another server"):
            HttpServer([], Streams(1), Access(), "127.0.0.1", port)


def test_localhost_is_both_of_its_addresses() -> None:
    server = HttpServer([], Streams(1), Access(), "localhost", 0)
    server.start()
    try:
        for host in addresses("localhost"):
            connection = http.client.HTTPConnection(host, server.port, timeout=60)
            connection.request("GET", "/health")
            assert connection.getresponse().read() == b'{"status": "serving"}\n'
            connection.close()
    finally:
        server.stop(0.1)


def test_health_follows_what_is_reported_and_the_port_closes() -> None:
    rig = HttpRig()
    try:
        assert rig.get("/ready").json() == {"status": "not_serving", "reason": "why "}
        rig.server.report(DEFAULT, True)
        assert rig.get("/ready").status == 200
        assert [thread.name for thread in rig.server.threads] == ["http"]
        assert rig.server.threads[0].is_alive()
    finally:
        rig.close()
    assert not rig.server.threads[0].is_alive()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", rig.server.port), timeout=1)


def test_a_server_that_was_never_started_closes() -> None:
    server = HttpServer([], Streams(1), Access(), "127.0.0.1", 0)
    server.stop(0.1)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_a_loop_that_fails_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter([RuntimeError("the loop fails")])

    async def tick(_server: uvicorn.Server, _counter: int) -> bool:
        for failure in failures:
            raise failure
        return False

    with monkeypatch.context() as patched:
        patched.setattr(uvicorn.Server, "on_tick", tick)
        rig = HttpRig()
        eventually(lambda: rig.server.threads[0].failures == 1)
    try:
        assert rig.get("/health").status == 200, "the sockets are the same: whoever asks waits"
        assert rig.call(GET_BOOK, {}).status == 200
    finally:
        rig.close()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_who_does_not_secure_a_connection_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.transport.http.serving.REQUEST_WITHIN", 0.3)
    make(tmp_path, "silent")
    server = HttpServer([], Streams(1), Access(), "127.0.0.1", 0, tls=tls(tmp_path))
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as silent:
            silent.settimeout(30)
            assert silent.recv(1) == b"", "the system's own limit is a minute"
    finally:
        server.stop(0.1)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_tls_and_a_new_certificate_for_new_connections(tmp_path: Path) -> None:
    make(tmp_path, "before")
    server = HttpServer([], Streams(1), Access(), "127.0.0.1", 0, tls=tls(tmp_path))
    server.start()
    try:
        before = ssl.create_default_context(cafile=str(tmp_path / "c.pem"))
        assert secured(server.port, before) == 200
        with pytest.raises((OSError, http.client.HTTPException)):
            plain = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            plain.request("GET", "/health")
            plain.getresponse()
        make(tmp_path, "after")
        server.reload()
        with pytest.raises(ssl.SSLError):
            secured(server.port, before)
        assert secured(server.port, ssl.create_default_context(cafile=str(tmp_path / "c.pem"))) == 200
        (tmp_path / "k.pem").write_text("no key")
        with pytest.raises(ConfigError):
            server.reload()
        assert secured(server.port, ssl.create_default_context(cafile=str(tmp_path / "c.pem"))) == 200
    finally:
        server.stop(0.1)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_clients_need_a_certificate_of_the_authority(tmp_path: Path) -> None:
    make(tmp_path, "server")
    files = Tls(tmp_path / "c.pem", tmp_path / "k.pem", tmp_path / "c.pem")
    server = HttpServer([], Streams(1), Access(), "127.0.0.1", 0, tls=files)
    server.start()
    try:
        context = ssl.create_default_context(cafile=str(tmp_path / "c.pem"))
        with pytest.raises((OSError, http.client.HTTPException)):
            secured(server.port, context)
        context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
        assert secured(server.port, context) == 200
    finally:
        server.stop(0.1)


def secured(port: int, context: ssl.SSLContext) -> int:
    """The status of /health over TLS."""
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    finally:
        connection.close()
