"""Which requests open a stream of Connect, and hostile ones over real sockets."""

from __future__ import annotations

import json

import pytest

from server.transport.http.envelopes import envelope
from server.transport.limits import MAX_REQUEST_BYTES

from .http_rig import GET_BOOK, HttpRig

STREAM_BOOK = "/onebook.v1.MarketDataService/StreamBook"


def test_what_http_itself_refuses(web: HttpRig) -> None:
    answer = web.ask("PUT", STREAM_BOOK, b"{}")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
    for kind in ("application/json", "application/proto", "text/plain", "application/grpc", ""):
        answer = web.call(STREAM_BOOK, {}, content_type=kind)
        assert (answer.status, answer.json()["code"]) == (415, "unimplemented")
        assert answer.headers["accept-post"] == "application/connect+json, application/connect+proto"
    assert web.call(GET_BOOK, {}, content_type="application/connect+json").status == 415, "a call has one answer"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "request: has 0 bytes"),
        (b"{}", "request: has 2 bytes"),
        (envelope(0, b"{"), "request: is no JSON of this call"),
        (envelope(0, b"[]"), "request: is no JSON object"),
        (envelope(0, b"\xff"), "request: is no JSON object"),
        (envelope(1, b"\x1f\x8b"), "request: may not be compressed"),
        (envelope(2, b"{}"), "request: begins with the flags 0x02"),
        (envelope(0, b"{}") * 2, "request: must be one message"),
        (envelope(0, b"{}")[:-1], "request: must be one message"),
        (b"\x00\xff\xff\xff\xff{}", "request: must be one message"),
        (b"\x00\x00\x00\x00\x00\x00", "request: must be one message"),
        (envelope(0, b'{"levels": 5000}'), "levels: "),
    ],
)
def test_a_bad_request_is_an_error_of_the_protocol(web: HttpRig, body: bytes, words: str) -> None:
    answer = web.ask("POST", STREAM_BOOK, body, content_type="application/connect+json")
    assert (answer.status, answer.headers["content-type"], answer.body[0]) == (200, "application/connect+json", 2)
    error = json.loads(answer.body[5:])["error"]
    assert error["code"] == "invalid_argument"
    assert error["message"].startswith(words)
    assert not len(web.rig.streams)


def test_text_where_protobuf_should_be(web: HttpRig) -> None:
    answer = web.ask("POST", STREAM_BOOK, envelope(0, b'{"levels": 1}'), content_type="application/connect+proto")
    assert json.loads(answer.body[5:])["error"]["code"] == "invalid_argument"


@pytest.mark.parametrize(
    "headers",
    [
        {"connect_content_encoding": "gzip"},
        {"content_encoding": "br"},
        {"connect_protocol_version": "2"},
        {"connect_timeout_ms": "soon"},
    ],
)
def test_headers_that_ask_for_what_there_is_not(web: HttpRig, headers: dict[str, str]) -> None:
    answer = web.ask("POST", STREAM_BOOK, envelope(0, b"{}"), content_type="application/connect+json", **headers)
    error = json.loads(answer.body[5:])["error"]
    (name,) = headers
    assert (error["code"], error["message"].partition(":")[0]) == ("invalid_argument", name.replace("_", "-"))


def test_a_request_that_is_too_large_is_not_read(web: HttpRig) -> None:
    head = f"POST {STREAM_BOOK} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/connect+proto\r\n"
    size = MAX_REQUEST_BYTES + 1
    found = web.raw(f"{head}content-length: {size}\r\n\r\n".encode(), b"\x00" * size)
    assert not found or b" 413 " in found.split(b"\r\n")[0]
