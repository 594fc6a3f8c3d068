"""What a stream says of itself beside its messages: that it lost its server, has one again, and has caught up."""

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


@dataclass(frozen=True, slots=True)
class Resumed:
    """The stream has received what its server kept while the stream was disconnected, and is live again."""

    stream: str
    messages: int
    """Messages that were received out of the server's history, without those that the stream had received before."""
    since_nanos: int
    """Time of the server from which on the history was read."""
    complete: bool
    """The history had the last message from before the disconnection, too. False: it may have begun later, and messages
    of the time in between may be missing."""

    def __str__(self) -> str:
        came = f"{self.messages:,} message{'s' * (self.messages != 1)}"
        doubt = ", and some may be missing: the server's history does not have the last message before"
        return f"{self.stream}: resumed, {came} came out of the server's history{doubt * (not self.complete)}"


Event = Connected | Reconnecting | Resumed
"""Passed to `on_event`, in the thread (or task) that reads the stream."""

EventHandler = Callable[[Event], None]
