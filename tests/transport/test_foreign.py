"""Handlers of grpcio's own packages work on any server, without the server that they would add themselves to."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any, NamedTuple

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from server.transport.grpc.foreign import CHANNELZ, channelz_handler, reflection_handler

REFLECTION = "grpc.reflection.v1alpha.ServerReflection"


class Details(NamedTuple):
    """Of a call that looks for its handler."""

    method: str
    invocation_metadata: Any = ()


@contextmanager
def served(handler: grpc.GenericRpcHandler[Any, Any]) -> Iterator[grpc.Channel]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    server.stop(0).wait()


def test_reflection_lists_what_it_was_given_and_itself() -> None:
    with served(reflection_handler(["onebook.v1.MarketDataService"])) as channel:
        stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
        question = reflection_pb2.ServerReflectionRequest(list_services="")
        (answer,) = stub.ServerReflectionInfo(iter([question]), timeout=60)
    names = {service.name for service in answer.list_services_response.service}
    assert names == {"onebook.v1.MarketDataService", REFLECTION}


def test_channelz_answers() -> None:
    with served(channelz_handler()) as channel:
        stub: Any = channelz_pb2_grpc.ChannelzStub(channel)
        answer = stub.GetTopChannels(channelz_pb2.GetTopChannelsRequest(), timeout=60)
    assert isinstance(answer, channelz_pb2.GetTopChannelsResponse)


@pytest.mark.parametrize(
    ("handler", "known"),
    [
        (reflection_handler([]), f"/{REFLECTION}/ServerReflectionInfo"),
        (channelz_handler(), f"/{CHANNELZ}/GetServers"),
    ],
)
def test_other_services_calls_are_not_theirs(handler: grpc.GenericRpcHandler[Any, Any], known: str) -> None:
    found: Any = handler.service(Details(known))  # type: ignore[arg-type]
    assert found is not None
    assert handler.service(Details("/a.Service/Get")) is None  # type: ignore[arg-type]
