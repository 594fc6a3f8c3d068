"""Every call of every service with every kind of token, on a real port and on both transports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_channelz.v1 import channelz_pb2
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from onebook.compat import orderbook_pb2
from onebook.v1 import analytics_pb2, control_pb2, market_data_pb2
from server.api.access import Access
from server.api.own_peer import OwnPeers
from server.api.token_file import TokenFile
from server.api.tokens import TokenLimits
from tests.transport.servers import NATIVE, TRANSPORTS

from ..api.commanded import Commanded
from ..api.conftest import Failure, Rig
from ..api.token_files import Keys, new_token, write

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
    """By service: channels of servers that have it. The engine has no channelz, which shows what grpcio's core does."""
    data, commanded = (
        Rig(request.param, access=Access(keys.file), channelz=True),
        Commanded(request.param, access=Access(keys.file)),
    )
    yield {"onebook.v1.ControlService": commanded.channel, "": data.channel, "channelz": request.param not in NATIVE}
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
    for method in methods(GRPCS[: None if channels["channelz"] else -1]):
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


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_token_has_the_streams_that_it_may_have(transport: str, tmp_path: Path) -> None:
    token, text = new_token("bot", limits=TokenLimits(streams=2))
    write(tmp_path / "tokens.toml", [token])
    rig = Rig(transport, access=Access(TokenFile(tmp_path / "tokens.toml")))
    header = (("authorization", f"Bearer {text}"),)
    open_ones = [rig.stub.StreamBook(market_data_pb2.StreamBookRequest(), metadata=header) for _ in range(2)]
    for stream in open_ones:
        next(stream)
    with pytest.raises(Failure) as caught:
        next(rig.stub.StreamBook(market_data_pb2.StreamBookRequest(), metadata=header))
    assert caught.value.code() is Code.RESOURCE_EXHAUSTED
    assert "this token has at most 2 streams at once" in caught.value.details()
    for stream in open_ones:
        stream.cancel()
    rig.close()


def test_commands_of_our_own_programs_need_no_token() -> None:
    for peers, code in ((OwnPeers(), Code.NOT_FOUND), (Strangers(), Code.UNAUTHENTICATED)):
        rig = Commanded("generator", access=Access(own_peers=peers))
        with pytest.raises(Failure) as caught:
            rig.control.Pause(control_pb2.PauseRequest(venue="nowhere"))
        assert caught.value.code() is code
        rig.close()


class Strangers(OwnPeers):
    """Nobody is a program of our user."""

    def __contains__(self, peer: str) -> bool:
        return False


class Broken(Access):
    """A defect of ours."""

    def admit(self, method: str, metadata: Any, peer: str) -> Any:
        raise ZeroDivisionError


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_defect_lets_nobody_in(transport: str, caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(transport, access=Broken())
    for start in (rig.stub.ListMarkets, lambda request: next(rig.stub.StreamBook(request))):
        with pytest.raises(Failure) as caught:
            start(market_data_pb2.ListMarketsRequest())
        assert caught.value.code() is Code.INTERNAL
    assert "ZeroDivisionError" in caplog.text
    rig.close()
