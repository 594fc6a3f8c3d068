"""Every call with one answer says over HTTP what it says over gRPC, errors included."""

from __future__ import annotations

from base64 import b64decode, b64encode, urlsafe_b64encode
from functools import partial
from typing import Any
from urllib.parse import quote

import grpc
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.rpc import status_pb2
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2 as types
from server.api.calls import Service, Unary
from server.api.guard import Guard
from server.codes import Code
from server.request_errors import RequestError
from server.transport.http.http_message import HttpAnswer, HttpRequest
from server.transport.http.rpc_calls import RpcCalls
from server.transport.http.rpc_messages import RpcMessages
from server.transport.http.rpc_table import RpcTable
from server.transport.status import STATUS
from tests.api.conftest import Failure
from tests.waiting import eventually

from .http_rig import GET_BOOK, SECONDS, HttpRig

MOVING = {"publish_time_nanos", "age_nanos", "start_time_nanos", "end_time_nanos", "sequence", "averages"} | {
    "coverage_ppm", "time_weighted", "sample_mean", "samples",
}  # fmt: skip
"""Fields that differ between two answers to one request."""
WORDS = [
    "",
    "BTC/USDT",
    "ETH/USDT",
    "eth-usdt",
    "DOGE/USD",
    "alpha",
    "beta",
    "nobody",
    "1m",
    "0.5",
    "-1",
    "x" * 300,
    "\u00e9",
]


def requests(kind: type[Message]) -> some.SearchStrategy[Message]:
    """Requests of a call: words that mean something to it, and others."""
    return some.builds(lambda values: filled(kind(), values), some.lists(some.tuples(some.integers(0, 40), values())))


def values() -> some.SearchStrategy[Any]:
    return some.tuples(some.sampled_from(WORDS), some.sampled_from([0, 1, 2, 10, 1001, 2**31 - 1]), some.booleans())


def filled(message: Message, values: list[Any]) -> Message:
    fields = message.DESCRIPTOR.fields
    for number, (word, whole, flag) in values if fields else []:
        field = fields[number % len(fields)]
        value: Any = {
            FieldDescriptor.CPPTYPE_STRING: word,
            FieldDescriptor.CPPTYPE_BOOL: flag,
            FieldDescriptor.CPPTYPE_ENUM: whole % 3,
        }.get(field.cpp_type, whole)
        if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            continue
        if getattr(message, field.name).__class__.__name__.startswith("Repeated"):
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)
    return message


def still(message: Message) -> Message:
    """The message without what moves."""
    for field, value in message.ListFields():
        if field.name in MOVING:
            message.ClearField(field.name)
        elif field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
            for each in [value] if isinstance(value, Message) else value:
                still(each)
    return message


def over_grpc(web: HttpRig, path: str, request: Message, kind: type[Message]) -> Any:
    """The response, or code, message and details of the error."""
    try:
        made = web.rig.channel.unary_unary(path)(request.SerializeToString(), timeout=SECONDS)
    except Failure as error:
        packed = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        details = status_pb2.Status.FromString(packed).details
        return error.code(), error.details(), [(each.TypeName(), each.value) for each in details]
    return still(kind.FromString(made))


def over_http(web: HttpRig, path: str, request: Message, kind: type[Message]) -> Any:
    answer = web.call(path, json_format.MessageToJson(request).encode())
    if answer.status != 200:
        found = answer.json()
        code = STATUS[Code[found["code"].upper()]]
        details = [(each["type"], b64decode(each["value"] + "==")) for each in found.get("details", [])]
        return code, found["message"], details
    return still(json_format.Parse(answer.body, kind()))


@settings(
    max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.slow
@given(data=some.data())
def test_every_call_answers_as_over_grpc(web: HttpRig, data: some.DataObject) -> None:
    for service in web.rig.services:
        for name in service.unary:
            messages, path = RpcMessages(service.name, name), f"/{service.name}/{name}"
            request = data.draw(requests(messages.request), label=path)
            eventually(partial(same, web, path, request, messages.response), path, seconds=20)


def same(web: HttpRig, path: str, request: Message, kind: type[Message]) -> bool:
    """Whether gRPC answers the same before and after HTTP did. Fails if HTTP has answered something else."""
    before = over_grpc(web, path, request, kind)
    found = over_http(web, path, request, kind)
    binary = web.ask("POST", path, request.SerializeToString(), content_type="application/proto")
    if over_grpc(web, path, request, kind) != before:
        return False  # What is computed all the time has moved on.
    assert found == before
    if binary.status == 200:
        assert still(kind.FromString(binary.body)) == before
    else:
        assert STATUS[Code[binary.json()["code"].upper()]] == before[0]
    return True


def test_the_property_sees_answers_and_errors(web: HttpRig) -> None:
    messages = RpcMessages("onebook.v1.MarketDataService", "GetBook")
    good = over_grpc(web, GET_BOOK, filled(messages.request(), [(0, ("BTC/USDT", 5, True))]), messages.response)
    assert len(good.book.bids) == 2
    bad = over_grpc(web, GET_BOOK, filled(messages.request(), [(0, ("DOGE/USD", 5, True))]), messages.response)
    assert bad[0] is grpc.StatusCode.NOT_FOUND
    assert bad[2]


def request(method: str = "POST", path: str = GET_BOOK, body: bytes = b"{}", **headers: str) -> HttpRequest:
    named = {"content_type": "application/json", **headers}
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]
    return HttpRequest(method, path, b"", pairs, body, "ipv4:127.0.0.1:1")


def calls() -> RpcCalls:
    """A call that answers with the market that it is asked for."""

    def answer(request: pb.GetBookRequest) -> bytes:
        return pb.GetBookResponse(book=types.Book(market=request.market)).SerializeToString()

    unary = {"GetBook": Unary(answer, pb.GetBookRequest.FromString)}
    return RpcCalls(RpcTable([Service("onebook.v1.MarketDataService", unary)], Guard()))


def refused(made: HttpRequest) -> HttpAnswer:
    answer = calls().find(made)
    assert isinstance(answer, HttpAnswer)
    return answer


def test_what_http_itself_refuses() -> None:
    assert calls().find(request(path="/onebook.v1.MarketDataService/GetNothing")) is None
    assert calls().find(request(path="/onebook.v1.MarketDataService/getbook")) is None
    answer = refused(request("GET"))
    assert (answer.status, answer.headers) == (405, {"allow": "POST"})
    assert refused(request(content_type="text/plain")).status == 415
    assert refused(request(content_type="application/grpc")).status == 415
    assert refused(request(content_encoding="gzip")).status == 501
    assert refused(request(connect_protocol_version="2")).status == 400


def test_what_connect_sends_is_taken() -> None:
    for made in (
        request(connect_protocol_version="1", connect_timeout_ms="5000"),
        request(content_type="application/json; charset=utf-8", content_encoding="identity"),
        request(content_type="Application/Proto", body=b""),
    ):
        make = calls().find(made)
        assert callable(make)
        assert make().status == 200


def read(query: str) -> HttpAnswer:
    """The answer to Connect's GET."""
    make = calls().find(HttpRequest("GET", GET_BOOK, query.encode(), [], b"", "ipv4:127.0.0.1:1"))
    assert callable(make)
    return make()


REQUEST = pb.GetBookRequest(market="BTC/USDT\u00ff?>\u007f\u007e", levels=5)
"""Its base64 has the letters that addresses write otherwise."""


def test_connect_reads_by_get() -> None:
    binary, text = REQUEST.SerializeToString(), json_format.MessageToJson(REQUEST)
    coded = urlsafe_b64encode(binary)
    assert {b"-"[0], b"_"[0]} & {*coded}
    for each in (coded, coded.rstrip(b"="), b64encode(binary)):
        answer = read(f"connect=v1&encoding=proto&base64=1&message={quote(each)}")
        assert (answer.status, answer.content_type) == (200, "application/proto")
        assert pb.GetBookResponse.FromString(answer.body).book.market == REQUEST.market
    for query in (f"message={quote(text)}", f"base64=1&message={quote(urlsafe_b64encode(text.encode()))}"):
        answer = read(f"connect=v1&encoding=json&compression=identity&{query}")
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert json_format.Parse(answer.body, pb.GetBookResponse()).book.market == REQUEST.market
    assert read("connect=v1&encoding=json").body == b'{"book": {}}'


@pytest.mark.parametrize(
    "query",
    [
        "connect=v2&encoding=json",
        "connect=v1",
        "connect=v1&encoding=xml",
        "connect=v1&encoding=json&compression=gzip",
        "connect=v1&encoding=json&levels=5",
        "connect=v1&encoding=json&encoding=json",
        "connect=v1&encoding=json&message=rubbish",
        "connect=v1&encoding=json&base64=1&message=!!!!",
        "connect=v1&encoding=json&base64=1&message=a",
        "connect=v1&encoding=json&base64=1&message=%C3%A9",
        "connect=v1&encoding=json&message=%FF",
    ],
)
def test_what_no_client_of_connect_reads(query: str) -> None:
    with pytest.raises(RequestError) as caught:
        read(query)
    assert caught.value.code is Code.INVALID_ARGUMENT
