"""From a gRPC status to the client's errors: one table of codes, and the details of the google.rpc error model."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any

import grpc

from .error_details import Details, read_details
from .errors import (
    AlreadyExistsError,
    DeadlineError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    OnebookError,
    PermissionDeniedError,
    ResourceExhaustedError,
    ServerError,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
)
from .proxies import proxy_of
from .start_command import start_hint

_BY_CODE: dict[grpc.StatusCode, type[OnebookError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    grpc.StatusCode.OUT_OF_RANGE: InvalidArgumentError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExistsError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.UNIMPLEMENTED: UnimplementedError,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
}

_log = logging.getLogger(__name__)

_DETAILS_KEY = "grpc-status-details-bin"


def parse_details(metadata: Iterable[tuple[str, str | bytes]] | None) -> Details:
    """Details in the trailing metadata of a failed call; empty where there are none or they are unreadable."""
    for key, value in metadata or ():
        if key == _DETAILS_KEY:
            try:
                return read_details(value if isinstance(value, bytes) else value.encode("latin-1"))
            except ValueError:
                # Details only explain an error that has a code already: who sent garbage must not hide that code.
                _log.debug("unreadable %s of %d bytes", _DETAILS_KEY, len(value))
    return Details()


def to_error(
    code: grpc.StatusCode, message: str, metadata: Iterable[tuple[str, str | bytes]] | None = None, note: str = ""
) -> OnebookError:
    """The client's error for a failed call, its message made readable and completed from the details and the note."""
    details = parse_details(metadata)
    return _BY_CODE.get(code, ServerError)(
        _describe(code, message, details) + note,
        field=details.field,
        suggestion=details.suggestion,
        reason=details.reason,
        retry_after=details.retry_after,
    )


def _describe(code: grpc.StatusCode, message: str, details: Details) -> str:
    if code is grpc.StatusCode.UNIMPLEMENTED and message in _UNKNOWN_METHOD:
        return "the server does not know this call: it is older than this client, or no onebook server"
    text = mixed_up(message) or " ".join(_plain(message).split())
    text = text or f"the server answered {code.name} without a message"
    if details.field and details.field not in text:
        text += f" ({details.field}: {details.problem})" if details.problem else f" (field {details.field})"
    if details.suggestion and details.suggestion not in text:
        text += f"; did you mean {details.suggestion}?"
    return text


_UNKNOWN_METHOD = ("", "Method not found!", "Method not implemented!")  # gRPC's own words

# As gRPC puts it: "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to connect to
# remote host: connect: Connection refused (111)". People want the end of it.
_NOISE = re.compile(r"^.*(?:Failed to connect to remote host|last error): (?:[A-Z]+: )?(?:connect: )?", re.DOTALL)
_ERRNO = re.compile(r" \(\d+\)$")


def _plain(message: str) -> str:
    text, found = _NOISE.subn("", message)
    text = _ERRNO.sub("", text)
    return text[:1].lower() + text[1:] if found and not text[:2].isupper() else text


_REFUSED = "connection refused"
_NO_SOCKET = "connect failed: addr: unix:"
# The core's words for a handshake that failed, and what they mean.
_HANDSHAKES = (
    ("WRONG_VERSION_NUMBER", "the server does not speak TLS on this port: leave out --tls (tls=False)"),
    ("HTTP_REQUEST", "the server does not speak TLS on this port: leave out --tls (tls=False)"),
    ("Hostname Verification Check failed", "the server's certificate is for another name than that of the target"),
    ("CERTIFICATE_HAS_EXPIRED", "the server's certificate has expired"),
    ("certificate has expired", "the server's certificate has expired"),
    ("CERTIFICATE_VERIFY_FAILED", "the server's certificate is not trusted: --root-certificates names its authority"),
    ("CERTIFICATE_REQUIRED", "the server asks for a certificate of ours: --client-certificate and --client-key"),
)
_CLOSED = ("Socket closed", "Connection reset by peer")
CLOSED_AT_ONCE = "the connection was closed at once: does the port speak TLS (--tls, tls=True)? is it a onebook server?"


def mixed_up(message: str) -> str:
    """What to do where one side speaks TLS and the other does not, or does not trust it; empty elsewhere."""
    for words, meaning in _HANDSHAKES:
        if words in message:
            return meaning
    connecting = "failed to connect" in message
    return CLOSED_AT_ONCE if connecting and message.rstrip(" )0123456789(").endswith(_CLOSED) else ""


_UNHEARD = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def from_call(call: Any, target: str) -> OnebookError:
    """The same for a failed `grpc.RpcError`, sync or aio (both carry code, details and trailing metadata).

    Where the environment's proxy may be the reason that nobody answers at `target`, the message names it; where nobody
    listens there, it has the command that starts a server.
    """
    code, proxy, message = call.code(), proxy_of(target), call.details() or ""
    if target.startswith("unix:") and _NO_SOCKET in message:
        # gRPC's code for this would be that of a call at the wrong time.
        code, message = grpc.StatusCode.UNAVAILABLE, f"nobody listens on {target}: {_REFUSED}"
    note = f" (through the proxy {proxy} of the environment's http_proxy)" if proxy and code in _UNHEARD else ""
    if not note and code is grpc.StatusCode.UNAVAILABLE and _REFUSED in message.lower():
        note = start_hint(target)
    return to_error(code, message, call.trailing_metadata(), note)
