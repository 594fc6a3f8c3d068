"""What a stream says of itself beside its messages: that it lost its server, and that it has one again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .errors import OnebookError


@dataclass(frozen=True, slots=True)
class Connected:
    """The first message of a connection arrived."""

    stream: str
    """Name of the stream, such as "book BTC/USDT"."""
    epoch: int
    """Start of the server process in nanoseconds."""
    restarted: bool
    """The server is another process than before: the sequence began again."""
    attempt: int
    """Attempts since the last message; 0 if the first attempt succeeded at once."""

    def __str__(self) -> str:
        tried = f" after {self.attempt} attempt{'s' * (self.attempt > 1)}" if self.attempt else ""
        return f"{self.stream}: connected{tried}{', the server was restarted' * self.restarted}"


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """The server was lost, or could not be reached; the stream tries again after `delay`."""

    stream: str
    reason: str
    """One line for people, such as "connection refused"."""
    attempt: int
    """Number of the coming attempt, from 1."""
    delay: float
    """Seconds until the next attempt."""
    error: OnebookError
    """What happened."""

    def __str__(self) -> str:
        return f"{self.stream}: reconnecting in {self.delay:.1f} s: {self.reason}"


Event = Connected | Reconnecting
"""Passed to `on_event`, in the thread (or task) that reads the stream."""

EventHandler = Callable[[Event], None]
