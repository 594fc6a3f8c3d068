"""Certificates are checked before they are used, and new ones reach new connections while old ones go on."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from server.api.calls import Service, Unary
from server.api.streams import Streams
from server.errors import ConfigError
from server.transport.tls import Certificates, Tls

from ..api.conftest import Failure
from .servers import TRANSPORTS, served

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")


ECHO = Service("a.Service", {"Echo": Unary(bytes, bytes)})


def make(folder: Path, name: str, encrypted: bool = False) -> None:
    """A certificate and a key as c.pem and k.pem, in place of those there are."""
    secret = ["-passout", "pass:secret"] if encrypted else ["-nodes"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", *secret, "-days", "2", "-subj", f"/CN={name}", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "k.pem", "-out", "c.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


def tls(folder: Path) -> Tls:
    return Tls(folder / "c.pem", folder / "k.pem")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pem")
    make(folder, "first")
    return folder


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    for name in ("c.pem", "k.pem"):
        shutil.copy(good / name, tmp_path)
    return tmp_path


def name_of(port: int) -> str:
    """The name in the certificate that a new connection gets."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain) as secured:
        der = secured.getpeercert(binary_form=True)
    assert der is not None
    return "second" if b"second" in der else "first"


@pytest.fixture(params=TRANSPORTS)
def secured(request: pytest.FixtureRequest, folder: Path) -> Iterator[tuple[Any, Certificates]]:
    certificates = Certificates(tls(folder))
    server = served(request.param, [ECHO], Streams(8), 8, tls=certificates)
    server.start()
    yield server, certificates
    server.stop(0.1)


def check(channel: Any) -> int:
    answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="liveness"), timeout=20)
    return int(answer.status)


@pytest.mark.slow
def test_new_connections_get_the_new_certificate(secured: tuple[Any, Certificates], folder: Path) -> None:
    server, certificates = secured
    first = (folder / "c.pem").read_bytes()
    with grpc.secure_channel(f"localhost:{server.port}", grpc.ssl_channel_credentials(first)) as channel:
        assert check(channel) == health_pb2.HealthCheckResponse.SERVING
        make(folder, "second")
        assert name_of(server.port) == "first", "nobody asked for a reload"
        certificates.reload()
        assert name_of(server.port) == "second"
        assert name_of(server.port) == "second"
        assert check(channel) == health_pb2.HealthCheckResponse.SERVING, "the open connection goes on"


@pytest.mark.slow
@pytest.mark.parametrize("spoil", ["c.pem", "k.pem", "both", "other"])
def test_a_reload_that_fails_changes_nothing(secured: tuple[Any, Certificates], folder: Path, spoil: str) -> None:
    server, certificates = secured
    if spoil == "other":
        key = (folder / "k.pem").read_bytes()
        make(folder, "second")
        (folder / "k.pem").write_bytes(key)
    else:
        for name in ("c.pem", "k.pem"):
            if spoil in (name, "both"):
                (folder / name).write_text("-----BEGIN NONSENSE-----\n")
    with pytest.raises(ConfigError):
        certificates.reload()
    assert name_of(server.port) == "first"


@pytest.mark.slow
def test_requests_and_answers_of_any_size(secured: tuple[Any, Certificates], folder: Path) -> None:
    authority = grpc.ssl_channel_credentials((folder / "c.pem").read_bytes())
    with grpc.secure_channel(f"localhost:{secured[0].port}", authority) as opened:
        channel: Any = opened
        for size in (0, 1, 16_379, 16_384, 65_536):
            assert channel.unary_unary("/a.Service/Echo")(bytes(size), timeout=20) == bytes(size)
        calls = [channel.unary_unary("/a.Service/Echo").future(bytes(60_000), timeout=20) for _ in range(50)]
        assert all(call.result() == bytes(60_000) for call in calls)


@pytest.mark.slow
def test_who_speaks_without_tls_is_turned_away(secured: tuple[Any, Certificates], folder: Path) -> None:
    for text in (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", bytes(100)):
        with socket.create_connection(("127.0.0.1", secured[0].port)) as stranger:
            stranger.settimeout(20)
            stranger.sendall(text)
            with contextlib.suppress(ConnectionError):
                while stranger.recv(4096):
                    pass
    authority = grpc.ssl_channel_credentials((folder / "c.pem").read_bytes())
    with grpc.secure_channel(f"localhost:{secured[0].port}", authority) as channel:
        assert check(channel) == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.slow
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_only_clients_of_the_authority_are_let_in(transport: str, folder: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "client"
    theirs.mkdir()
    make(theirs, "client")
    files = Tls(folder / "c.pem", folder / "k.pem", theirs / "c.pem")
    server = served(transport, [ECHO], Streams(8), 8, tls=Certificates(files))
    server.start()
    authority = (folder / "c.pem").read_bytes()
    known = grpc.ssl_channel_credentials(authority, (theirs / "k.pem").read_bytes(), (theirs / "c.pem").read_bytes())
    with grpc.secure_channel(f"localhost:{server.port}", known) as channel:
        assert check(channel) == health_pb2.HealthCheckResponse.SERVING
    for others in (
        grpc.ssl_channel_credentials(authority),
        grpc.ssl_channel_credentials(authority, (folder / "k.pem").read_bytes(), (folder / "c.pem").read_bytes()),
    ):
        with grpc.secure_channel(f"localhost:{server.port}", others) as channel, pytest.raises(Failure) as caught:
            check(channel)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    server.stop(0.1)


def test_what_cannot_work_is_said_before_it_is_served(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"TLS file .*none.pem: No such file"):
        Certificates(Tls(tmp_path / "none.pem", folder / "k.pem"))
    with pytest.raises(ConfigError, match="could not be used: no PEM that OpenSSL can read"):
        Certificates(Tls(folder / "k.pem", folder / "k.pem"))
    (folder / "ca.pem").write_text("nothing")
    with pytest.raises(ConfigError, match="holds no certificate of an authority"):
        Certificates(Tls(folder / "c.pem", folder / "k.pem", folder / "ca.pem"))
    key = (folder / "k.pem").read_bytes()
    make(folder, "second")
    (folder / "k.pem").write_bytes(key)
    with pytest.raises(ConfigError, match="does not belong to the certificate"):
        Certificates(tls(folder))
    make(folder, "third", encrypted=True)
    with pytest.raises(ConfigError, match="is encrypted"):
        Certificates(tls(folder))
