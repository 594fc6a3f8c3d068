"""What the server and the process of HTTP say to each other over a socket.

A frame has a kind, three numbers and a body. The process talks to strangers, so the server checks what it says like
anything else that comes from outside.
"""

from __future__ import annotations

import json
import struct
from typing import Any, NamedTuple

SETUP, ANSWER, REFUSED, TOPIC, OPENED, MESSAGE, FORGET, END, RELOAD, STOP = range(1, 11)
"""Kinds of what the server says."""
READY, COUNTS, ADMIT, ADMIT_POST, PAGE, METRICS, POST, CALL, OPEN, CLOSE, TAKEN, LOST = range(101, 113)
"""Kinds of what the process says."""

_HEAD = struct.Struct("=IIQQQ")
LONGEST = 1 << 18
"""Bytes of the longest body of the process: a request, its headers and its path need fewer."""
_WHOLE = (1 << 32) - 1


class BrokenFrameError(Exception):
    """These bytes are none that the other side sends."""


class Frame(NamedTuple):
    """A frame. `number` names an ask, a stream or a topic; what the others mean depends on the kind."""

    kind: int
    number: int
    first: int
    second: int
    body: bytes


def frame(kind: int, number: int = 0, first: int = 0, second: int = 0, body: bytes = b"") -> bytes:
    """The bytes of a frame."""
    return _HEAD.pack(kind, len(body), number, first, second) + body


class FrameReader:
    """Frames from bytes that come in pieces."""

    def __init__(self, longest: int = _WHOLE) -> None:
        """`longest`: bytes that a body may have."""
        self._longest = longest
        self._bytes = bytearray()

    def read(self, piece: bytes) -> list[Frame]:
        """What is whole now. Raises BrokenFrameError."""
        data = self._bytes
        data += piece
        found, at = [], 0
        while len(data) - at >= _HEAD.size:
            kind, size, number, first, second = _HEAD.unpack_from(data, at)
            if size > self._longest:
                raise BrokenFrameError(f"a frame of {size} bytes")
            end = at + _HEAD.size + size
            if end > len(data):
                break
            found.append(Frame(kind, number, first, second, bytes(data[at + _HEAD.size : end])))
            at = end
        del data[:at]
        return found


def parted(head: Any, rest: bytes = b"") -> bytes:
    """A body of a head, as JSON has it, and of further bytes."""
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "little") + text + rest


def parts(body: bytes) -> tuple[dict[str, Any], bytes]:
    """Head and further bytes of a body; the head is an object. Raises BrokenFrameError."""
    end = 4 + int.from_bytes(body[:4], "little")
    if len(body) < end:
        raise BrokenFrameError("a head that is cut off")
    try:
        head = json.loads(body[4:end])
    except (ValueError, RecursionError) as error:
        raise BrokenFrameError("a head that is no JSON") from error
    if not isinstance(head, dict):
        raise BrokenFrameError("a head that is no object")
    return head, body[end:]


def word(head: dict[str, Any], name: str) -> str:
    """A text of a head. Raises BrokenFrameError."""
    value = head.get(name)
    if not isinstance(value, str):
        raise BrokenFrameError(f"no text {name}")
    return value


def count(head: dict[str, Any], name: str) -> int:
    """A number of a head that is not below 0. Raises BrokenFrameError."""
    value = head.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise BrokenFrameError(f"no number {name}")
    return value
