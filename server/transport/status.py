"""onebook's codes and errors as gRPC sends them: the one table, and the google.rpc details of a status."""

from __future__ import annotations

import grpc
from google.rpc import status_pb2

from ..codes import Code
from ..request_errors import RequestError

LONGEST = 1000
MOST_DETAILS = 3000
"""Characters of a message, and bytes of a status."""

STATUS = {
    Code.INVALID_ARGUMENT: grpc.StatusCode.INVALID_ARGUMENT,
    Code.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Code.PERMISSION_DENIED: grpc.StatusCode.PERMISSION_DENIED,
    Code.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Code.ALREADY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Code.FAILED_PRECONDITION: grpc.StatusCode.FAILED_PRECONDITION,
    Code.RESOURCE_EXHAUSTED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Code.DEADLINE_EXCEEDED: grpc.StatusCode.DEADLINE_EXCEEDED,
    Code.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Code.INTERNAL: grpc.StatusCode.INTERNAL,
}


def proto(error: RequestError) -> status_pb2.Status:
    """The error as google.rpc.Status."""
    status = status_pb2.Status(code=STATUS[error.code].value[0], message=error.message[:LONGEST])
    for detail in error.details:
        if status.ByteSize() + detail.ByteSize() < MOST_DETAILS:  # Names come from requests; trailers have a limit.
            status.details.add().Pack(detail, deterministic=True)
    return status
