"""Codes for the end of a call or stream: each transport has one table from these codes to its own."""

from __future__ import annotations

from enum import Enum, auto


class Code(Enum):
    """Why a call has no answer, or why a stream has ended."""

    INVALID_ARGUMENT = auto()
    """The request is wrong, whatever the server has."""
    UNAUTHENTICATED = auto()
    """The caller is not known."""
    PERMISSION_DENIED = auto()
    """Who asks may not do this."""
    NOT_FOUND = auto()
    """The market, venue or interval is not here, or not here any more."""
    ALREADY_EXISTS = auto()
    """The thing to add exists already."""
    FAILED_PRECONDITION = auto()
    """The server cannot do this in its present state; asking again does not help."""
    RESOURCE_EXHAUSTED = auto()
    """A limit was reached: of calls, streams, topics, or of the time that a client may leave messages unread."""
    DEADLINE_EXCEEDED = auto()
    """The time that the caller gave is over."""
    UNAVAILABLE = auto()
    """Not now: the server stops, or waits for something outside of it. Asking again helps."""
    INTERNAL = auto()
    """A defect of this server."""
