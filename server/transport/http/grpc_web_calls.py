"""Every call and every stream by gRPC-Web (github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md), without a proxy."""

from __future__ import annotations

import binascii
from base64 import b64decode
from http import HTTPStatus

from ...request_errors import invalid
from .dispatch import Found
from .envelopes import only_message
from .grpc_web_framing import KINDS, TEXT, GrpcWebFraming
from .http_message import HttpAnswer, HttpRequest
from .rpc_table import Rpc, RpcTable


class GrpcWebCalls:
    """All calls and streams. Thread-safe."""

    def __init__(self, table: RpcTable) -> None:
        self._table = table

    def find(self, request: HttpRequest) -> Found | None:
        """What answers this request; None: it is none of gRPC-Web, or for a path that is no call."""
        if request.method != "POST" or request.content_type not in KINDS:
            return None
        framing = GrpcWebFraming(request.content_type)
        stream = self._table.streams.get(request.path)
        if stream is not None:
            return stream.stream(lambda: _message(request), framing)
        rpc = self._table.calls.get(request.path)
        return None if rpc is None else lambda: _answer(rpc, request, framing)


def _answer(rpc: Rpc, request: HttpRequest, framing: GrpcWebFraming) -> HttpAnswer:
    """Raises RequestError."""
    payload = rpc.answer(lambda: _message(request))
    return HttpAnswer(HTTPStatus.OK, framing.message(payload) + framing.success(), framing.content_type)


def _message(request: HttpRequest) -> bytes:
    """The message of a request. Raises RequestError."""
    if request.header("content-encoding") not in ("", "identity"):
        raise invalid("content-encoding", "requests may not be compressed")
    if request.content_type not in TEXT:
        return only_message(request.body)
    try:
        return only_message(b64decode(request.body, validate=True))
    except binascii.Error:
        raise invalid("request", "is no base64") from None
