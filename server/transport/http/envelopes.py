"""Messages with five bytes before them, as Connect's streams and gRPC-Web have them: flags, and the length. Pure."""

from __future__ import annotations

import struct

from ...request_errors import invalid

_PREFIX = struct.Struct("!BI")
COMPRESSED = 0x01


def envelope(flags: int, payload: bytes) -> bytes:
    """One message in its envelope."""
    return _PREFIX.pack(flags, len(payload)) + payload


def only_message(body: bytes) -> bytes:
    """The message of a request, which has exactly one. Raises RequestError."""
    if len(body) < _PREFIX.size:
        raise invalid("request", f"has {len(body)} bytes, and a message begins with {_PREFIX.size}: flags and length")
    flags, length = _PREFIX.unpack_from(body)
    if flags == COMPRESSED:
        raise invalid("request", "may not be compressed")
    if flags:
        raise invalid("request", f"begins with the flags {flags:#04x}, which no request has")
    rest = len(body) - _PREFIX.size
    if length != rest:
        raise invalid("request", f"must be one message; its length says {length} bytes, and {rest} are there")
    return body[_PREFIX.size :]
