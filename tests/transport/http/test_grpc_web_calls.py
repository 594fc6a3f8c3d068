"""Calls and streams by gRPC-Web over real sockets: what gRPC answers, and hostile requests."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from onebook.v1 import market_data_pb2 as pb
from server.transport.http.envelopes import envelope
from server.transport.http.rpc_messages import RpcMessages
from tests.waiting import eventually

from .http_rig import GET_BOOK, Answer, HttpRig
from .stream_clients import NAMES, trailers
from .test_rpc_calls import over_grpc, requests, still

STREAM_BOOK = "/onebook.v1.MarketDataService/StreamBook"


def frames(body: bytes) -> list[tuple[int, bytes]]:
    found = []
    while body:
        end = 5 + int.from_bytes(body[1:5], "big")
        assert len(body) >= end
        found.append((body[0], body[5:end]))
        body = body[end:]
    return found


def body_of(answer: Answer) -> bytes:
    if "-text" not in answer.headers["content-type"]:
        return answer.body
    ends = [index + 1 for index in range(len(answer.body)) if answer.body[index : index + 1] == b"="]
    pieces, begin = b"", 0
    for end in [*ends, len(answer.body)]:
        pieces += b64decode(answer.body[begin:end] + b"=" * (-(end - begin) % 4)) if end > begin + 1 else b""
        begin = end
    return pieces


def over_grpc_web(web: HttpRig, path: str, request: Message, kind: type[Message]) -> Any:
    """The response, or code, message and details of the error, as over_grpc() has them."""
    answer = web.ask("POST", path, envelope(0, request.SerializeToString()), content_type="application/grpc-web+proto")
    assert answer.status == 200
    *messages, (flags, last) = frames(answer.body)
    assert flags == 0x80
    end = trailers(last)
    if end.code != "ok":
        assert not messages
        return end.said
    ((flags, payload),) = messages
    assert flags == 0
    return still(kind.FromString(payload))


@settings(
    max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.slow
@given(data=some.data())
def test_every_call_answers_as_over_grpc(web: HttpRig, data: some.DataObject) -> None:
    for service in web.rig.services:
        for name in service.unary:
            messages, path = RpcMessages(service.name, name), f"/{service.name}/{name}"
            request = data.draw(requests(messages.request), label=path)

            def same(path: str = path, request: Message = request, kind: type[Message] = messages.response) -> bool:
                before = over_grpc(web, path, request, kind)
                found = over_grpc_web(web, path, request, kind)
                if over_grpc(web, path, request, kind) != before:
                    return False  # What is computed all the time has moved on.
                if isinstance(before, tuple):
                    before = (NAMES[before[0].value[0]], *before[1:])
                assert found == before
                return True

            eventually(same, path, seconds=20)


def test_text_is_base64(web: HttpRig) -> None:
    body = b64encode(envelope(0, pb.GetBookRequest(market="BTC/USDT").SerializeToString()))
    for kind in ("application/grpc-web-text", "application/grpc-web-text+proto"):
        answer = web.ask("POST", GET_BOOK, body, content_type=kind)
        assert answer.headers["content-type"] == "application/grpc-web-text+proto"
        (_, payload), (_, last) = frames(body_of(answer))
        assert len(pb.GetBookResponse.FromString(payload).book.bids) == 2
        assert trailers(last).code == "ok"


@pytest.mark.parametrize("path", [GET_BOOK, STREAM_BOOK])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("", b""),
        ("", b"\x00\x00\x00\x00\x05ab"),
        ("", b"\x00\xff\xff\xff\xff"),
        ("", b"\x01\x00\x00\x00\x01x"),
        ("", b"\x80\x00\x00\x00\x00"),
        ("", b"{}"),
        ("", b'{"market": "BTC/USDT"}'),
        ("", envelope(0, b"\xff\xff")),
        ("-text", b"!!!!"),
        ("-text", b"AAA"),
        ("-text", b"AAAA\nAAAA"),
        ("-text", b"A===AAAA"),
        ("-text", b"\xff\xfe"),
        ("-text", envelope(0, b"")),
        ("-text", b64encode(b"\x00\x00")),
    ],
)
def test_a_bad_request_is_an_error_of_the_protocol(web: HttpRig, path: str, kind: str, body: bytes) -> None:
    answer = web.ask("POST", path, body, content_type=f"application/grpc-web{kind}")
    assert answer.status == 200
    ((flags, last),) = frames(body_of(answer))
    assert flags == 0x80
    assert trailers(last).code == "invalid_argument"
    assert not len(web.rig.streams)


def test_what_is_not_served(web: HttpRig) -> None:
    assert web.ask("POST", GET_BOOK, b"", content_type="application/grpc-web+json").status == 415
    assert web.ask("GET", GET_BOOK, content_type="application/grpc-web").status == 405
    answer = web.ask("POST", GET_BOOK, envelope(0, b""), content_type="application/grpc-web", content_encoding="gzip")
    assert trailers(frames(answer.body)[0][1]).message == "content-encoding: requests may not be compressed"


def test_the_time_that_a_caller_gives(web: HttpRig) -> None:
    headers = {"content_type": "application/grpc-web"}
    answer = web.ask("POST", GET_BOOK, envelope(0, b""), **headers, grpc_timeout="0m")
    assert trailers(frames(answer.body)[0][1]).code == "deadline_exceeded"
    answer = web.ask("POST", GET_BOOK, envelope(0, b""), **headers, grpc_timeout="10S")
    assert trailers(frames(answer.body)[-1][1]).code == "ok"
    late = web.call(GET_BOOK, {}, connect_timeout_ms="0")
    assert (late.status, late.json()["code"]) == (504, "deadline_exceeded")
