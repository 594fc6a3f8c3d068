"""`POST /onebook.v1.MarketDataService/StreamBook`: every stream by the Connect protocol (connectrpc.com/docs/protocol).

Request and messages are JSON (`application/connect+json`) or protobuf (`application/connect+proto`).
"""

from __future__ import annotations

from http import HTTPStatus

from ...request_errors import invalid
from .connect_framing import CONNECT_JSON, KINDS, ConnectFraming
from .dispatch import StreamCall
from .envelopes import only_message
from .http_errors import plain_error
from .http_message import HttpAnswer, HttpRequest
from .rpc_table import RpcTable


class ConnectStreams:
    """All streams. Thread-safe."""

    def __init__(self, table: RpcTable) -> None:
        self._table = table

    def find(self, request: HttpRequest) -> StreamCall | HttpAnswer | None:
        """The stream that this request opens; the answer where HTTP refuses it; None for a path that is no stream."""
        rpc = self._table.streams.get(request.path)
        if rpc is None:
            return None
        if request.method != "POST":
            words = "streams are GET, with the request as parameters, or POST by the Connect protocol or gRPC-Web"
            return plain_error(HTTPStatus.METHOD_NOT_ALLOWED, "unimplemented", words, allow="GET, POST")
        kind = request.content_type
        if kind not in KINDS:
            words = f"the content-type of a stream must be {', '.join(KINDS)} or one of gRPC-Web"
            return plain_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unimplemented", words, accept_post=", ".join(KINDS))
        messages = rpc.messages

        def request_bytes() -> bytes:
            _check(request)
            message = only_message(request.body)
            return messages.request_bytes(message) if kind == CONNECT_JSON else message

        return rpc.stream(request_bytes, ConnectFraming(messages, kind))


def _check(request: HttpRequest) -> None:
    """Raises RequestError."""
    for name in ("content-encoding", "connect-content-encoding"):
        if request.header(name) not in ("", "identity"):
            raise invalid(name, "requests may not be compressed")
    if request.header("connect-protocol-version") not in ("", "1"):
        raise invalid("connect-protocol-version", "must be 1")
