"""onebook's codes and errors as HTTP sends them: the table of the Connect protocol (connectrpc.com/docs/protocol)."""

from __future__ import annotations

from base64 import b64encode
from http import HTTPStatus
from typing import Any

from google.rpc import error_details_pb2

from ...codes import Code
from ...request_errors import RequestError
from ..status import LONGEST, MOST_DETAILS
from .http_message import HttpAnswer, json_answer

HTTP_STATUS = {
    Code.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    Code.FAILED_PRECONDITION: HTTPStatus.BAD_REQUEST,
    Code.RESOURCE_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    Code.DEADLINE_EXCEEDED: HTTPStatus.GATEWAY_TIMEOUT,
    Code.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def error_answer(error: RequestError) -> HttpAnswer:
    """The error as Connect's JSON, and in HTTP's own words where it has some: when to retry, which token is needed."""
    headers = {}
    if error.code is Code.UNAUTHENTICATED:
        headers["www-authenticate"] = "Bearer"
    for detail in error.details:
        if isinstance(detail, error_details_pb2.RetryInfo):
            # Whole seconds, as HTTP counts them, and not too early.
            headers["retry-after"] = str(detail.retry_delay.seconds + bool(detail.retry_delay.nanos))
    return json_answer(HTTP_STATUS[error.code], error_object(error), headers)


def plain_error(status: HTTPStatus, code: str, message: str, **headers: str) -> HttpAnswer:
    """An error of HTTP itself, in the same form; `code` is one of Connect's."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return json_answer(status, {"code": code, "message": message}, named)


def error_object(error: RequestError) -> dict[str, Any]:
    """The error as Connect's JSON object."""
    value: dict[str, Any] = {"code": error.code.name.lower(), "message": error.message[:LONGEST]}
    details, size = [], 0
    for detail in error.details:
        packed = detail.SerializeToString(deterministic=True)
        size += len(packed)
        if size < MOST_DETAILS:
            text = b64encode(packed).decode().rstrip("=")
            details.append({"type": detail.DESCRIPTOR.full_name, "value": text})
    return value | ({"details": details} if details else {})
