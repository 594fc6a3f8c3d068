"""What a venue's documents say once and for all: its addresses, its limits, and what its trade ids mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A venue's addresses: scheme, host and port, optionally a path prefix; no trailing slash."""

    ws: str
    rest: str


@dataclass(frozen=True, slots=True)
class Limits:
    """A venue's published rules. Sources and dates are named where a venue file fills this in."""

    rest_weight: int
    """Request weight allowed within `rest_seconds`."""
    rest_seconds: float
    """Seconds."""
    streams_per_connection: int
    sends_per_second: float
    """Messages a second that we may send on one connection, control frames included."""
    connects_per_minute: float
    max_age: float
    """Seconds after which the venue closes a connection; we renew before that."""
    used_weight_header: str = ""
    """Response header in which the venue says how much weight was used in the current window."""
    heartbeat: float = 0.0
    """Seconds between heartbeat messages that we send; 0 is none."""
    silence: float = 10.0
    """Seconds without a frame of a book after which it is doubted."""
    dead: float = 60.0
    """Seconds without any frame, control frames included, after which the connection is dead."""
    refresh: float = 0.0
    """Seconds after which a book whose gaps cannot be seen is rebuilt; 0 is never."""
    resubscribe_pause: float = 0.0
    """Seconds between the end of a subscription and its renewal, for venues that mix the two up."""
    request_names: int = 1
    """Streams that one message may begin or end."""
    request_bytes: int = 0
    """Bytes of such a message at most; 0: none are known."""
    throttled_wait: float = 10.0
    """Seconds to wait after an answer of status 200 that says that we asked too often."""
    refusal: bytes = b""
    """How the body of an answer of status 5xx begins that only refuses a request; others mean trouble at the venue."""


class TradeIds(Enum):
    """What a venue's trade ids say. Those that are numbers are digits only: Trade.number."""

    CONSECUTIVE = "consecutive"
    """Numbers that rise by one per trade: a jump is a loss."""
    RISING = "rising"
    """Numbers that rise."""
    OPAQUE = "opaque"
    """Names."""
