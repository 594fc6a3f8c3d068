"""The services beside ours: compat, health, reflection, error details, a port that is taken."""

from __future__ import annotations

import queue
import socket
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status

from onebook.compat import orderbook_pb2, orderbook_pb2_grpc
from onebook.v1 import market_data_pb2 as pb
from server.api.streams import Streams
from server.errors import ConfigError
from server.transport.addresses import addresses
from server.transport.grpc.grpc_server import GrpcServer

from .conftest import Failure, Rig


def test_compat_summary_on_the_same_port(rig: Rig) -> None:
    rig.fill("alpha", "100.10", "100.30")
    rig.fill("beta", "100.20", "100.25", "2.5")
    stream: Any = orderbook_pb2_grpc.OrderbookAggregatorStub(rig.channel).BookSummary(orderbook_pb2.Empty())
    summary = next(stream)
    assert summary.spread == 0.05
    assert [(level.exchange, level.price, level.amount) for level in summary.bids] == [
        ("beta", 100.2, 2.5),
        ("alpha", 100.1, 1.0),
    ]
    rig.fill("alpha", "100.21", "100.30")
    assert next(stream).bids[0].exchange == "alpha"
    stream.cancel()


def test_health_follows_the_server(rig: Rig) -> None:
    stub = health_pb2_grpc.HealthStub(rig.channel)
    for service in ("", "onebook.v1.MarketDataService", "orderbook.OrderbookAggregator"):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    watch: Any = stub.Watch(health_pb2.HealthCheckRequest(service=""))
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    rig.server._health.close()  # noqa: SLF001 - a moment that is hard to provoke
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
    watch.cancel()


def test_reflection_lists_the_services(rig: Rig) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(rig.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    answer = next(iter(stub.ServerReflectionInfo(iter([request]))))
    names = {service.name for service in answer.list_services_response.service}
    assert {"onebook.v1.MarketDataService", "orderbook.OrderbookAggregator", "grpc.health.v1.Health"} <= names


def test_reflection_answers_each_request_of_a_call(rig: Rig) -> None:
    """As clients ask: for the services, then for the files of some of them, each after the answer before."""
    stub = reflection_pb2_grpc.ServerReflectionStub(rig.channel)
    asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
    answers = stub.ServerReflectionInfo(iter(asked.get, None), timeout=60)
    asked.put(reflection_pb2.ServerReflectionRequest(list_services=""))
    names = [service.name for service in next(answers).list_services_response.service]
    for name in names:
        asked.put(reflection_pb2.ServerReflectionRequest(file_containing_symbol=name))
        assert next(answers).file_descriptor_response.file_descriptor_proto, name
    asked.put(reflection_pb2.ServerReflectionRequest(file_containing_symbol="no.such.Thing"))
    assert next(answers).error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
    asked.put(None)
    assert not list(answers)


def test_errors_carry_details(rig: Rig) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        rig.stub.GetBook(pb.GetBookRequest(levels=5000))
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]
    detail = error_details_pb2.BadRequest()
    assert status is not None
    assert status.details[0].Unpack(detail)
    assert detail.field_violations[0].field == "levels"
    with pytest.raises(grpc.RpcError) as caught:
        rig.stub.GetBook(pb.GetBookRequest(market="BTC/USD"))
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]
    info = error_details_pb2.ErrorInfo()
    assert status is not None
    assert status.details[0].Unpack(info)
    assert info.metadata["suggestion"] == "BTC/USDT"


def test_a_taken_port_is_one_clear_error(rig: Rig) -> None:
    with pytest.raises(ConfigError, match="could not be bound; is another server running there"):
        GrpcServer([], rig.streams, "127.0.0.1", rig.server.port, 1)


@pytest.mark.parametrize("wanted", [True, False])
def test_channelz_behind_its_flag(rig: Rig, wanted: bool) -> None:
    server = GrpcServer([], rig.streams, "127.0.0.1", 0, 1, channelz=wanted)
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub: Any = channelz_pb2_grpc.ChannelzStub(channel)
        if wanted:
            assert stub.GetServers(channelz_pb2.GetServersRequest()).server
        else:
            with pytest.raises(Failure) as caught:
                stub.GetServers(channelz_pb2.GetServersRequest())
            assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    server.stop(0.1)


def test_localhost_is_both_addresses_of_loopback() -> None:
    streams = Streams(4)
    server = GrpcServer([], streams, "localhost", 0, 4)
    server.start()
    try:
        for address in addresses("localhost"):
            target = f"[{address}]" if ":" in address else address
            with grpc.insecure_channel(f"{target}:{server.port}") as channel:
                answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=20)
                assert answer.status == health_pb2.HealthCheckResponse.SERVING
    finally:
        server.stop(0.1)


def test_a_port_that_is_taken_on_one_of_them_is_not_bound() -> None:
    if "::1" not in addresses("localhost"):
        pytest.skip("this machine has no IPv6")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} on ::1 could not be bound"):
            GrpcServer([], Streams(4), "localhost", port, 4)


def test_reflection_can_be_switched_off() -> None:
    streams = Streams(4)
    server = GrpcServer([], streams, "127.0.0.1", 0, 4, reflection=False)
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
            question = reflection_pb2.ServerReflectionRequest(list_services="")
            with pytest.raises(grpc.RpcError) as error:
                next(stub.ServerReflectionInfo(iter((question,)), timeout=20))
            refusal: Any = error.value
            assert refusal.code() is grpc.StatusCode.UNIMPLEMENTED
    finally:
        server.stop(0.1)
