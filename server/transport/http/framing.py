"""How a protocol puts the messages of a stream into the body of an answer. One file per protocol implements it."""

from __future__ import annotations

from typing import Protocol

from ...codes import Code


class Framing(Protocol):
    """The frames of one stream."""

    content_type: str
    quiet: bytes
    """What shows a reader that the connection lives while there are no messages; empty: the protocol has no such
    frame."""

    def message(self, payload: bytes) -> bytes:
        """The frame of one message, which comes as bytes of protobuf. Raises what the parser raises for other bytes."""
        ...

    def end(self, code: Code, reason: str) -> bytes:
        """The last frame: why the stream ends."""
        ...
