"""The list of calls for clients that ask for it, over every transport."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2 as pb
from grpc_reflection.v1alpha import reflection_pb2_grpc as stubs

from server.api.streams import Streams

from .servers import TRANSPORTS, served

MANY = 5


@pytest.fixture(params=TRANSPORTS)
def stub(request: pytest.FixtureRequest) -> Iterator[Any]:
    server = served(request.param, [], Streams(4), 4)
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield stubs.ServerReflectionStub(channel)
    server.stop(0.1)


@pytest.mark.parametrize("count", [0, 1, MANY])
def test_each_request_is_answered_and_the_call_ends_with_the_last_one(stub: Any, count: int) -> None:
    asked = [pb.ServerReflectionRequest(list_services="", host=str(at)) for at in range(count)]
    answers = list(stub.ServerReflectionInfo(iter(asked), timeout=30))
    assert [answer.list_services_response.service[0].name for answer in answers] == ["grpc.health.v1.Health"] * count


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_compressed_requests(stub: Any, compression: grpc.Compression) -> None:
    asked = [pb.ServerReflectionRequest(file_by_filename=f"{at}" * 1000) for at in range(MANY)]
    answers = list(stub.ServerReflectionInfo(iter(asked), timeout=30, compression=compression))
    assert {answer.error_response.error_code for answer in answers} == {grpc.StatusCode.NOT_FOUND.value[0]}
    assert len(answers) == MANY
