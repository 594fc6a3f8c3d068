"""Certificates are checked before they are used, and new ones reach new connections while old ones go on."""

from __future__ import annotations

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

from server.errors import ConfigError
from server.transport.grpc.grpc_server import GrpcServer
from server.transport.grpc.tls import Certificates, Tls

from ..api.conftest import Rig

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")


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


@pytest.fixture
def served(rig: Rig, folder: Path) -> Iterator[tuple[GrpcServer, Certificates]]:
    certificates = Certificates(tls(folder))
    server = GrpcServer([], rig.streams, "127.0.0.1", 0, 8, certificates)
    server.start()
    yield server, certificates
    server.stop(0.1)


def check(channel: Any) -> int:
    answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="liveness"), timeout=20)
    return int(answer.status)


@pytest.mark.slow
def test_new_connections_get_the_new_certificate(served: tuple[GrpcServer, Certificates], folder: Path) -> None:
    server, certificates = served
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
def test_a_reload_that_fails_changes_nothing(served: tuple[GrpcServer, Certificates], folder: Path, spoil: str) -> None:
    server, certificates = served
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
