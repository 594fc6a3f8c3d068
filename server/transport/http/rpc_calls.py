"""`POST /onebook.v1.MarketDataService/GetBook`: every call with one answer, by the Connect protocol.

The call is the one that gRPC serves: the request becomes the same bytes, and the answer is made of the same bytes.
Connect's unary protocol is HTTP as everybody speaks it: JSON (or protobuf) in the body, errors as JSON with a status.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from http import HTTPStatus

from ...request_errors import invalid, shown
from .dispatch import Make
from .http_errors import plain_error
from .http_message import JSON, HttpAnswer, HttpRequest
from .rpc_messages import PROTO
from .rpc_table import Rpc, RpcTable

ENCODINGS = {"json": JSON, "proto": PROTO}
"""Of the parameter `encoding` of a GET."""


class RpcCalls:
    """All calls with one answer. Thread-safe."""

    def __init__(self, table: RpcTable) -> None:
        self._table = table

    def find(self, request: HttpRequest) -> Make | HttpAnswer | None:
        """What answers this request; the answer itself where HTTP refuses it; None for a path that is no call."""
        rpc = self._table.calls.get(request.path)
        if rpc is None:
            return None
        if request.method == "GET" and b"connect=" in request.query:
            return lambda: _read(rpc, request)
        if request.method != "POST":
            words = "calls are POST, or GET with the parameters of Connect"
            return plain_error(HTTPStatus.METHOD_NOT_ALLOWED, "unimplemented", words, allow="POST")
        kind = request.content_type
        if kind not in (JSON, PROTO):
            words = f"the content-type must be {JSON} or {PROTO}"
            return plain_error(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unimplemented", words, accept_post=f"{JSON}, {PROTO}"
            )
        if request.header("content-encoding") not in ("", "identity"):
            return plain_error(HTTPStatus.NOT_IMPLEMENTED, "unimplemented", "requests may not be compressed")
        if request.header("connect-protocol-version") not in ("", "1"):
            words = "connect-protocol-version must be 1"
            return plain_error(HTTPStatus.BAD_REQUEST, "invalid_argument", words)
        return lambda: _answer(rpc, lambda: request.body, kind)


def _answer(rpc: Rpc, body: Callable[[], bytes], kind: str) -> HttpAnswer:
    """Raises RequestError."""
    payload = rpc.answer(lambda: rpc.messages.request_bytes(body()) if kind == JSON else body())
    return HttpAnswer(HTTPStatus.OK, rpc.messages.response_json(payload) if kind == JSON else payload, kind)


def _read(rpc: Rpc, request: HttpRequest) -> HttpAnswer:
    """The answer to Connect's GET: `connect=v1&encoding=json&message=...`, with `base64=1` where the message is in
    base64 for addresses. Raises RequestError."""
    try:
        parameters = request.parameters()
    except ValueError as error:
        raise invalid("query", str(error)) from None
    for name in parameters:
        if name not in ("connect", "encoding", "message", "base64", "compression"):
            raise invalid(name[:100], "is no parameter of Connect")
    if parameters.get("connect") != "v1":
        raise invalid("connect", "must be v1")
    if parameters.get("compression", "identity") not in ("", "identity"):
        raise invalid("compression", "requests may not be compressed")
    encoding = parameters.get("encoding", "")
    if encoding not in ENCODINGS:
        raise invalid("encoding", f"was {shown(encoding)}, and is json or proto")
    message = parameters.get("message", "")
    in_base64 = parameters.get("base64", "") == "1"
    return _answer(rpc, lambda: _decoded(message) if in_base64 else message.encode(), ENCODINGS[encoding])


def _decoded(text: str) -> bytes:
    """Raises RequestError."""
    try:
        standard = text.replace("-", "+").replace("_", "/").rstrip("=")
        return b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except ValueError:
        raise invalid("message", "is no base64") from None
