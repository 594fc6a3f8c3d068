"""Every request of HTTP, from its headers to its answer: refused, admitted, answered, and sent.

An ASGI application. The event loop reads and writes; answers are made on other threads, in turns of the clients, so
that an answer that takes long delays only its own client.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from ...api.access import Access
from ...api.streams import Streams
from ...logs import about
from ...quotas import Peer, caller
from ...request_errors import RequestError
from ..peers import client
from ..turns import Turns
from .connection_limits import peer_name
from .host_check import HostCheck
from .http_errors import error_answer, plain_error
from .http_message import HttpAnswer, HttpRequest
from .rpc_calls import RpcCalls

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
        self._guard = streams.guard
        self._access = access
        self.check = HostCheck("localhost")
        """Replaced when the port is bound."""
        self._turns = Turns(THREADS, "http")

    def close(self) -> None:
        """Makes no further answers."""
        self._turns.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request, as ASGI says."""
        try:
            request = await _whole(scope, receive)
            answer = None if request is None else await self._answered(request)
        except Exception:
            # One request must not cost the others theirs.
            log.exception("a request could not be served", extra=about("defect"))
            answer = plain_error(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "the request could not be served")
        if answer is not None:
            await _send(answer, scope["method"] == "HEAD", send)

    async def _answered(self, request: HttpRequest) -> HttpAnswer:
        refusal = self.check.refusal(request.headers)
        if refusal:
            return plain_error(HTTPStatus.FORBIDDEN, "permission_denied", refusal)
        try:
            return await self._admitted(request)
        except RequestError as error:
            return error_answer(error)

    async def _admitted(self, request: HttpRequest) -> HttpAnswer:
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
        found = self._calls.find(request)
        if found is None:
            return plain_error(HTTPStatus.NOT_FOUND, "not_found", "there is nothing at this path")
        return found if isinstance(found, HttpAnswer) else await self._made(who, found)

    async def _made(self, who: Peer, make: Callable[[], HttpAnswer]) -> HttpAnswer:
        """The answer, made on another thread, which knows who asks. Raises RequestError."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[HttpAnswer] = loop.create_future()

        def work() -> None:
            token = caller.set(who)
            try:
                answer = self._guard.call("an answer over HTTP", make)
            except RequestError as error:
                done: HttpAnswer = error_answer(error)
            else:
                done = answer
            finally:
                caller.reset(token)
            loop.call_soon_threadsafe(_settle, waiting, done)

        self._turns.put(who.lane, work)
        return await waiting


def _settle(waiting: asyncio.Future[HttpAnswer], answer: HttpAnswer) -> None:
    if not waiting.done():
        waiting.set_result(answer)


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


async def _send(answer: HttpAnswer, without_body: bool, send: Any) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *SECURITY_HEADERS,
        *((name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "http.response.body", "body": b"" if without_body else answer.body})
