"""Every call of every service with every kind of token, on a real port and on both transports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from onebook.compat import orderbook_pb2
from onebook.v1 import analytics_pb2, control_pb2, market_data_pb2
from server.api.access import Access

from .commanded import Commanded
from .conftest import TRANSPORTS, Failure, Rig
from .token_files import Keys

Code = grpc.StatusCode
OURS = (market_data_pb2, analytics_pb2, orderbook_pb2, control_pb2)
GRPCS = (health_pb2, reflection_pb2, channelz_pb2)
CALLERS = ("none", "unknown", "expired", "read", "control", "both")
UNREADABLE = b"\xff"
"""A request that no call of ours can read: INVALID_ARGUMENT shows that it was let in."""


def methods(modules: Any) -> list[Any]:
    return [
        method
        for module in modules
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    ]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("tokens"))


@pytest.fixture(scope="module", params=TRANSPORTS)
def channels(request: pytest.FixtureRequest, keys: Keys) -> Iterator[dict[str, Any]]:
    """By service: channels of servers that have it."""
    data, commanded = (
        Rig(request.param, access=Access(keys.file), channelz=True),
        Commanded(request.param, access=Access(keys.file)),
    )
    yield {"onebook.v1.ControlService": commanded.channel, "": data.channel}
    data.close()
    commanded.close()


def call(channels: dict[str, Any], method: Any, request: bytes, metadata: Any) -> Code:
    """The code of a call, OK after the first message of a stream."""
    service = method.containing_service.full_name
    channel = channels.get(service, channels[""])
    many, path = "stream" if method.client_streaming else "unary", f"/{service}/{method.name}"
    start = getattr(channel, f"{many}_{'stream' if method.server_streaming else 'unary'}")(path)
    sent = iter([request]) if method.client_streaming else request
    try:
        answer = start(sent, metadata=metadata, timeout=20)
        if method.server_streaming:
            next(answer)
            answer.cancel()
    except Failure as error:
        code: Code = error.code()
        return code
    return Code.OK


def expected(service: str, caller: str) -> Code | None:
    """The refusal of a caller; None if the call is let in."""
    if service == "grpc.health.v1.Health":
        return None
    if caller in ("none", "unknown", "expired"):
        return Code.UNAUTHENTICATED
    right = "control" if service in ("onebook.v1.ControlService", "grpc.channelz.v1.Channelz") else "read"
    return None if caller in (right, "both") else Code.PERMISSION_DENIED


@pytest.mark.parametrize("caller", CALLERS)
def test_calls_of_ours(channels: dict[str, Any], keys: Keys, caller: str) -> None:
    for method in methods(OURS):
        wanted = expected(method.containing_service.full_name, caller)
        for request in (UNREADABLE, b"") if wanted else (UNREADABLE,):
            assert call(channels, method, request, keys.header(caller)) is (wanted or Code.INVALID_ARGUMENT), (
                method.name
            )


@pytest.mark.parametrize("caller", CALLERS)
def test_calls_of_grpc(channels: dict[str, Any], keys: Keys, caller: str) -> None:
    for method in methods(GRPCS):
        code = call(channels, method, b"", keys.header(caller))
        wanted = expected(method.containing_service.full_name, caller)
        if wanted:
            assert code is wanted, method.full_name
        else:
            assert code not in (Code.UNAUTHENTICATED, Code.PERMISSION_DENIED, Code.UNKNOWN), method.full_name


def test_a_method_that_there_is_not(channels: dict[str, Any], keys: Keys) -> None:
    for caller in ("none", "read"):
        with pytest.raises(Failure) as caught:
            channels[""].unary_unary("/onebook.v1.MarketDataService/Nothing")(b"", metadata=keys.header(caller))
        assert caught.value.code() is Code.UNIMPLEMENTED


def test_streams_go_on_with_a_token(keys: Keys) -> None:
    rig = Rig("generator", access=Access(keys.file))
    rig.fill("alpha", "100.10", "100.30")
    stream = rig.stub.StreamBook(market_data_pb2.StreamBookRequest(), metadata=keys.header("read"))
    assert next(stream).book.bids
    rig.fill("alpha", "100.11", "100.30")
    assert next(stream).book.bids
    stream.cancel()
    rig.close()
