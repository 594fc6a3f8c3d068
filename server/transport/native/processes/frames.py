"""What the server and its serving processes say to each other over a socket: core/control_frames.h in Python.

A serving process talks to strangers, so what it says is checked here like anything else that comes from outside.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from .. import _engine

ATTACH, SEND, END, SECURE, LISTEN, UNLISTEN, DRAIN, STOP = range(1, 9)
"""Kinds of what the server says."""
READY = 100
"""Said by a serving process beside the kinds of the engine: it serves."""

Told = tuple[int, int, bytes, list[tuple[bytes, bytes]], bytes, bytes, int]
"""As Engine.take() returns it."""

_HEAD = struct.Struct("=6IQqQ")
_SHAPE = struct.Struct("=QQIII8II")
_FIELDS = 8
LONGEST = 1 << 18
"""Bytes of the longest frame of a serving process: a request, its headers and its path need fewer."""


class BrokenFrameError(Exception):
    """These bytes are none that a serving process sends."""


def frame(
    kind: int,
    call: int = 0,
    number: int = 0,
    position: int = 0,
    parts: tuple[bytes, bytes, bytes, bytes] = (b"", b"", b"", b""),
) -> bytes:
    """A frame of this kind; what its fields and its four parts mean says SayKind of core/control_frames.h."""
    sizes = (len(part) for part in parts)
    return b"".join((_HEAD.pack(kind, *sizes, 0, call, number, position), *parts))


def shape(key: int, version: int, place: int, events: bool, capacity: int, dropped_fields: Mapping[int, int]) -> bytes:
    """A TopicShape: what a serving process must know of a topic to read it."""
    fields = (dropped_fields.get(outer, 0) for outer in range(_FIELDS))
    return _SHAPE.pack(key, version, place, events, max(1, capacity), *fields, 0)


class FrameReader:
    """Frames of a serving process from bytes that come in pieces."""

    def __init__(self) -> None:
        self._bytes = b""

    def read(self, piece: bytes) -> list[Told]:
        """What is whole now. Raises BrokenFrameError."""
        data = self._bytes + piece
        found, at = [], 0
        while len(data) - at >= _HEAD.size:
            kind, text, details, headers, body, _unused, call, number, _position = _HEAD.unpack_from(data, at)
            first = at + _HEAD.size
            ends = (first + text, first + text + details, first + text + details + headers)
            end = ends[2] + body
            if end - at > LONGEST:
                raise BrokenFrameError(f"a frame of {end - at} bytes")
            if end > len(data):
                break
            block = _engine.headers_of(data[ends[1] : ends[2]])
            found.append(
                (kind, call, data[first : ends[0]], block, data[ends[2] : end], data[ends[0] : ends[1]], number)
            )
            at = end
        self._bytes = data[at:]
        return found
