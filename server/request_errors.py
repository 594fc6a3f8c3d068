"""Errors as clients see them: a status code, one clear sentence, and google.rpc details for programs."""

from __future__ import annotations

from google.protobuf import duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2

from .codes import Code
from .quotas import QuotaError

DOMAIN = "onebook"
QUOTED = 100
"""Characters of a client's own text in an error."""


class RequestError(Exception):
    """A request that cannot be served."""

    def __init__(self, code: Code, message: str, *details: Message) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


def invalid(field: str, message: str) -> RequestError:
    """INVALID_ARGUMENT that names the field."""
    violation = error_details_pb2.BadRequest.FieldViolation(field=field, description=message)
    return RequestError(
        Code.INVALID_ARGUMENT,
        f"{field}: {message}",
        error_details_pb2.BadRequest(field_violations=[violation]),
    )


def shown(text: str) -> str:
    """What a client sent, as errors quote it: all of a name, the beginning of anything longer."""
    return repr(text if len(text) <= QUOTED else f"{text[:QUOTED]}...")


def not_found(kind: str, name: str, suggestion: str) -> RequestError:
    """NOT_FOUND with the nearest name there is."""
    hint = f"; did you mean {suggestion}?" if suggestion else ""
    return unknown(kind, name, suggestion, f"this server has no {kind} {shown(name)}{hint}")


def unknown(kind: str, name: str, suggestion: str, message: str) -> RequestError:
    """NOT_FOUND with the caller's own words."""
    info = error_details_pb2.ErrorInfo(
        reason=f"{kind.upper()}_NOT_FOUND", domain=DOMAIN, metadata={kind: name[:QUOTED], "suggestion": suggestion}
    )
    return RequestError(Code.NOT_FOUND, message, info)


def refused(reason: str, message: str) -> RequestError:
    """FAILED_PRECONDITION: the server cannot do this in its present state."""
    return RequestError(Code.FAILED_PRECONDITION, message, error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN))


def exists(message: str) -> RequestError:
    """ALREADY_EXISTS."""
    return RequestError(
        Code.ALREADY_EXISTS, message, error_details_pb2.ErrorInfo(reason="ALREADY_EXISTS", domain=DOMAIN)
    )


def removed(message: str) -> RequestError:
    """NOT_FOUND for something that was just removed."""
    return RequestError(Code.NOT_FOUND, message, error_details_pb2.ErrorInfo(reason="REMOVED", domain=DOMAIN))


def exhausted(limit: str, message: str, retry_after: float) -> RequestError:
    """RESOURCE_EXHAUSTED that names the limit and when to come back."""
    info = error_details_pb2.ErrorInfo(reason="LIMIT_REACHED", domain=DOMAIN, metadata={"limit": limit})
    delay = duration_pb2.Duration()
    delay.FromNanoseconds(int(retry_after * 1e9))
    return RequestError(Code.RESOURCE_EXHAUSTED, message, info, error_details_pb2.RetryInfo(retry_delay=delay))


def unavailable(message: str) -> RequestError:
    """UNAVAILABLE: the server waits for something outside of it."""
    return RequestError(Code.UNAVAILABLE, message, error_details_pb2.ErrorInfo(reason="NOT_READY", domain=DOMAIN))


def unauthenticated(reason: str, message: str) -> RequestError:
    """UNAUTHENTICATED: the call has no token, or not one of this server's."""
    return RequestError(Code.UNAUTHENTICATED, message, error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN))


def denied(right: str, token: str) -> RequestError:
    """PERMISSION_DENIED: the token is good, and lacks a right."""
    info = error_details_pb2.ErrorInfo(reason="RIGHT_MISSING", domain=DOMAIN, metadata={"right": right, "token": token})
    message = f"token {token!r} has no right {right!r}, which this call needs"
    return RequestError(Code.PERMISSION_DENIED, message, info)


def internal(message: str) -> RequestError:
    """INTERNAL: a defect of this server."""
    return RequestError(Code.INTERNAL, message, error_details_pb2.ErrorInfo(reason="INTERNAL", domain=DOMAIN))


def over_quota(error: QuotaError) -> RequestError:
    """RESOURCE_EXHAUSTED of a quota."""
    return exhausted(error.name, str(error), error.retry_after)
