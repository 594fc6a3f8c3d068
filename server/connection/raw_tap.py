"""All messages of a websocket, byte for byte, for a recorder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from ..model import Receipt


class RawKind(IntEnum):
    """What happened on a connection: the numbers of recording.Kind."""

    OPENED = 1
    """`data` is the requested path."""
    RECEIVED = 2
    SENT = 3
    CLOSED = 4
    """`data` is the reason, for people."""
    TICK = 7
    """The session looked at the clock; `data` is empty."""


@dataclass(frozen=True, slots=True)
class RawTap:
    """Where the events of one connection go. Neither call waits for the recorder."""

    source: int
    """Number of the connection in the recording."""
    put: Callable[[int, bytes, int, int], object]
    """An event: RawKind, data, time in nanoseconds UTC, and the same by the monotonic clock."""
    received: Callable[[bytes, Receipt], object]
    """A message, with its receipt: the same as an event RECEIVED, at less cost."""
    end: Callable[[], None] = lambda: None
    """The connection is not opened again."""
