"""Every error that reading shared books raises on purpose. `retry` says whether the same call can work later.

SharedBookError
├── NameInvalidError      no name of a server: letters, digits, - and _                     (also ValueError)
├── NotAllowedError       the file may not be read, or belongs to another user              (also PermissionError)
├── FileError             the file is not one of onebook, or is cut short
│   └── LayoutError       its server is of another layout version than this reader
├── MarketError           the server has no such market: `suggestion` is the nearest        (also LookupError)
├── NoServerError         no server serves this name, or it is starting              retry  (also ConnectionError)
│   └── ServerGoneError   the server stopped, crashed or hangs                       retry
└── NoBookError           the market has no book yet, or none could be read whole    retry
"""

from __future__ import annotations


class SharedBookError(Exception):
    """Base of all errors raised on purpose. `str(error)` is one line for people."""

    retry = False
    """The same call can work later."""


class NameInvalidError(SharedBookError, ValueError):
    """No server can have this name."""


class NotAllowedError(SharedBookError, PermissionError):
    """The file may not be read, or belongs to another user."""


class FileError(SharedBookError):
    """The file is not one of onebook, or is cut short."""


class LayoutError(FileError):
    """The server is of another version than this reader."""


class MarketError(SharedBookError, LookupError):
    """The server has no such market, or no longer."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion
        """The market that was most likely meant; empty if none is near."""


class NoServerError(SharedBookError, ConnectionError):
    """No server serves this name, or it is starting."""

    retry = True


class ServerGoneError(NoServerError):
    """The server stopped, crashed or hangs: its last books are not those of now."""


class NoBookError(SharedBookError):
    """The market has no book yet, or none could be read whole."""

    retry = True
