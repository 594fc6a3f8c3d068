"""Requests and answers as ASGI carries them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from server.transport.http.asgi import SECURITY_HEADERS, answer_headers, send_answer, send_pieces, whole, without_body
from server.transport.http.http_message import HttpAnswer

SCOPE = {
    "method": "POST",
    "path": "/a",
    "query_string": b"b=c",
    "headers": [(b"host", b"localhost")],
    "client": ("127.0.0.1", 5),
}


def received(*messages: dict[str, Any]) -> Any:
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    return receive


def test_a_body_comes_in_pieces() -> None:
    pieces = received(
        {"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.request", "body": b"c"}
    )
    request = asyncio.run(whole(SCOPE, pieces))
    assert request is not None
    assert (request.method, request.path, request.query, request.body) == ("POST", "/a", b"b=c", b"abc")
    assert request.peer == "ipv4:127.0.0.1:5"


def test_a_client_that_leaves_before_its_end_asks_nothing() -> None:
    pieces = received({"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.disconnect"})
    assert asyncio.run(whole(SCOPE, pieces)) is None


def test_a_scope_without_a_method_is_read() -> None:
    scope = {name: value for name, value in SCOPE.items() if name != "method"}
    assert without_body(scope).method == "GET"


def test_an_answer_has_its_own_headers_and_those_of_security_once() -> None:
    answer = HttpAnswer(200, b"{}", headers={"cache-control": "max-age=60", "x-own": "\u00e9"})
    headers = answer_headers(answer)
    names = [name for name, _ in headers]
    assert len(names) == len(set(names))
    assert dict(headers)[b"cache-control"] == b"max-age=60"
    assert dict(headers)[b"x-own"] == b"\xe9"
    assert {name for name, _ in SECURITY_HEADERS} <= set(names)


def test_a_head_has_the_length_and_no_body() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(send_answer(HttpAnswer(200, b"12345"), True, send))
    assert (b"content-length", b"5") in sent[0]["headers"]
    assert sent[1]["body"] == b""


def test_a_piece_is_asked_for_when_the_last_has_gone_out() -> None:
    steps: list[object] = []

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"1", b"2"):
            steps.append(("made", piece))
            yield piece

    async def send(message: dict[str, Any]) -> None:
        steps.append(("sent", message.get("body")))

    asyncio.run(send_pieces("text/plain", pieces(), send))
    assert steps == [("sent", None), ("made", b"1"), ("sent", b"1"), ("made", b"2"), ("sent", b"2"), ("sent", b"")]
