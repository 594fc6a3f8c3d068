"""One request of ASGI in, and its answer or its stream out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

from .connection_limits import peer_name
from .http_message import HttpAnswer, HttpRequest

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
)
BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


async def whole(scope: Any, receive: Any) -> HttpRequest | None:
    """The request with its body, which the connection bounds; None if the client left before its end."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return without_body(scope, bytes(body))


def without_body(scope: Any, body: bytes = b"") -> HttpRequest:
    """The request of a scope, with the body that has been read."""
    return HttpRequest(
        scope.get("method", "GET"),  # A websocket has no method.
        scope["path"],
        scope["query_string"],
        scope["headers"],
        body,
        peer_name(scope["client"]),
    )


async def send_answer(answer: HttpAnswer, without_body: bool, send: Any) -> None:
    """Sends an answer, whole."""
    headers = answer_headers(answer)
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "http.response.body", "body": b"" if without_body else answer.body})


async def refuse_websocket(answer: HttpAnswer, send: Any) -> None:
    """Answers a request for a websocket, which then is none."""
    headers = answer_headers(answer)
    await send({"type": "websocket.http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "websocket.http.response.body", "body": answer.body})


def answer_headers(answer: HttpAnswer) -> list[tuple[bytes, bytes]]:
    """The headers of an answer; those of security come with every answer, unless the answer has its own."""
    own = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    named = {name for name, _ in own}
    # An answer that may have no body has no length: a cache would take the length for that of the file.
    whole_body = [] if answer.status in BODILESS else [(b"content-length", str(len(answer.body)).encode())]
    return [
        (b"content-type", answer.content_type.encode()),
        *whole_body,
        *(pair for pair in SECURITY_HEADERS if pair[0] not in named),
        *own,
    ]


async def send_pieces(content_type: str, pieces: AsyncIterator[bytes], send: Any) -> None:
    """Sends a body piece by piece: the next piece is asked for when the last has gone out."""
    headers = [(b"content-type", content_type.encode()), *SECURITY_HEADERS, (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": int(HTTPStatus.OK), "headers": headers})
    async for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
