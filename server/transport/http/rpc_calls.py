"""`POST /onebook.v1.MarketDataService/GetBook`: every call with one answer, by the Connect protocol.

The call is the one that gRPC serves: the request becomes the same bytes, and the answer is made of the same bytes.
Connect's unary protocol is HTTP as everybody speaks it: JSON (or protobuf) in the body, errors as JSON with a status.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple

from ...api.calls import Opened, Service, Streaming, Unary
from ...api.guard import Guard, parsed
from ...request_errors import invalid
from .dispatch import StreamCall
from .event_framing import EventFraming
from .http_errors import plain_error
from .http_message import JSON, HttpAnswer, HttpRequest
from .rpc_messages import PROTO, RpcMessages


class Rpc(NamedTuple):
    """One call."""

    name: str
    call: Unary
    messages: RpcMessages


class RpcStream(NamedTuple):
    """One call that opens a stream."""

    name: str
    call: Streaming
    messages: RpcMessages


class RpcCalls:
    """All calls of these services. Thread-safe."""

    def __init__(self, services: Sequence[Service], guard: Guard) -> None:
        self._guard = guard
        self._calls = {
            f"/{service.name}/{name}": Rpc(name, call, RpcMessages(service.name, name))
            for service in services
            for name, call in service.unary.items()
        }
        self._streams = {
            f"/{service.name}/{name}": RpcStream(name, call, RpcMessages(service.name, name))
            for service in services
            for name, call in service.streaming.items()
        }

    @property
    def paths(self) -> list[str]:
        """Where the calls are."""
        return list(self._calls)

    def find(self, request: HttpRequest) -> Callable[[], HttpAnswer] | HttpAnswer | None:
        """What answers this request; the answer itself where HTTP refuses it; None for a path that is no call."""
        rpc = self._calls.get(request.path)
        if rpc is None:
            if request.path in self._streams:
                words = "streams are GET, with the request as parameters"
                return plain_error(HTTPStatus.METHOD_NOT_ALLOWED, "unimplemented", words, allow="GET")
            return None
        if request.method != "POST":
            return plain_error(HTTPStatus.METHOD_NOT_ALLOWED, "unimplemented", "calls are POST", allow="POST")
        kind = request.header("content-type").partition(";")[0].strip().lower()
        if kind not in (JSON, PROTO):
            words = f"the content-type must be {JSON} or {PROTO}"
            return plain_error(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unimplemented", words, accept_post=f"{JSON}, {PROTO}"
            )
        if request.header("content-encoding") not in ("", "identity"):
            return plain_error(HTTPStatus.NOT_IMPLEMENTED, "unimplemented", "requests may not be compressed")
        if request.header("connect-protocol-version") not in ("", "1"):
            words = "connect-protocol-version must be 1"
            return plain_error(HTTPStatus.BAD_REQUEST, "invalid_argument", words)
        return lambda: self._answer(rpc, request.body, kind)

    def find_stream(self, request: HttpRequest) -> StreamCall | None:
        """The stream of server-sent events that this request opens."""
        rpc = self._streams.get(request.path)
        if rpc is None or request.method != "GET":
            return None

        def opened() -> Opened:
            try:
                parameters = request.parameters()
            except ValueError as error:
                raise invalid("query", str(error)) from None
            return rpc.call.open(parsed(rpc.call.parse, rpc.messages.query_bytes(parameters)))

        return StreamCall(rpc.name, opened, EventFraming(rpc.messages))

    def _answer(self, rpc: Rpc, body: bytes, kind: str) -> HttpAnswer:
        """Raises RequestError."""

        def answer() -> HttpAnswer:
            request = rpc.messages.request_bytes(body) if kind == JSON else body
            payload = rpc.call.answer(parsed(rpc.call.parse, request))
            return HttpAnswer(HTTPStatus.OK, rpc.messages.response_json(payload) if kind == JSON else payload, kind)

        return self._guard.call(rpc.name, answer)
