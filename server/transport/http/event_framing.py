"""Messages as server-sent events: `data` is the JSON of one message, the event `end` says why the stream ends. Pure."""

from __future__ import annotations

import json
from typing import Protocol

from ...codes import Code


class Texts(Protocol):
    """Who makes JSON of messages."""

    def response_json(self, payload: bytes) -> bytes:
        """The JSON of a message that comes as bytes of protobuf."""
        ...


class EventFraming:
    """The events of one stream."""

    content_type = "text/event-stream"
    quiet = b": quiet\n\n"

    def __init__(self, messages: Texts) -> None:
        self._messages = messages

    def message(self, payload: bytes) -> bytes:
        """One event."""
        return b"data: " + self._messages.response_json(payload) + b"\n\n"

    def end(self, code: Code, reason: str) -> bytes:
        """Why the stream ends, in the form of errors."""
        return b"event: end\ndata: " + json.dumps({"code": code.name.lower(), "message": reason}).encode() + b"\n\n"
