"""TLS on the server's port, with and without certificates of the clients."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc as stubs

from .processes import Server, Simulator, Yard

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")


@dataclass(frozen=True)
class Pem:
    """A certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.pem = Pem(folder / f"{name}.pem", folder / f"{name}.key")
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                 "-keyout", self.pem.key, "-out", self.pem.certificate)  # fmt: skip

    def sign(self, name: str) -> Pem:
        made = Pem(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", made.key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.pem.certificate, "-CAkey", self.pem.key, "-days", "2",
                 "-CAcreateserial", "-extfile", extensions, "-out", made.certificate)  # fmt: skip
        return made


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pem"), "authority")


@pytest.fixture(scope="module")
def simulator(shared_yard: Yard) -> Simulator:
    return shared_yard.simulator()


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Pem:
    return authority.sign("server")


@pytest.fixture(scope="module")
def server(shared_yard: Yard, simulator: Simulator, certificate: Pem) -> Server:
    flags = ("--tls-cert", str(certificate.certificate), "--tls-key", str(certificate.key))
    return shared_yard.serve(simulator, *flags)


def markets(channel: grpc.Channel) -> list[str]:
    """Names of the markets, or the error of a channel that does not get through."""
    with channel:
        stub = stubs.MarketDataServiceStub(channel)
        return [market.name for market in stub.ListMarkets(pb.ListMarketsRequest(), timeout=20).markets]


def secure(server: Server, root: Pem, own: Pem | None = None) -> grpc.Channel:
    key, chain = (own.key.read_bytes(), own.certificate.read_bytes()) if own else (None, None)
    credentials = grpc.ssl_channel_credentials(root.certificate.read_bytes(), key, chain)
    return grpc.secure_channel(f"localhost:{server.port}", credentials)


def refused(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        markets(channel)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_with_the_root(server: Server, authority: Authority) -> None:
    assert markets(secure(server, authority.pem)) == ["BTC/USDT"]


def test_without_tls(server: Server) -> None:
    refused(grpc.insecure_channel(server.address))


def test_with_another_root(server: Server, tmp_path: Path) -> None:
    refused(secure(server, Authority(tmp_path, "stranger").pem))


def test_a_stream(server: Server, authority: Authority) -> None:
    with secure(server, authority.pem) as channel:
        call: Any = stubs.MarketDataServiceStub(channel).StreamBook(pb.StreamBookRequest(), timeout=30)
        assert next(iter(call)).book.market == "BTC/USDT"
        call.cancel()


def test_clients_with_certificates(yard: Yard, simulator: Simulator, authority: Authority, tmp_path: Path) -> None:
    own, signer = authority.sign("mutual"), Authority(tmp_path, "clients")
    flags = ("--tls-cert", own.certificate, "--tls-key", own.key, "--tls-client-ca", signer.pem.certificate)
    server = yard.serve(simulator, *map(str, flags))
    assert markets(secure(server, authority.pem, signer.sign("friend"))) == ["BTC/USDT"]
    refused(secure(server, authority.pem))
    refused(secure(server, authority.pem, Authority(tmp_path, "others").sign("stranger")))


@pytest.mark.parametrize("which", ["certificate", "key"])
def test_a_file_that_is_no_pem(yard: Yard, certificate: Pem, tmp_path: Path, which: str) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense\n")
    paths = {"certificate": certificate.certificate, "key": certificate.key, which: nonsense}
    flags = ("--tls-cert", str(paths["certificate"]), "--tls-key", str(paths["key"]))
    done = yard.run("server.py", "--pair", "BTC/USDT", "--port", "0", *flags)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("server.py: ")
