"""How much a connection has received."""

from __future__ import annotations

from typing import NamedTuple


class Received(NamedTuple):
    """Counts since the start; two of them can be added."""

    messages: int
    """Whole messages of websockets, of whatever content."""
    bytes: int
    """All bytes behind the handshake, heads of frames included and after TLS."""

    def __add__(self, other: Received) -> Received:  # type: ignore[override]
        return Received(self.messages + other.messages, self.bytes + other.bytes)
