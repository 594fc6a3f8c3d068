"""The gRPC port by itself: one clear error where it cannot be had, health, and an orderly end."""

from __future__ import annotations

import socket
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from server.api.calls import Unary
from server.api.streams import Streams
from server.errors import ConfigError
from server.market.readiness import LIVENESS
from server.transport.grpc.grpc_server import GrpcServer
from tests.api.conftest import Failure
from tests.publish.reader import buffer
from tests.transport.servers import TRANSPORTS
from tests.waiting import eventually

from .service_rig import SECONDS, ServiceRig, ending

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


def health(rig: ServiceRig, name: str) -> int:
    answer = health_pb2_grpc.HealthStub(rig.client).Check(health_pb2.HealthCheckRequest(service=name), timeout=SECONDS)
    return int(answer.status)


def test_a_port_that_is_taken_is_said_before_grpc_would(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} on 127.0.0.1 could not be bound; is another server"):
            GrpcServer([], Streams(1), "127.0.0.1", port, 1)
    with pytest.raises(ConfigError, match="port 0 on 192.0.2.1 could not be bound: "):
        GrpcServer([], Streams(1), "192.0.2.1", 0, 1)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_health_of_the_process_its_services_and_what_is_reported(transport: str) -> None:
    rig = ServiceRig(transport, unary={"Get": Unary(lambda request: bytes(request), bytes)})
    try:
        assert [health(rig, name) for name in ("", LIVENESS, "a.Service")] == [SERVING] * 3
        rig.server.report("BTC/USDT", False)
        assert health(rig, "BTC/USDT") == NOT_SERVING
        rig.server.report("BTC/USDT", True)
        assert health(rig, "BTC/USDT") == SERVING
        rig.server.report("BTC/USDT", None)
        with pytest.raises(Failure) as caught:
            health(rig, "BTC/USDT")
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        assert rig.call("Get", b"same") == b"same"
    finally:
        rig.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_stop_ends_streams_with_a_status_and_frees_the_port(transport: str) -> None:
    rig = ServiceRig(transport, buffer())
    stream = rig.read()
    rig.publish(b"one")
    assert next(stream) == b"one"
    # It has gone out: what a stream sends at the same time as its end is not the matter here.
    eventually(lambda: rig.member().in_flight_since == 0.0)
    rig.server.stop(5.0)
    assert ending(stream) == (grpc.StatusCode.UNAVAILABLE, "the server is stopping")
    assert len(rig.streams) == 0
    rig.client.close()
    again = GrpcServer([], Streams(1), "127.0.0.1", rig.server.port, 1)
    assert again.port == rig.server.port
    again.start()
    again.stop(0.1)


def test_calls_are_looked_after_only_where_they_wait_without_a_thread() -> None:
    for transport, threads in (("push", 1), ("generator", 0)):
        server: Any = GrpcServer([], Streams(1), "127.0.0.1", 0, 1, push=transport == "push")
        assert len(server.threads) == threads
        server.start()
        server.stop(0.1)
