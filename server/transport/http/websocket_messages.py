"""What a client says over a websocket, and what it is told: one JSON object per message. Pure.

{"op": "subscribe", "id": "a", "call": "onebook.v1.MarketDataService/StreamBook", "request": {...}, "credit": 1}
With "gather_ms": 100, messages come together in arrays. A readable stream has its path as the call: "/v1/stream/book".
{"op": "credit", "id": "a", "messages": 1}, {"op": "unsubscribe", "id": "a"}, {"op": "token", "token": "..."}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...codes import Code
from ...request_errors import RequestError, invalid, shown
from .event_framing import Texts
from .http_errors import error_object

LONGEST_ID = 64
MOST_CREDIT = 1_000
"""Messages of one stream that a client may allow at once."""
MOST_GATHER_MS = 1_000


class Digits(str):
    """A number with a fraction or an exponent as it was written: a float would round it."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """A stream is to begin."""

    id: str
    path: str
    """/SERVICE/CALL, or a readable path."""
    request: Mapping[str, Any]
    """As JSON has it; a number with a fraction is Digits."""
    credit: int
    gather_ms: int = 0
    """Milliseconds for which a message may wait for others, to come in one array with them; 0: each comes by itself."""


@dataclass(frozen=True, slots=True)
class Allow:
    """So many more messages of a stream may be sent."""

    id: str
    messages: int


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """A stream is to end."""

    id: str


@dataclass(frozen=True, slots=True)
class Token:
    """The token of what follows, for clients that cannot send headers."""

    token: str


Command = Subscribe | Allow | Unsubscribe | Token


def command(text: str) -> Command:
    """The command of a message. Raises RequestError."""
    fields = _object(text)
    op = _text(fields, "op")
    if op == "subscribe":
        _only(fields, "op", "id", "call", "request", "credit", "gather_ms")
        request = fields.get("request", {})
        if not isinstance(request, dict):
            raise invalid("request", "must be a JSON object")
        path = "/" + _text(fields, "call").removeprefix("/")
        gather = _count(fields, "gather_ms", MOST_GATHER_MS) if "gather_ms" in fields else 0
        return Subscribe(_id(fields), path, request, _count(fields, "credit"), gather)
    if op == "credit":
        _only(fields, "op", "id", "messages")
        return Allow(_id(fields), _count(fields, "messages"))
    if op == "unsubscribe":
        _only(fields, "op", "id")
        return Unsubscribe(_id(fields))
    if op == "token":
        _only(fields, "op", "token")
        return Token(_text(fields, "token"))
    raise invalid("op", f"was {shown(op)}, and is subscribe, credit, unsubscribe or token")


def error_message(error: RequestError) -> bytes:
    """What a client is told whose message was no command, or names a stream that there is not."""
    return json.dumps({"error": error_object(error)}).encode()


class WebsocketFraming:
    """The messages of one stream."""

    content_type = "application/json"
    quiet = b""

    def __init__(self, stream: str, texts: Texts | None) -> None:
        """`stream`: its ID; `texts`: None for a stream that never has a message."""
        self._texts = texts
        self._id = json.dumps(stream).encode()

    def message(self, payload: bytes) -> bytes:
        """One message of the stream."""
        assert self._texts is not None
        return b'{"id": ' + self._id + b', "message": ' + self._texts.response_json(payload) + b"}"

    def end(self, code: Code, reason: str) -> bytes:
        """The last one: why the stream ends."""
        return self._end({"code": code.name.lower(), "message": reason})

    def refused(self, error: RequestError) -> bytes:
        """The only one of a stream that has not begun."""
        return self._end(error_object(error))

    def unsubscribed(self) -> bytes:
        """The last one of a stream that its client has ended."""
        return self._end({"code": "canceled", "message": "the client has unsubscribed"})

    def _end(self, error: dict[str, Any]) -> bytes:
        return b'{"id": ' + self._id + b', "end": ' + json.dumps(error).encode() + b"}"


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_float=Digits, parse_constant=_no_constant)
    except RecursionError:
        raise invalid("message", "is nested too deeply") from None
    except ValueError:
        raise invalid("message", "is no JSON") from None
    if not isinstance(value, dict):
        raise invalid("message", "is no JSON object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise invalid("message", "has a name twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise invalid("message", f"has {name}, which is no JSON")


def _only(fields: Mapping[str, Any], *names: str) -> None:
    for name in fields:
        if name not in names:
            raise invalid("message", f"has {shown(name)}, which {fields['op']!r} does not have")


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or isinstance(value, Digits):
        raise invalid(name, "must be there, and a text")
    return value


def _id(fields: Mapping[str, Any]) -> str:
    value = _text(fields, "id")
    if not 0 < len(value) <= LONGEST_ID:
        raise invalid("id", f"must have 1 to {LONGEST_ID} characters")
    return value


def _count(fields: Mapping[str, Any], name: str, most: int = MOST_CREDIT) -> int:
    value = fields.get(name, 1)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
        raise invalid(name, f"must be a whole number from 1 to {most}")
    return value
