"""Cuts websocket messages (RFC 6455) out of a stream of large reads.

A frame costs one recv at most, usually less: websocket-client alone does three, and each is a chance to lose the GIL
for a whole switch interval. A timeout in the middle of a frame loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from ..errors import FrameError, OversizeError

READ_SIZE = 1 << 16
# Fragments of one message at most: more of them only keep us busy.
MAX_PARTS = 1024
FINAL = 0x80
RESERVED = 0x70
MASKED = 0x80


class Opcode(IntEnum):
    """Kinds of frames."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


_OPCODES = {int(opcode): opcode for opcode in Opcode}


class MessageCutter:
    """Yields whole messages and control frames from `recv(size) -> bytes`, which may raise if no bytes came. `data` has
    the bytes from before the first call. Messages have at most `limit` bytes and MAX_PARTS fragments."""

    def __init__(self, recv: Callable[[int], bytes], limit: int, data: bytes = b"") -> None:
        self._recv = recv
        self._limit = limit
        self._data = bytearray(data)
        self._at = 0
        self._opcode = Opcode.CONTINUATION
        self._parts: list[bytes] = []
        self._parts_size = 0

    @property
    def unfinished(self) -> bool:
        """Whether a message has begun to come, and its end is missing; control frames may pass in between."""
        return bool(self._parts) or len(self._data) > self._at

    def message(self) -> tuple[Opcode, bytes]:
        """The next message. Raises what recv raises, EOFError at the end of the stream, FrameError, OversizeError."""
        while True:
            frame = self._cut()
            if frame is None:
                self._fill()
                continue
            message = self._assemble(*frame)
            if message is not None:
                return message

    def _fill(self) -> None:
        if self._at:
            del self._data[: self._at]
            self._at = 0
        chunk = self._recv(READ_SIZE)
        if not chunk:
            raise EOFError("the connection ended without a close frame")
        self._data += chunk

    def _cut(self) -> tuple[bool, Opcode, bytes] | None:
        """The next whole frame in the buffer."""
        data, at = self._data, self._at
        held = len(data) - at
        if held < 2:
            return None
        head, size = data[at], data[at + 1]
        opcode = _OPCODES.get(head & 0x0F)
        if opcode is None or head & RESERVED or size & MASKED:
            raise FrameError(f"a websocket frame had the invalid head {head:#04x} {size:#04x}")
        start = 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if held < start:
                return None
            size = int.from_bytes(data[at + 2 : at + start], "big")
        if size > self._limit:
            raise OversizeError(f"a websocket frame of {size} bytes is over the limit of {self._limit}")
        if held < start + size:
            return None
        self._at = at + start + size
        return bool(head & FINAL), opcode, bytes(data[at + start : self._at])

    def _assemble(self, final: bool, opcode: Opcode, payload: bytes) -> tuple[Opcode, bytes] | None:
        if opcode >= Opcode.CLOSE:
            if not final or len(payload) > 125:
                raise FrameError("a websocket control frame was fragmented or too long")
            return opcode, payload
        if final and not self._parts and opcode is not Opcode.CONTINUATION:
            return opcode, payload
        if (opcode is Opcode.CONTINUATION) != bool(self._parts):
            raise FrameError("a fragmented websocket message was out of order")
        self._opcode = opcode if not self._parts else self._opcode
        self._parts.append(payload)
        self._parts_size += len(payload)
        if self._parts_size > self._limit or len(self._parts) > MAX_PARTS:
            raise OversizeError(
                f"a websocket message of over {self._parts_size} bytes in {len(self._parts)} fragments is over the "
                f"limit of {self._limit} in {MAX_PARTS}"
            )
        if not final:
            return None
        whole, self._parts, self._parts_size = b"".join(self._parts), [], 0
        return self._opcode, whole
