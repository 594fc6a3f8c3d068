"""Every error that the client raises on purpose. `retry` says whether the same call can work later.

OnebookError
├── InvalidArgumentError      a field of the request is wrong: `field` names it                (also ValueError)
├── NotFoundError             no such market or venue: `suggestion` is the nearest             (also LookupError)
├── AlreadyExistsError        what was to be added is there
├── UnauthenticatedError      no token, or one that the server does not know
├── PermissionDeniedError     the token may not do this
├── UnimplementedError        the server is older than this client, or is no onebook server
├── FailedPreconditionError   the server cannot do this as it is configured
├── ClientClosedError         the client was closed before the call                            (also RuntimeError)
├── ProtocolError             a message that does not follow the contract
├── UnavailableError          no server there, or it is not ready                      retry   (also ConnectionError)
│   └── IdleError             neither message nor heartbeat for `idle_timeout`         retry
├── DeadlineError             no answer in time                                        retry   (also TimeoutError)
├── ResourceExhaustedError    a limit of the server: wait `retry_after`                retry
└── ServerError               the server failed, or ended the stream                   retry

Streams of a client with `reconnect=True` raise only errors without retry, and the last error once `max_gap` is over.
"""

from __future__ import annotations


class OnebookError(Exception):
    """Base of all errors raised on purpose. `str(error)` is one line for people."""

    retry = False
    """The same call can work later."""

    def __init__(
        self,
        message: str,
        *,
        field: str = "",
        suggestion: str = "",
        reason: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.field = field
        """The field of the request that is wrong, where the server named one."""
        self.suggestion = suggestion
        """The nearest thing that exists, where the server knows one."""
        self.reason = reason
        """The server's machine-readable reason (google.rpc.ErrorInfo), such as MARKET_NOT_FOUND."""
        self.retry_after = retry_after
        """Seconds that the server asks to wait; None where it does not say."""


class InvalidArgumentError(OnebookError, ValueError):
    """A field of the request is wrong (INVALID_ARGUMENT, OUT_OF_RANGE)."""


class NotFoundError(OnebookError, LookupError):
    """The server does not keep this market, or does not read this venue (NOT_FOUND)."""


class AlreadyExistsError(OnebookError):
    """What was to be added is there already (ALREADY_EXISTS)."""


class UnauthenticatedError(OnebookError):
    """The server wants a token, or does not know this one (UNAUTHENTICATED)."""


class PermissionDeniedError(OnebookError):
    """The token may not do this (PERMISSION_DENIED)."""


class UnimplementedError(OnebookError):
    """The server does not know this call (UNIMPLEMENTED): it is older, or no onebook server."""


class FailedPreconditionError(OnebookError):
    """The server cannot do this as it is configured (FAILED_PRECONDITION)."""


class ClientClosedError(OnebookError, RuntimeError):
    """A call on a client that was closed."""


class ProtocolError(OnebookError):
    """A message that does not follow the contract of onebook.v1."""


class UnavailableError(OnebookError, ConnectionError):
    """No server answers there, or it is not ready yet (UNAVAILABLE)."""

    retry = True


class IdleError(UnavailableError):
    """Neither message nor heartbeat came for `idle_timeout` seconds: the connection is taken for dead."""


class DeadlineError(OnebookError, TimeoutError):
    """No answer within `timeout` seconds (DEADLINE_EXCEEDED)."""

    retry = True


class ResourceExhaustedError(OnebookError):
    """A limit of the server was reached (RESOURCE_EXHAUSTED); `retry_after` says how long to wait."""

    retry = True


class ServerError(OnebookError):
    """The server failed in answering, or ended the stream (any other status)."""

    retry = True
