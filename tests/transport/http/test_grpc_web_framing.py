"""The frames of gRPC-Web, in bytes and in base64."""

from __future__ import annotations

from base64 import b64decode
from urllib.parse import unquote

import pytest
from google.rpc import status_pb2

from server.codes import Code
from server.request_errors import RequestError, invalid
from server.transport.http.grpc_web_framing import BINARY, KINDS, TEXT, GrpcWebFraming, grpc_web_error
from server.transport.status import LONGEST, STATUS


def told(frame: bytes) -> dict[str, str]:
    """The trailers of a frame."""
    assert frame[0] == 0x80
    assert int.from_bytes(frame[1:5], "big") == len(frame) - 5
    assert frame.endswith(b"\r\n")
    return dict(line.split(":", 1) for line in frame[5:].decode("ascii").split("\r\n") if line)


@pytest.mark.parametrize("kind", BINARY)
def test_a_message_and_the_trailers_behind_it(kind: str) -> None:
    framing = GrpcWebFraming(kind)
    assert framing.content_type == "application/grpc-web+proto"
    assert framing.message(b"ab") == b"\x00\x00\x00\x00\x02ab"
    assert told(framing.success()) == {"grpc-status": "0"}


@pytest.mark.parametrize("kind", TEXT)
def test_each_frame_is_base64_by_itself(kind: str) -> None:
    framing = GrpcWebFraming(kind)
    assert framing.content_type == "application/grpc-web-text+proto"
    assert b64decode(framing.message(b"ab"), validate=True) == b"\x00\x00\x00\x00\x02ab"
    assert told(b64decode(framing.success(), validate=True)) == {"grpc-status": "0"}


@pytest.mark.parametrize("code", Code)
def test_codes_are_those_of_grpc_and_messages_are_plain_text(code: Code) -> None:
    reason = "100% \u00e9\r\ngrpc-status:0\r\n\U0001f600"
    pairs = told(GrpcWebFraming(BINARY[0]).end(code, reason))
    assert pairs.keys() == {"grpc-status", "grpc-message"}
    assert int(pairs["grpc-status"]) == STATUS[code].value[0]
    assert unquote(pairs["grpc-message"]) == reason
    assert GrpcWebFraming(BINARY[0]).end(code, "x: (y) ~!").endswith(b"grpc-message:x: (y) ~!\r\n")


def test_long_messages_are_cut() -> None:
    pairs = told(GrpcWebFraming(BINARY[0]).end(Code.INTERNAL, "\u00e9" * 5000))
    assert unquote(pairs["grpc-message"]) == "\u00e9" * LONGEST


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_has_status_200_and_its_details(kind: str) -> None:
    answer = grpc_web_error(invalid("levels", "was 0"), kind)
    body = b64decode(answer.body) if kind in TEXT else answer.body
    assert (answer.status, answer.content_type) == (200, GrpcWebFraming(kind).content_type)
    packed = told(body)["grpc-status-details-bin"]
    status = status_pb2.Status.FromString(b64decode(packed + "=" * (-len(packed) % 4)))
    assert (status.code, status.message) == (3, "levels: was 0")
    assert [each.TypeName() for each in status.details] == ["google.rpc.BadRequest"]


def test_an_error_without_details() -> None:
    framing = GrpcWebFraming(BINARY[0])
    assert told(framing.error(RequestError(Code.NOT_FOUND, "no")))["grpc-message"] == "no"
    assert framing.quiet == b""
