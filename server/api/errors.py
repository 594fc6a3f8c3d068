"""Errors as clients see them: a status code, one clear sentence, and google.rpc details for programs."""

from __future__ import annotations

from typing import NoReturn

import grpc
from google.protobuf import duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from ..quotas import QuotaError

DOMAIN = "onebook"
LONGEST = 1000
MOST_DETAILS = 3000
"""Characters of a message, and bytes of a status."""
QUOTED = 100
"""Characters of a client's own text in an error."""


class RequestError(Exception):
    """A request that cannot be served."""

    def __init__(self, code: grpc.StatusCode, message: str, *details: Message) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


def invalid(field: str, message: str) -> RequestError:
    """INVALID_ARGUMENT that names the field."""
    violation = error_details_pb2.BadRequest.FieldViolation(field=field, description=message)
    return RequestError(
        grpc.StatusCode.INVALID_ARGUMENT,
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
    """NOT_FOUND in words of one's own."""
    info = error_details_pb2.ErrorInfo(
        reason=f"{kind.upper()}_NOT_FOUND", domain=DOMAIN, metadata={kind: name[:QUOTED], "suggestion": suggestion}
    )
    return RequestError(grpc.StatusCode.NOT_FOUND, message, info)


def refused(reason: str, message: str) -> RequestError:
    """FAILED_PRECONDITION: the server cannot do this as it is."""
    return RequestError(
        grpc.StatusCode.FAILED_PRECONDITION, message, error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN)
    )


def exists(message: str) -> RequestError:
    """ALREADY_EXISTS."""
    return RequestError(
        grpc.StatusCode.ALREADY_EXISTS, message, error_details_pb2.ErrorInfo(reason="ALREADY_EXISTS", domain=DOMAIN)
    )


def removed(message: str) -> RequestError:
    """NOT_FOUND of what was there a moment ago."""
    return RequestError(
        grpc.StatusCode.NOT_FOUND, message, error_details_pb2.ErrorInfo(reason="REMOVED", domain=DOMAIN)
    )


def exhausted(limit: str, message: str, retry_after: float) -> RequestError:
    """RESOURCE_EXHAUSTED that names the limit and when to come back."""
    info = error_details_pb2.ErrorInfo(reason="LIMIT_REACHED", domain=DOMAIN, metadata={"limit": limit})
    delay = duration_pb2.Duration()
    delay.FromNanoseconds(int(retry_after * 1e9))
    return RequestError(
        grpc.StatusCode.RESOURCE_EXHAUSTED, message, info, error_details_pb2.RetryInfo(retry_delay=delay)
    )


def unavailable(message: str) -> RequestError:
    """UNAVAILABLE: the server waits for something outside of it."""
    return RequestError(
        grpc.StatusCode.UNAVAILABLE, message, error_details_pb2.ErrorInfo(reason="NOT_READY", domain=DOMAIN)
    )


def unauthenticated(reason: str, message: str) -> RequestError:
    """UNAUTHENTICATED: the call has no token, or not one of this server's."""
    return RequestError(
        grpc.StatusCode.UNAUTHENTICATED, message, error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN)
    )


def denied(right: str, token: str) -> RequestError:
    """PERMISSION_DENIED: the token is good, and lacks a right."""
    info = error_details_pb2.ErrorInfo(reason="RIGHT_MISSING", domain=DOMAIN, metadata={"right": right, "token": token})
    message = f"token {token!r} has no right {right!r}, which this call needs"
    return RequestError(grpc.StatusCode.PERMISSION_DENIED, message, info)


def internal(message: str) -> RequestError:
    """INTERNAL: a defect of this server."""
    return RequestError(
        grpc.StatusCode.INTERNAL, message, error_details_pb2.ErrorInfo(reason="INTERNAL", domain=DOMAIN)
    )


def over_quota(error: QuotaError) -> RequestError:
    """RESOURCE_EXHAUSTED of a quota."""
    return exhausted(error.name, str(error), error.retry_after)


def packed(error: RequestError) -> grpc.Status:
    """The error as gRPC sends it."""
    status = status_pb2.Status(code=error.code.value[0], message=error.message[:LONGEST])
    for detail in error.details:
        if status.ByteSize() + detail.ByteSize() < MOST_DETAILS:  # Names come from requests; trailers have a limit.
            status.details.add().Pack(detail)
    return rpc_status.to_status(status)


def abort(context: grpc.ServicerContext, error: RequestError) -> NoReturn:
    """Ends the call with this error."""
    context.abort_with_status(packed(error))
    raise AssertionError("abort_with_status() returned")
