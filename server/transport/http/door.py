"""Every request of HTTP, from its headers to its answer: refused, admitted, answered, and sent.

An ASGI application. The event loop reads and writes; answers are made on other threads, in turns of the clients.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from ...api.calls import Post
from ...api.streams import Streams
from ...codes import Code
from ...logs import about
from ...request_errors import RequestError
from ..peers import client
from .answering import Answering, late
from .asgi import refuse_websocket, send_answer, send_pieces, whole, without_body
from .connection_limits import PACE
from .dispatch import Find, StreamCall, find
from .error_forms import error_for
from .framing import Framing
from .health_pages import STOPPING
from .host_check import HostCheck
from .http_counters import HttpCounters
from .http_errors import plain_error
from .http_message import HttpAnswer, HttpRequest
from .http_stream import HttpStream
from .posts import Posts, created
from .reader_pace import ReaderPace
from .server_side import Page, ServerSide, read_only
from .timeouts import timeout
from .websocket_calls import WebsocketCalls
from .websocket_streams import PATH as WEBSOCKET
from .websocket_streams import WebsocketStreams

log = logging.getLogger(__name__)


class Opening(NamedTuple):
    """A stream that has begun."""

    stream: HttpStream
    framing: Framing
    within: float | None
    """Seconds that the caller gave it."""
    began: float
    """The loop's seconds at its beginning."""


class Door:
    """The application of one port."""

    def __init__(
        self,
        open_pages: Mapping[str, Page],
        pages: Mapping[str, Page],
        table: Sequence[Find],
        websocket: WebsocketCalls,
        streams: Streams,
        side: ServerSide,
        posts: Posts,
    ) -> None:
        """`open_pages` need no token, `pages` need one with the right `read`; both by path. `table`: who knows what
        else is answered, asked in this order; the right `read` is needed, too. `websocket`: what websockets stream.
        `side` says who a client is; `posts` answers what changes something."""
        self._open_pages = open_pages
        self._side = side
        self._pages = pages
        self._posts = posts
        self._table = table
        self._websocket_calls = websocket
        self._answering = Answering(streams)
        self.counters = HttpCounters()
        self.open_streams = self._answering.open_streams
        self.send_delays = self._answering.delays
        self.check = HostCheck("localhost")
        """Replaced when the port is bound."""

    def end_streams(self) -> None:
        """Ends all streams: the server stops."""
        self._answering.end_streams(STOPPING)

    def close(self) -> None:
        """Makes no further answers."""
        self._answering.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one request or one websocket, as ASGI says."""
        send = self.counters.counting(send)
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
            return
        try:
            request = await whole(scope, receive)
            answer = None if request is None else await self._answered(request)
            if isinstance(answer, Opening):
                await self._stream(answer, scope.get(PACE), receive, send)
                return
        except Exception:
            # One request must not cost the others theirs.
            log.exception("a request could not be served", extra=about("defect"))
            answer = plain_error(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "the request could not be served")
        if answer is not None:
            await send_answer(answer, scope["method"] == "HEAD", send)

    async def _websocket(self, scope: Any, receive: Any, send: Any) -> None:
        """Serves one socket until it is closed."""
        try:
            await receive()  # The wish to connect.
            request = without_body(scope)
            refusal = await self._websocket_refusal(request)
            if refusal is not None:
                await refuse_websocket(refusal, send)
                return
            await send({"type": "websocket.accept"})
            streams = WebsocketStreams(request, self._websocket_calls, self._side.admit, self._answering, send)
            await streams.serve(receive)
        except OSError:
            log.debug("a websocket was closed by its client", extra=about("client_left"))
        except Exception:
            # One socket must not cost the others theirs.
            log.exception("a websocket could not be served", extra=about("defect"))

    async def _websocket_refusal(self, request: HttpRequest) -> HttpAnswer | None:
        """Why there is no socket for this request."""
        refusal = self.check.refusal(request.headers)
        if refusal:
            return plain_error(HTTPStatus.FORBIDDEN, "permission_denied", refusal)
        if request.header("authorization"):
            # Without the header, the token comes with the first message: pages in browsers cannot send headers.
            try:
                await self._side.admit(request)
            except RequestError as error:
                return error_for(request, error)
        if request.path != WEBSOCKET:
            return plain_error(HTTPStatus.NOT_FOUND, "not_found", f"websockets are at {WEBSOCKET}")
        return None

    async def _answered(self, request: HttpRequest) -> HttpAnswer | Opening:
        refusal = self.check.refusal(request.headers)
        if refusal:
            return plain_error(HTTPStatus.FORBIDDEN, "permission_denied", refusal)
        try:
            return await self._admitted(request)
        except RequestError as error:
            return error_for(request, error)

    async def _admitted(self, request: HttpRequest) -> HttpAnswer | Opening:
        """Raises RequestError."""
        page = self._open_pages.get(request.path)
        if page is not None:
            return read_only(page, request)
        if request.path in self._side.open_paths:
            return await self._side.open_page(request)
        post = self._posts.find(request)
        if post is not None:
            return await self._posted(post, request)
        identity = await self._side.admit(request)
        who = client(request.peer, identity)
        page = self._pages.get(request.path)
        if page is not None:
            shown = page
            return await self._answering.made(who, lambda: read_only(shown, request))
        found = find(self._table, request)
        if isinstance(found, HttpAnswer):
            return found
        within = timeout(request)
        if isinstance(found, StreamCall):
            began = asyncio.get_running_loop().time()
            stream = await self._answering.opened(who, found, within)
            return Opening(stream, found.framing, within, began)
        return await self._answering.made(who, found, within)

    async def _posted(self, post: Post, request: HttpRequest) -> HttpAnswer:
        """Raises RequestError."""
        refusal = self._posts.refusal(request)
        if refusal is not None:
            return refusal
        identity = await self._side.admit_post(request)
        return await self._answering.made(client(request.peer, identity), lambda: created(post, request))

    async def _stream(self, opening: Opening, pace: ReaderPace | None, receive: Any, send: Any) -> None:
        """Sends a stream until it ends, or its client leaves."""
        stream, framing, within, began = opening
        deadline = None
        if within is not None:
            at = began + within
            deadline = asyncio.get_running_loop().call_at(at, stream.end, Code.DEADLINE_EXCEEDED, late(within))
        left = asyncio.ensure_future(receive())
        left.add_done_callback(lambda _: stream.end(Code.UNAVAILABLE, "the client has left"))
        try:
            await send_pieces(framing.content_type, stream.pieces(framing, pace=pace), send)
        finally:
            left.cancel()
            if deadline is not None:
                deadline.cancel()
            self._answering.ended(stream)
