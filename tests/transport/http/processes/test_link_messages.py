"""Requests, answers and errors cross the link as they are."""

from __future__ import annotations

import pytest

from server.request_errors import RequestError, exhausted, invalid, not_found, unauthenticated
from server.transport.http.http_errors import error_answer
from server.transport.http.http_message import HttpAnswer, HttpRequest
from server.transport.http.processes.link_frames import BrokenFrameError, parted
from server.transport.http.processes.link_messages import (
    answer_body,
    answer_of,
    error_body,
    error_of,
    request_body,
    request_of,
)


def test_requests_and_answers() -> None:
    request = HttpRequest("POST", "/é", b"a=\xff", [(b"x", b"\xe9"), (b"x", b"2")], b"\0body", "ipv4:1.2.3.4:5")
    assert request_of(request_body(request)) == request
    answer = HttpAnswer(503, b"\0\xff", "text/plain", {"retry-after": "1"})
    assert answer_of(answer_body(answer)) == answer


@pytest.mark.parametrize(
    "error",
    [
        invalid("levels", "was 0"),
        not_found("market", "é", "BTC/USDT"),
        exhausted("streams", "x", 0.5),
        unauthenticated("A", "b"),
    ],
)
def test_errors_have_their_code_words_and_details(error: RequestError) -> None:
    found = error_of(error_body(error))
    assert (found.code, found.message, found.details) == (error.code, error.message, error.details)
    assert error_answer(found) == error_answer(error)


@pytest.mark.parametrize("headers", [None, 5, [5], [["a"]], [["a", 5]], [["a", "\u20ac"]]])
def test_requests_that_are_none(headers: object) -> None:
    with pytest.raises(BrokenFrameError):
        request_of(parted({"method": "GET", "path": "/", "query": "", "headers": headers, "peer": "p"}))
