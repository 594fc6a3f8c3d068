"""Messages as server-sent events: `data` is the JSON of one message, the event `end` says why the stream ends. Pure."""

from __future__ import annotations

import json

from ...codes import Code
from .rpc_messages import RpcMessages


class EventFraming:
    """The events of one stream."""

    content_type = "text/event-stream"
    quiet = b": quiet\n\n"

    def __init__(self, messages: RpcMessages) -> None:
        self._messages = messages

    def message(self, payload: bytes) -> bytes:
        """One event."""
        return b"data: " + self._messages.response_json(payload) + b"\n\n"

    def end(self, code: Code, reason: str) -> bytes:
        """Why the stream ends, in the form of errors."""
        return b"event: end\ndata: " + json.dumps({"code": code.name.lower(), "message": reason}).encode() + b"\n\n"
