"""Requests, answers and errors as bodies of frames. Those that the process sends are checked."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from ....codes import Code
from ....request_errors import RequestError
from ..http_message import HttpAnswer, HttpRequest
from .link_frames import BrokenFrameError, parted, parts, word


def request_body(request: HttpRequest) -> bytes:
    """A request of HTTP."""
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers]
    head = {
        "method": request.method,
        "path": request.path,
        "query": request.query.decode("latin-1"),
        "headers": headers,
        "peer": request.peer,
    }
    return parted(head, request.body)


def request_of(body: bytes) -> HttpRequest:
    """Raises BrokenFrameError."""
    head, rest = parts(body)
    headers = head.get("headers")
    if not isinstance(headers, list):
        raise BrokenFrameError("no headers")
    found = [_header(each) for each in headers]
    query = _latin(word(head, "query"))
    return HttpRequest(word(head, "method"), word(head, "path"), query, found, rest, word(head, "peer"))


def _header(pair: Any) -> tuple[bytes, bytes]:
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(each, str) for each in pair):
        raise BrokenFrameError("a header that is no pair")
    return _latin(pair[0]), _latin(pair[1])


def _latin(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise BrokenFrameError("text that HTTP cannot have") from error


def answer_body(answer: HttpAnswer) -> bytes:
    """An answer of HTTP."""
    return parted(
        {"status": int(answer.status), "type": answer.content_type, "headers": dict(answer.headers)}, answer.body
    )


def answer_of(body: bytes) -> HttpAnswer:
    """The answer of answer_body()."""
    head, rest = parts(body)
    return HttpAnswer(head["status"], rest, head["type"], head["headers"])


def error_body(error: RequestError) -> bytes:
    """An error with its details."""
    status = status_pb2.Status(code=error.code.value, message=error.message)
    for detail in error.details:
        status.details.add().Pack(detail, deterministic=True)
    return bytes(status.SerializeToString())


def error_of(body: bytes) -> RequestError:
    """The error of error_body()."""
    status = status_pb2.Status.FromString(body)
    details: list[Message] = []
    for packed in status.details:
        detail = getattr(error_details_pb2, packed.TypeName().rpartition(".")[2])()
        packed.Unpack(detail)
        details.append(detail)
    return RequestError(Code(status.code), status.message, *details)
