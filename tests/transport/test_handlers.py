"""Calls of any service over gRPC: who asks is known to them, errors are statuses, wrong bytes are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from onebook.v1 import market_data_pb2 as pb
from server.api.calls import Service, Unary
from server.api.streams import Streams
from server.quotas import ANYBODY, caller
from server.request_errors import refused
from tests.api.conftest import Failure
from tests.transport.servers import TRANSPORTS, served

SECONDS = 30


def refuse(_request: bytes) -> bytes:
    raise refused("NOT_TODAY", "not today")


def who(_request: bytes) -> bytes:
    return caller.get().connection.encode()


def defect(_request: bytes) -> bytes:
    raise KeyError("secret")


CALLS = {
    "Refuse": Unary(refuse, bytes),
    "Who": Unary(who, bytes),
    "Defect": Unary(defect, bytes),
    "Parse": Unary(lambda request: bytes(request.SerializeToString()), pb.GetBookRequest.FromString),
}


@pytest.fixture(params=TRANSPORTS)
def channel(request: pytest.FixtureRequest) -> Iterator[Any]:
    server = served(request.param, [Service("a.Service", CALLS)], Streams(4), 4)
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as made:
        yield made
    server.stop(0.1)


def call(channel: Any, name: str, request: bytes = b"") -> bytes:
    return bytes(channel.unary_unary(f"/a.Service/{name}")(request, timeout=SECONDS))


def test_the_caller_is_known_while_a_call_is_answered(channel: Any) -> None:
    assert call(channel, "Who").startswith(b"ipv4:127.0.0.1:")
    assert caller.get() is ANYBODY


@pytest.mark.parametrize(
    ("name", "request_bytes", "code", "words"),
    [
        ("Refuse", b"", grpc.StatusCode.FAILED_PRECONDITION, "not today"),
        ("Defect", b"", grpc.StatusCode.INTERNAL, "Defect failed inside of the server"),
        ("Parse", b"\xff\xff", grpc.StatusCode.INVALID_ARGUMENT, "request: is no message of this call"),
        ("Nothing", b"", grpc.StatusCode.UNIMPLEMENTED, ""),
    ],
)
def test_errors_are_statuses(channel: Any, name: str, request_bytes: bytes, code: grpc.StatusCode, words: str) -> None:
    with pytest.raises(Failure) as caught:
        call(channel, name, request_bytes)
    assert caught.value.code() is code
    assert words in caught.value.details()
    assert "secret" not in caught.value.details()


def test_bytes_that_are_a_message_are_answered(channel: Any) -> None:
    request = pb.GetBookRequest(market="BTC/USDT", levels=3).SerializeToString()
    assert call(channel, "Parse", request) == request
