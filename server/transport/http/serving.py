"""The thread that serves HTTP: one event loop, its connections, and the door that answers them."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import uvicorn

from ...api.call_rate import SharedRate
from ...api.calls import Post, Service
from ...api.streams import Streams
from ...descriptors import connection_limit
from ...page.page_files import page_files
from ...quotas import Quota
from ...threads import Supervised
from ..limits import AGE_GRACE, MAX_REQUEST_BYTES, REQUEST_WITHIN
from ..tls import Tls
from .connect_streams import ConnectStreams
from .connection_limits import LimitedConnection, limited
from .dispatch import Find
from .door import Door
from .event_streams import EventStreams
from .fair_listener import BURST, PER_SECOND, FairListener
from .file_pages import file_pages
from .grpc_web_calls import GrpcWebCalls
from .host_check import HostCheck
from .http_counters import HttpCounters
from .http_message import json_answer
from .openapi_document import OpenApiDocument
from .posts import Posts
from .readable_calls import ReadableCalls
from .readable_paths import OPENAPI, KnownPaths
from .rpc_calls import RpcCalls
from .rpc_table import RpcTable
from .server_side import Page, ServerSide
from .websocket_calls import WebsocketCalls
from .websocket_limits import PING_EVERY, LimitedWebsocket

MOST_CONNECTIONS = 512
IDLE = 30
"""Seconds for which a connection may stay open without a request."""


class Serving:
    """Serves the connections of listening sockets, which stay open when this ends."""

    def __init__(
        self,
        services: Sequence[Service],
        streams: Streams,
        side: ServerSide,
        sockets: Sequence[socket.socket],
        host: str,
        *,
        names: Sequence[str] = (),
        tls: Tls | None = None,
        pages: Mapping[str, Page] | None = None,
        posts: Mapping[str, Post] | None = None,
        connections: int = MOST_CONNECTIONS,
    ) -> None:
        """`host`: where the sockets listen; `names`: what else clients call this server; `pages`: by path, for clients
        with the right `read`; `posts`: what answers posts, by path; `connections`: how many there may be."""
        files = file_pages(page_files())
        read: dict[str, Page] = dict(pages or {})
        taken = Posts(posts or {})
        rpcs = RpcTable(services, streams.guard)
        document = OpenApiDocument()
        readable = ReadableCalls(services, streams.guard, document)
        for path, post in (posts or {}).items():
            document.add_post(f"{path}/", post)
        described = json_answer(HTTPStatus.OK, document.made())
        read[OPENAPI] = lambda _request: described
        own = [*files, *side.open_paths, *read, *taken.paths]
        known = KnownPaths([*own, *readable.paths, *rpcs.calls, *rpcs.streams])
        table: list[Find] = [
            readable.find_stream,
            readable.find,
            GrpcWebCalls(rpcs).find,
            EventStreams(rpcs).find,
            ConnectStreams(rpcs).find,
            RpcCalls(rpcs).find,
            known.find,
        ]
        self._door = Door(files, read, table, WebsocketCalls(rpcs, readable), streams, side, taken)
        self._door.check = HostCheck(host, names)
        self.counters = self._door.counters
        self.open_streams = self._door.open_streams
        """How many streams of each protocol are open."""
        self.send_delays = self._door.send_delays
        """From the publication of messages until their connections have taken them."""
        self._tls = tls
        self._context = _context(tls)
        self.connections = Quota("connections", "connections of HTTP", min(connections, connection_limit()), 1.0)
        """The open connections."""
        self.turns = 0
        """Counts while the event loop moves."""
        self._new_connections = SharedRate(PER_SECOND, BURST)
        self._sockets = sockets
        self._stopping = threading.Event()
        self._server: _Loop | None = None
        self.thread = Supervised("http", self._run, self._stopping)
        # What strangers send is no news: uvicorn has a line for each of their mistakes.
        logging.getLogger("uvicorn").setLevel(logging.ERROR)

    def reload(self) -> None:
        """Reads the certificate again, for future connections. Raises ConfigError, and then nothing changes."""
        if self._context is not None and self._tls is not None:
            self._tls.check()
            self._context.load_cert_chain(self._tls.certificate, self._tls.key)

    def stop(self, grace: float) -> None:
        """Streams end; requests that are being answered have so many seconds; then the connections close."""
        self._door.end_streams()
        self._stopping.set()
        if self._server is not None:
            self._server.should_exit = True
        if self.thread.is_alive():
            self.thread.join(grace + AGE_GRACE)

    def close(self) -> None:
        """Makes no further answers."""
        self._door.close()

    def _moved(self) -> None:
        self.turns += 1

    def _run(self) -> None:
        """The thread: a loop of its own, and copies of the sockets, so that it can be begun again."""
        kind = limited(self.connections, self.counters)
        config = uvicorn.Config(
            self._door,
            http=kind,
            ws=LimitedWebsocket,
            ws_max_size=MAX_REQUEST_BYTES,
            ws_per_message_deflate=False,
            ws_ping_interval=PING_EVERY,
            ws_ping_timeout=PING_EVERY,
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            # Headers of strangers must not say who they are.
            proxy_headers=False,
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=1,
        )
        config.load()
        config.ssl = self._context
        self._server = server = _Loop(config, kind, self._new_connections, self.counters, self._moved)
        server.should_exit = self._stopping.is_set()
        server.run([each.dup() for each in self._sockets])
        if server.failure is not None:
            raise server.failure


class _Loop(uvicorn.Server):
    """uvicorn's server, which takes connections in turns, and closes them also when it fails."""

    failure: Exception | None = None

    def __init__(
        self,
        config: uvicorn.Config,
        kind: type[LimitedConnection],
        rate: SharedRate,
        counters: HttpCounters,
        moved: Callable[[], None],
    ) -> None:
        """`kind`: of connections; `rate`: of new ones; `moved` is called several times per second."""
        super().__init__(config)
        self._kind = kind
        self._rate = rate
        self._counters = counters
        self._moved = moved

    async def on_tick(self, counter: int) -> bool:
        self._moved()
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's for sockets that are open, without its lifespan."""
        loop, config = asyncio.get_running_loop(), self.config

        async def begin(link: socket.socket) -> None:
            def connection() -> LimitedConnection:
                made = self._kind(config=config, server_state=self.server_state, app_state={})
                made.link = link
                return made

            # No connection that is not secured yet has a place among those that are counted.
            within = REQUEST_WITHIN if config.ssl else None
            await loop.connect_accepted_socket(connection, link, ssl=config.ssl, ssl_handshake_timeout=within)

        self.servers: list[Any] = []
        for each in sockets or []:
            each.setblocking(False)
            each.listen(config.backlog)
            self.servers.append(FairListener(each, self._rate, begin, self._counters))
        self.started = True

    async def main_loop(self) -> None:
        try:
            await super().main_loop()
        except Exception as error:
            self.failure = error  # Raised when everything is closed.


def _context(tls: Tls | None) -> ssl.SSLContext | None:
    """What TLS connections are made with; reload() puts new files into it."""
    if tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    if tls.client_authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(tls.client_authority)
    return context
