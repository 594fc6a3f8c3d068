"""Every stream takes by every protocol of HTTP the request of gRPC, and gives its messages and its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import status_pb2
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from onebook.v1 import market_data_pb2 as pb
from server.api.calls import Service, Streaming, Unary
from server.codes import Code
from server.publish.channel import Overflow
from server.publish.event_buffer import EventBuffer
from server.request_errors import not_found
from server.transport.http.rpc_messages import RpcMessages
from server.transport.status import STATUS
from tests.api.conftest import Failure
from tests.transport.servers import served
from tests.waiting import eventually

from .contract_messages import messages
from .http_rig import SECONDS, TRANSPORT, HttpRig
from .stream_clients import PROTOCOLS, Call, Ended, Reader

STREAM_BOOK = "/onebook.v1.MarketDataService/StreamBook"


class GrpcReader:
    """The same stream over gRPC."""

    def __init__(self, channel: Any, call: Call) -> None:
        self._kind = call.kind
        self._stream = channel.unary_stream(call.path)(call.request.SerializeToString(), timeout=SECONDS)

    def next(self) -> Message:
        try:
            return self._kind.FromString(next(self._stream))
        except Failure as error:
            packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
            details = [(each.TypeName(), each.value) for each in status_pb2.Status.FromString(packed).details]
            raise Ended(error.code().name.lower(), error.details() or "", details) from None

    def close(self) -> None:
        self._stream.cancel()


class Streams(NamedTuple):
    """Both ports, whose streams read from a channel of the test."""

    web: HttpRig
    grpc_channel: Any
    contract: dict[str, RpcMessages]
    """By path: every stream there is."""
    channels: dict[str, EventBuffer]
    requests: list[tuple[str, bytes]]

    def readers(self, path: str, request: Message) -> dict[str, Reader]:
        call = Call(self.web.server.port, path, request, self.contract[path].response)
        opened = {name: protocol(call) for name, protocol in PROTOCOLS.items()}
        return {**opened, "grpc": GrpcReader(self.grpc_channel, call)}


@pytest.fixture(scope="module")
def streams(web: HttpRig) -> Iterator[Streams]:
    contract: dict[str, RpcMessages] = {}
    channels: dict[str, EventBuffer] = {}
    requests: list[tuple[str, bytes]] = []
    services: list[Service] = []

    def streaming(path: str) -> Streaming:
        def opened(request: bytes) -> tuple[EventBuffer, Overflow]:
            requests.append((path, request))
            return channels[path], Overflow.DROP_OLDEST

        return Streaming(opened, bytes)

    for service in web.rig.services:
        paths = {name: f"/{service.name}/{name}" for name in service.streaming}
        contract |= {path: RpcMessages(service.name, name) for name, path in paths.items()}
        services.append(Service(service.name, {}, {name: streaming(path) for name, path in paths.items()}))
    own = HttpRig(services=services, kind=web.kind)
    own.get("/health")  # Where a process serves, it does now.
    server = served(TRANSPORT, services, own.rig.streams, 100)
    server.start()
    channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
    yield Streams(own, channel, contract, channels, requests)
    channel.close()
    server.stop(0.1)
    own.close()


@settings(
    max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=some.data())
def test_every_stream_is_that_of_grpc(streams: Streams, data: some.DataObject) -> None:
    for path, contract in streams.contract.items():
        request = data.draw(messages(contract.request, flat=True), label=path)
        sent = data.draw(some.lists(messages(contract.response), min_size=1, max_size=3), label=path)
        code = data.draw(some.sampled_from(list(Code)))
        check(streams, path, request, sent, code)


def check(streams: Streams, path: str, request: Message, sent: list[Message], code: Code) -> None:
    """Opens the stream by all protocols, sends the messages, and ends the stream with the code."""
    channel = streams.channels[path] = EventBuffer(100, lambda payload, _dropped: payload)
    streams.requests.clear()
    readers = streams.readers(path, request)
    try:
        read_all(streams, path, request, sent, code, readers)
    finally:
        # What a failure leaves open would take the places of the next streams.
        for reader in readers.values():
            reader.close()
    eventually(lambda: not len(channel), "a stream is kept")
    eventually(lambda: not len(streams.web.rig.streams), "a stream keeps its place")


def read_all(
    streams: Streams, path: str, request: Message, sent: list[Message], code: Code, readers: dict[str, Reader]
) -> None:
    """Each reader gets the messages, and then the end."""
    channel, begun = streams.channels[path], streams.web.rig.streams
    eventually(lambda: len(begun) == len(readers), lambda: f"{len(begun)} of {len(readers)} streams have begun")
    asked = [kind.FromString(each) for kind, each in ((streams.contract[path].request, r) for _, r in streams.requests)]
    assert asked == [request] * len(readers)
    for number, message in enumerate(sent):
        channel.publish(message.SerializeToString(), number)
    for name, reader in readers.items():
        assert [reader.next() for _ in sent] == sent, name
    for member in channel.members():
        member.end(code, "100% \u00e9\n\U0001f600 :")
    ends = {name: end(reader) for name, reader in readers.items()}
    assert ends == dict.fromkeys(readers, (STATUS[code].name.lower(), "100% \u00e9\n\U0001f600 :", []))


def end(reader: Reader) -> tuple[str, str, list[tuple[str, bytes]]]:
    with pytest.raises(Ended) as caught:
        reader.next()
    return caught.value.said


def test_all_streams_of_the_contract_are_there(streams: Streams) -> None:
    assert len(streams.contract) >= 10
    assert STREAM_BOOK in streams.contract


@pytest.mark.parametrize(
    "request_",
    [pb.StreamBookRequest(market="DOGE/USD"), pb.StreamBookRequest(levels=5000), pb.StreamBookRequest(dust="-1")],
)
def test_errors_are_those_of_grpc_with_their_details(web: HttpRig, request_: Message) -> None:
    call = Call(web.server.port, STREAM_BOOK, request_, pb.StreamBookResponse)
    expected = end(GrpcReader(web.rig.channel, call))
    assert expected[2], "the error has details"
    for name, protocol in PROTOCOLS.items():
        reader = protocol(call)
        assert end(reader) == expected, name
        reader.close()
    assert not len(web.rig.streams)


def test_the_first_message_is_the_book_of_now(web: HttpRig) -> None:
    request = pb.StreamBookRequest(market="BTC/USDT", levels=1, venues=["alpha"])
    call = Call(web.server.port, STREAM_BOOK, request, pb.StreamBookResponse)
    over_grpc = GrpcReader(web.rig.channel, call)
    expected = over_grpc.next()
    over_grpc.close()
    assert isinstance(expected, pb.StreamBookResponse)
    for protocol in PROTOCOLS.values():
        reader = protocol(call)
        found = reader.next()
        assert found.book.bids == expected.book.bids
        assert found.book.asks == expected.book.asks
        reader.close()
    eventually(lambda: not len(web.rig.streams))


def test_the_limit_of_streams_is_said_by_every_protocol(web: HttpRig) -> None:
    call = Call(web.server.port, STREAM_BOOK, pb.StreamBookRequest(), pb.StreamBookResponse)
    total, web.rig.streams.quota.total = web.rig.streams.quota.total, 0
    try:
        for protocol in PROTOCOLS.values():
            reader = protocol(call)
            code, message, details = end(reader)
            assert (code, "at most 0 streams" in message) == ("resource_exhausted", True)
            assert [name for name, _ in details] == ["google.rpc.ErrorInfo", "google.rpc.RetryInfo"]
            reader.close()
    finally:
        web.rig.streams.quota.total = total


TIMEOUTS = {
    "events": {"connect-timeout-ms": "300"},
    "connect+json": {"connect-timeout-ms": "300"},
    "connect+proto": {"connect-timeout-ms": "300"},
    "grpc-web": {"grpc-timeout": "300m"},
    "grpc-web-text": {"grpc-timeout": "300000u"},
}


@pytest.mark.parametrize("protocol", TIMEOUTS)
def test_a_deadline_ends_a_stream(streams: Streams, protocol: str) -> None:
    channel = streams.channels[STREAM_BOOK] = EventBuffer(100, lambda payload, _dropped: payload)
    request, kind = pb.StreamBookRequest(), pb.StreamBookResponse
    call = Call(streams.web.server.port, STREAM_BOOK, request, kind, TIMEOUTS[protocol])
    reader = PROTOCOLS[protocol](call)
    assert end(reader) == ("deadline_exceeded", "the call had 0.3 s", [])
    reader.close()
    eventually(lambda: not len(channel))


def test_a_call_that_is_not_there(web: HttpRig) -> None:
    for path in ("/onebook.v1.MarketDataService/StreamNothing", "/nothing"):
        for kind in ("connect+json", "connect+proto", "grpc-web", "grpc-web-text"):
            answer = web.ask("POST", path, b"", content_type=f"application/{kind}")
            assert answer.status == 404


def test_a_call_with_one_answer_by_grpc_web_has_its_details(web: HttpRig) -> None:
    def refuse(_request: bytes) -> bytes:
        raise not_found("market", "BTC/EUR", "BTC/USDT")

    own = HttpRig(services=[Service("onebook.v1.MarketDataService", {"GetBook": Unary(refuse, bytes)})], kind=web.kind)
    try:
        path = "/onebook.v1.MarketDataService/GetBook"
        call = Call(own.server.port, path, pb.GetBookRequest(), pb.GetBookResponse)
        for name in ("grpc-web", "grpc-web-text"):
            reader = PROTOCOLS[name](call)
            code, message, details = end(reader)
            reader.close()
            assert (code, message) == ("not_found", "this server has no market 'BTC/EUR'; did you mean BTC/USDT?")
            assert [kind for kind, _ in details] == ["google.rpc.ErrorInfo"]
    finally:
        own.close()
