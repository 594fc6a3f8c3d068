"""Everything that the screen shows at one moment. Immutable, so that drawing needs no lock and a test needs no loop."""

from __future__ import annotations

from dataclasses import dataclass

from ..messages import Book

VENUE_KEYS = "1234567890abcdefgijklmnoprstuwxyz"
"""The keys that take the first venue, the second, ... in or out: what no other command needs."""


@dataclass(frozen=True)
class Retry:
    """The server is away."""

    seconds: float
    """Until the next attempt; 0 while it is being made."""
    reason: str
    attempt: int


@dataclass(frozen=True)
class Frame:
    """One moment of the view."""

    target: str
    market: str
    book: Book | None = None
    """Newest book; None before the first."""
    retry: Retry | None = None
    """None while connected."""
    restarts: int = 0
    """Times that the server came back as a new process."""
    rate: float = 0.0
    """Messages a second over the last seconds."""
    received: int = 0
    missed: int = 0
    """States that the server conflated because they came faster than they were read."""
    latency: float | None = None
    """Seconds from the server's publishing to this screen; None where the clocks are not the same."""
    depth: int = 0
    """Levels a side that were asked for; 0 is the server's own number."""
    known: tuple[str, ...] = ()
    """Every venue of the market."""
    chosen: tuple[str, ...] = ()
    """Venues asked for; empty is all."""
    paused: bool = False
    help: bool = False
    ascii: bool = False
    """The terminal cannot show block characters."""
