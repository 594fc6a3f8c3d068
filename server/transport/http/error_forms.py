"""An error in the words of the protocol that the request speaks, whatever refused it. Pure."""

from __future__ import annotations

from ...request_errors import RequestError
from . import connect_framing, grpc_web_framing
from .http_errors import error_answer
from .http_message import HttpAnswer, HttpRequest


def error_for(request: HttpRequest, error: RequestError) -> HttpAnswer:
    """The answer to a request that cannot be served."""
    kind = request.content_type
    if request.method == "POST" and kind in connect_framing.KINDS:
        return connect_framing.connect_error(error, kind)
    if request.method == "POST" and kind in grpc_web_framing.KINDS:
        return grpc_web_framing.grpc_web_error(error, kind)
    return error_answer(error)
