"""Errors as Connect's JSON: every code has a status, and details survive."""

from __future__ import annotations

import json
from base64 import b64decode
from http import HTTPStatus

import pytest
from google.rpc import error_details_pb2

from server.codes import Code
from server.request_errors import RequestError, exhausted, invalid, unauthenticated
from server.transport.http.http_errors import HTTP_STATUS, error_answer, plain_error
from server.transport.status import MOST_DETAILS


@pytest.mark.parametrize("code", Code)
def test_every_code_has_a_status_of_an_error(code: Code) -> None:
    answer = error_answer(RequestError(code, "words"))
    assert answer.status == HTTP_STATUS[code] >= 400
    assert json.loads(answer.body) == {"code": code.name.lower(), "message": "words"}


def test_details_are_those_of_grpc() -> None:
    (detail,) = json.loads(error_answer(invalid("levels", "was 0")).body)["details"]
    assert detail["type"] == "google.rpc.BadRequest"
    packed = b64decode(detail["value"] + "=" * (-len(detail["value"]) % 4))
    assert error_details_pb2.BadRequest.FromString(packed).field_violations[0].field == "levels"


def test_details_that_are_too_large_are_left_out() -> None:
    large = error_details_pb2.ErrorInfo(reason="x" * MOST_DETAILS)
    small = error_details_pb2.ErrorInfo(reason="y")
    for details in ([large], [large, small]):
        assert "details" not in json.loads(error_answer(RequestError(Code.INTERNAL, "words", *details)).body)


def test_http_has_its_own_words_for_retries_and_tokens() -> None:
    assert error_answer(exhausted("streams", "too many", 2.5)).headers == {"retry-after": "3"}
    assert error_answer(exhausted("streams", "too many", 2.0)).headers == {"retry-after": "2"}
    assert error_answer(unauthenticated("TOKEN_REQUIRED", "no token")).headers == {"www-authenticate": "Bearer"}


def test_an_error_of_http_itself() -> None:
    answer = plain_error(
        HTTPStatus.METHOD_NOT_ALLOWED, "unimplemented", "calls are POST", allow="POST", accept_post="a"
    )
    assert (answer.status, answer.headers) == (405, {"allow": "POST", "accept-post": "a"})
    assert json.loads(answer.body) == {"code": "unimplemented", "message": "calls are POST"}
