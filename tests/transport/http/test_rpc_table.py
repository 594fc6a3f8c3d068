"""The calls of the services by their paths."""

from __future__ import annotations

import pytest

from server.api.calls import Service, Streaming, Unary
from server.api.guard import Guard
from server.codes import Code
from server.publish.channel import ConflatedChannel, Overflow
from server.request_errors import RequestError, invalid
from server.transport.http.event_framing import EventFraming
from server.transport.http.rpc_table import RpcTable

SERVICE = "onebook.v1.MarketDataService"
CHANNEL = ConflatedChannel()
SEEN: list[bytes] = []


def opened(request: bytes) -> tuple[ConflatedChannel, Overflow]:
    SEEN.append(request)
    return CHANNEL, Overflow.DROP_OLDEST


TABLE = RpcTable(
    [
        Service(
            SERVICE, {"GetBook": Unary(lambda request: request * 2, bytes)}, {"StreamBook": Streaming(opened, bytes)}
        )
    ],
    Guard(),
)


def test_paths_are_those_of_grpc() -> None:
    assert list(TABLE.calls) == [f"/{SERVICE}/GetBook"]
    assert list(TABLE.streams) == [f"/{SERVICE}/StreamBook"]


def test_a_call_answers_and_its_defects_are_errors() -> None:
    rpc = TABLE.calls[f"/{SERVICE}/GetBook"]
    assert rpc.answer(lambda: b"ab") == b"abab"
    with pytest.raises(RequestError) as caught:
        rpc.answer(lambda: None)  # type: ignore[arg-type,return-value]
    assert caught.value.code is Code.INTERNAL


def test_the_request_of_a_stream_is_read_when_it_is_opened() -> None:
    rpc = TABLE.streams[f"/{SERVICE}/StreamBook"]
    framing = EventFraming(rpc.messages)
    call = rpc.stream(lambda: b"request", framing)
    assert not SEEN
    assert call.open() == (CHANNEL, Overflow.DROP_OLDEST)
    assert SEEN == [b"request"]
    assert (call.name, call.framing) == ("StreamBook", framing)

    def refuse() -> bytes:
        raise invalid("levels", "was 0")

    with pytest.raises(RequestError):
        rpc.stream(refuse, framing).open()


def test_a_call_that_is_in_no_contract() -> None:
    with pytest.raises(KeyError):
        RpcTable([Service(SERVICE, {"GetNothing": Unary(bytes, bytes)})], Guard())
