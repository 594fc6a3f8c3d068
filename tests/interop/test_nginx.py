"""nginx with grpc_pass before the server: what clients behind it see is what the server says."""

from __future__ import annotations

import itertools
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from onebook.compat import orderbook_pb2, orderbook_pb2_grpc
from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import market_data_pb2_grpc as stubs
from tests.api.conftest import Failure
from tests.e2e.test_tls import Authority, Pem
from tests.transport.servers import TRANSPORTS
from tests.waiting import eventually

from . import builds
from .programs import Server
from .python.shared import LIVE, STILL, details, names_dust, rising

CONFIG = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream onebook {{
        server 127.0.0.1:{upstream};
        keepalive 4;
    }}
    server {{
        listen 127.0.0.1:{port} {listen};
        {certificate}
        grpc_read_timeout 1h;  # A quiet stream sends a heartbeat every few seconds.
        location / {{ grpc_pass grpc://onebook; }}
    }}
}}
"""
CALL = 30


class Nginx:
    """nginx with a configuration of its own, on a free port of loopback."""

    def __init__(self, folder: Path, upstream: int, pem: Pem | None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        certificate = f"ssl_certificate {pem.certificate}; ssl_certificate_key {pem.key};" if pem else ""
        config = folder / "nginx.conf"
        listen = "ssl http2" if pem else "http2"
        config.write_text(
            CONFIG.format(folder=folder, upstream=upstream, port=self.port, listen=listen, certificate=certificate)
        )
        self._log = folder / "error.log"
        command = ["nginx", "-p", str(folder), "-c", str(config), "-e", str(self._log)]
        self._process = subprocess.Popen(command)
        eventually(self._listens, lambda: self._log.read_text())

    def _listens(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)


@pytest.fixture(scope="module", params=TRANSPORTS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    builds.need("nginx")
    made = Server(request.param)
    yield made
    made.stop()


@pytest.fixture(params=["plain", "tls"])
def channel(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Iterator[Any]:
    """A channel to nginx, which ends TLS or has none."""
    if request.param == "tls":
        builds.need("openssl")
    authority = Authority(tmp_path, "authority") if request.param == "tls" else None
    nginx = Nginx(tmp_path, server.port, authority.sign("localhost") if authority else None)
    address, options = f"localhost:{nginx.port}", [("grpc.use_local_subchannel_pool", 1)]
    if authority:
        credentials = grpc.ssl_channel_credentials(authority.pem.certificate.read_bytes())
        made = grpc.secure_channel(address, credentials, options)
    else:
        made = grpc.insecure_channel(address, options)
    with made:
        yield made
    nginx.close()


@pytest.fixture
def stub(channel: Any) -> Any:
    return stubs.MarketDataServiceStub(channel)


def failure(call: Any) -> Any:
    with pytest.raises(Failure) as caught:
        call()
    return caught.value


def test_calls_with_one_answer(stub: Any) -> None:
    for _ in range(20):
        assert stub.GetBook(pb.GetBookRequest(market=STILL), timeout=CALL).book.market == STILL


def test_a_stream_goes_on(stub: Any) -> None:
    stream = stub.StreamBook(pb.StreamBookRequest(market=LIVE), timeout=CALL)
    assert rising(message.book.header.sequence for message in itertools.islice(stream, 30))
    stream.cancel()


def test_a_big_stream_goes_on(stub: Any) -> None:
    stream = stub.StreamBook(pb.StreamBookRequest(market=LIVE, levels=1000), timeout=CALL)
    sizes = [len(message.book.bids) for message in itertools.islice(stream, 30)]
    stream.cancel()
    assert sizes == [1000] * 30


def test_errors_keep_their_details(stub: Any) -> None:
    error = failure(lambda: stub.GetBook(pb.GetBookRequest(market=LIVE, dust="much"), timeout=CALL))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert names_dust(error)
    error = failure(lambda: stub.GetBook(pb.GetBookRequest(market="BTC/USDX"), timeout=CALL))
    assert error.code() is grpc.StatusCode.NOT_FOUND
    assert details(error).details


def test_a_method_that_is_unknown(channel: Any) -> None:
    error = failure(lambda: channel.unary_unary("/onebook.v1.MarketDataService/Nothing")(b"", timeout=CALL))
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_deadline(stub: Any) -> None:
    began = time.monotonic()
    error = failure(lambda: list(stub.StreamBook(pb.StreamBookRequest(market=LIVE), timeout=1)))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert 0.9 < time.monotonic() - began < 2


def test_cancelled_streams_leave_the_others_alone(stub: Any) -> None:
    kept = stub.StreamBook(pb.StreamBookRequest(market=LIVE), timeout=CALL)
    for _ in range(20):
        stream = stub.StreamBook(pb.StreamBookRequest(market=LIVE), timeout=CALL)
        next(stream)
        stream.cancel()
        next(kept)
    assert stub.GetBook(pb.GetBookRequest(market=STILL), timeout=CALL).book.market == STILL
    kept.cancel()


def test_other_services(channel: Any) -> None:
    health: Any = health_pb2_grpc.HealthStub(channel)
    assert health.Check(health_pb2.HealthCheckRequest(), timeout=CALL).status == 1
    compat: Any = orderbook_pb2_grpc.OrderbookAggregatorStub(channel)
    stream = compat.BookSummary(orderbook_pb2.Empty(), timeout=CALL)
    assert all(summary.bids for summary in itertools.islice(stream, 3))
    stream.cancel()
