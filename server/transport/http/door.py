"""Every request of HTTP, from its headers to its answer: refused, admitted, answered, and sent.

An ASGI application. The event loop reads and writes; answers are made on other threads, in turns of the clients, so
that an answer that takes long delays only its own client.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

from ...api.access import Access
from ...api.calls import Opened
from ...api.guard import parsed
from ...api.streams import Streams
from ...codes import Code
from ...logs import about
from ...publish.channel import Channel, Overflow
from ...quotas import Peer, caller
from ...request_errors import RequestError, invalid
from ..peers import client
from ..turns import Turns
from .connection_limits import peer_name
from .event_stream import CONTENT_TYPE, EventStream
from .health_pages import STOPPING
from .host_check import HostCheck
from .http_errors import error_answer, plain_error
from .http_message import HttpAnswer, HttpRequest
from .rpc_calls import RpcCalls, RpcStream
from .wake_ups import WakeUps

log = logging.getLogger(__name__)

Page = Callable[[HttpRequest], HttpAnswer]
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
)
THREADS = 2
"""That make answers: they share the interpreter with the feeds."""


T = TypeVar("T")


class Opening(NamedTuple):
    """A stream that has begun."""

    stream: EventStream
    rpc: RpcStream


class Door:
    """The application of one port."""

    def __init__(
        self,
        open_pages: Mapping[str, Page],
        pages: Mapping[str, Page],
        calls: RpcCalls,
        streams: Streams,
        access: Access,
    ) -> None:
        """`open_pages` need no token, `pages` need one with the right `read`; both by path."""
        self._open_pages = open_pages
        self._pages = pages
        self._calls = calls
        self._streams = streams
        self._guard = streams.guard
        self._wake_ups: WakeUps | None = None
        self._open: set[EventStream] = set()
        self._access = access
        self.check = HostCheck("localhost")
        """Replaced when the port is bound."""
        self._turns = Turns(THREADS, "http")

    def end_streams(self) -> None:
        """Ends all streams: the server stops."""
        for stream in list(self._open):
            stream.end(Code.UNAVAILABLE, STOPPING)

    def close(self) -> None:
        """Makes no further answers."""
        self._turns.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request, as ASGI says."""
        try:
            request = await _whole(scope, receive)
            answer = None if request is None else await self._answered(request)
            if isinstance(answer, Opening):
                await self._stream(answer, receive, send)
                return
        except Exception:
            # One request must not cost the others theirs.
            log.exception("a request could not be served", extra=about("defect"))
            answer = plain_error(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "the request could not be served")
        if answer is not None:
            await _send(answer, scope["method"] == "HEAD", send)

    async def _answered(self, request: HttpRequest) -> HttpAnswer | Opening:
        refusal = self.check.refusal(request.headers)
        if refusal:
            return plain_error(HTTPStatus.FORBIDDEN, "permission_denied", refusal)
        try:
            return await self._admitted(request)
        except RequestError as error:
            return error_answer(error)

    async def _admitted(self, request: HttpRequest) -> HttpAnswer | Opening:
        """Raises RequestError."""
        page = self._open_pages.get(request.path)
        if page is not None:
            return _page(page, request)
        identity = self._guard.call(
            "admission", lambda: self._access.admit(request.path, request.metadata(), request.peer)
        )
        who = client(request.peer, identity)
        page = self._pages.get(request.path)
        if page is not None:
            shown = page
            return await self._made(who, lambda: _page(shown, request))
        rpc = self._calls.find_stream(request)
        if rpc is not None:
            return await self._opened(who, rpc, request)
        found = self._calls.find(request)
        if found is None:
            return plain_error(HTTPStatus.NOT_FOUND, "not_found", "there is nothing at this path")
        return found if isinstance(found, HttpAnswer) else await self._made(who, found)

    async def _opened(self, who: Peer, rpc: RpcStream, request: HttpRequest) -> HttpAnswer | Opening:
        """A stream that has begun, or why it has not."""
        loop = asyncio.get_running_loop()
        if self._wake_ups is None or self._wake_ups.loop is not loop:
            self._wake_ups = WakeUps(loop)
        wake_ups = self._wake_ups

        def opened() -> Opened:
            try:
                parameters = request.parameters()
            except ValueError as error:
                raise invalid("query", str(error)) from None
            return rpc.call.open(parsed(rpc.call.parse, rpc.messages.query_bytes(parameters)))

        def make(source: Channel, overflow: Overflow) -> EventStream:
            return EventStream(source, overflow, wake_ups)

        return await self._made(who, lambda: Opening(self._streams.begin(who, rpc.name, opened, make), rpc))

    async def _stream(self, opening: Opening, receive: Any, send: Any) -> None:
        """Sends a stream until it ends, or its client leaves."""
        stream = opening.stream
        left = asyncio.ensure_future(receive())
        left.add_done_callback(lambda _: stream.end(Code.UNAVAILABLE, "the client has left"))
        self._open.add(stream)
        try:
            await _begin(send)
            async for piece in stream.events(opening.rpc.messages.response_json):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._open.discard(stream)
            left.cancel()
            stream.close()

    async def _made(self, who: Peer, make: Callable[[], T]) -> T | HttpAnswer:
        """The answer, made on another thread, which knows who asks; or the error as an answer."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T | HttpAnswer] = loop.create_future()

        def work() -> None:
            token = caller.set(who)
            done: T | HttpAnswer
            try:
                done = self._guard.call("an answer over HTTP", make)
            except RequestError as error:
                done = error_answer(error)
            finally:
                caller.reset(token)
            loop.call_soon_threadsafe(_settle, waiting, done)

        self._turns.put(who.lane, work)
        return await waiting


def _settle(waiting: asyncio.Future[Any], answer: object) -> None:
    if not waiting.done():
        waiting.set_result(answer)
    elif isinstance(answer, Opening):
        answer.stream.close()  # Nobody waits for it any more.


def _page(page: Page, request: HttpRequest) -> HttpAnswer:
    if request.method not in ("GET", "HEAD"):
        words = "this page is only read: GET"
        return plain_error(HTTPStatus.METHOD_NOT_ALLOWED, "unimplemented", words, allow="GET, HEAD")
    return page(request)


async def _whole(scope: Any, receive: Any) -> HttpRequest | None:
    """The request with its body, which the connection bounds; None if the client left before its end."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return HttpRequest(
        scope["method"],
        scope["path"],
        scope["query_string"],
        scope["headers"],
        bytes(body),
        peer_name(scope["client"]),
    )


async def _begin(send: Any) -> None:
    headers = [(b"content-type", CONTENT_TYPE.encode()), *SECURITY_HEADERS, (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": int(HTTPStatus.OK), "headers": headers})


async def _send(answer: HttpAnswer, without_body: bool, send: Any) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *SECURITY_HEADERS,
        *((name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "http.response.body", "body": b"" if without_body else answer.body})
