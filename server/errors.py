"""Every error that the server raises on purpose.

OnebookError
├── ConfigError            what the user typed or configured cannot work; one line, exit status 2
├── CommandError           a command that cannot be done now
│   ├── UnknownNameError   there is no such market or venue; `suggestion` is the nearest
│   ├── DuplicateError     it is there already
│   └── LimitError         too many, or too fast; worth retrying after `retry_after`
└── VenueError             something about one venue; never stops another venue
    ├── UnreachableError   no answer, or an answer that is no answer; worth retrying
    ├── ThrottledError     the venue says how long to wait (429, 418); retry after `retry_after`
    ├── MessageGapError    messages of a connection are missing; the venue is well, and it is opened anew
    ├── RefusedError       the venue will not serve us (403, 451); retried slowly
    ├── FrameError         a frame or body that does not follow the venue's protocol
    │   └── CorruptError   it is not even JSON: nobody knows what it was
    └── OversizeError      a frame larger than the limit; the connection is given up
"""

from __future__ import annotations

from .addresses import redacted


class OnebookError(Exception):
    """Base of all errors raised on purpose. Credentials in addresses never stand in a message."""

    def __init__(self, message: str = "") -> None:
        super().__init__(redacted(message))


class ConfigError(OnebookError):
    """A flag, a configuration value or a pair that cannot work. The message is one line for the user."""

    def __init__(self, message: str = "", at: tuple[str | int, ...] = (), key: bool = False) -> None:
        super().__init__(message)
        self.at = at
        """Keys and numbers of elements that lead to the value, from the setting on; empty where it is none."""
        self.key = key
        """The name of the setting is wrong, not its value."""


class CommandError(OnebookError):
    """A command to the running server that cannot be done now. It has changed nothing."""


class UnknownNameError(CommandError):
    """There is no market or venue of this name."""

    def __init__(self, message: str, kind: str, name: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        """`market` or `venue`."""
        self.name = name
        self.suggestion = suggestion


class DuplicateError(CommandError):
    """The thing to add exists already."""


class LimitError(CommandError):
    """A limit of this server."""

    def __init__(self, message: str, limit: str, retry_after: float) -> None:
        super().__init__(message)
        self.limit = limit
        self.retry_after = retry_after
        """Seconds until it may be different."""


class VenueError(OnebookError):
    """Trouble with one venue."""


class UnreachableError(VenueError):
    """The venue did not answer, or not with its protocol. Retrying makes sense."""


class UnrecordedError(UnreachableError):
    """A replay has asked for what its recording does not have."""

    def __init__(self, text: str, *, lost: bool) -> None:
        """`lost`: something is missing therefore; else a replay of this part of the recording has no use for it."""
        super().__init__(text)
        self.lost = lost


class MessageGapError(VenueError):
    """Messages of a connection are missing: it is of no use any more, and the venue is well."""


class ThrottledError(VenueError):
    """The venue asked us to slow down."""

    def __init__(self, message: str, retry_after: float, banned: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds to wait before any further request to this host."""
        self.banned = banned
        """The venue shut us out (418), rather than warned (429)."""


class RefusedError(VenueError):
    """The venue refuses this address (geographic block, firewall) or this request."""


class FrameError(VenueError):
    """A message that does not follow the venue's protocol."""


class CorruptError(FrameError):
    """A message that cannot be decoded at all: it may have been anything."""


class OversizeError(VenueError):
    """A websocket message larger than we accept."""
