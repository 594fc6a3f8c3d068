"""Messages as Connect's streams have them: envelopes of JSON or protobuf, and a last one that says why. Pure."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from ...codes import Code
from ...request_errors import RequestError
from .envelopes import envelope
from .http_errors import error_object
from .http_message import HttpAnswer
from .rpc_messages import RpcMessages

CONNECT_JSON, CONNECT_PROTO = "application/connect+json", "application/connect+proto"
KINDS = (CONNECT_JSON, CONNECT_PROTO)
END_STREAM = 0x02


class ConnectFraming:
    """The envelopes of one stream."""

    quiet = b""

    def __init__(self, messages: RpcMessages, kind: str) -> None:
        """`kind`: one of KINDS."""
        self.content_type = kind
        self._messages = messages

    def message(self, payload: bytes) -> bytes:
        """One message."""
        return envelope(0, self._messages.response_json(payload) if self.content_type == CONNECT_JSON else payload)

    def end(self, code: Code, reason: str) -> bytes:
        """The end of the stream, which is JSON in both kinds."""
        return _end(error_object(RequestError(code, reason)))


def connect_error(error: RequestError, kind: str) -> HttpAnswer:
    """A stream that ends before its first message: its status is always 200."""
    return HttpAnswer(HTTPStatus.OK, _end(error_object(error)), kind)


def _end(error: dict[str, Any]) -> bytes:
    return envelope(END_STREAM, json.dumps({"error": error}).encode())
