"""One connection of HTTP, bounded: how many there are, and how long and how large a request may be.

uvicorn's own protocol reads requests; what is added here ends connections that take too much. A request has the time
and the bytes that a call of gRPC has.
"""

from __future__ import annotations

import asyncio
import socket
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from ...quotas import Peer, Quota, QuotaError
from ..limits import CLIENT_WITHIN, MAX_REQUEST_BYTES, REQUEST_WITHIN
from ..peers import peer
from .http_counters import HttpCounters
from .http_errors import plain_error
from .reader_pace import ReaderPace
from .websocket_limits import LimitedWebsocket

MOST_HEADER_BYTES = 16 << 10
READ_AT_ONCE = 4 << 10
"""Bytes that are read between two looks at the limits: 256 KiB may hold thousands of requests."""
MOST_BODY_FED = 4 * MAX_REQUEST_BYTES
"""Bytes of a body as it comes: chunks of a few bytes are mostly their own lengths."""
MOST_PIPELINED = 16
"""Requests of one connection that may wait for the one before them."""
WRITE_HIGH, WRITE_LOW = 4 << 10, 1 << 10
"""Bytes of answers of one connection that may wait in the process."""
SEND_BUFFER = 16 << 10
"""Bytes that the system may hold for a reader (it makes twice as many of them)."""
UNSENT = 4 << 10
"""Of these, bytes that are not on their way yet: where the reader's own buffer is full, so far it is behind."""

PACE = "onebook.pace"
"""The pace of the connection, in the scope of its requests."""


@lru_cache(maxsize=4096)
def peer_name(client: tuple[str, int] | None) -> str:
    """The other end as gRPC writes it."""
    if client is None:
        return "unix:"
    host, port = client
    return f"ipv6:%5B{host}%5D:{port}" if ":" in host else f"ipv4:{host}:{port}"


def limited(connections: Quota, counted: HttpCounters) -> type[LimitedConnection]:
    """The protocol whose connections take places of this quota; `counted` counts those that find none."""

    class Limited(LimitedConnection):
        quota = connections
        counters = counted

    return Limited


class LimitedConnection(HttpToolsProtocol):
    """A connection. All methods are called on the event loop."""

    quota: Quota
    counters: HttpCounters
    link: socket.socket | None = None
    """The socket itself: what uvloop shows of it costs more to ask."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._place: Peer | None = None
        self._pace = ReaderPace(None, self._abort)
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._fed = 0
        """Bytes since the last request was read whole."""
        self._reading = False
        """Whether a request has begun to arrive and is not here whole."""
        self._in_headers = True
        self._body_bytes = 0
        self._answering: RequestResponseCycle | None = None
        """The request that is being answered; others wait behind it."""
        self._body_fed = 0
        """Bytes that came for the body, with the lengths and extensions of its chunks."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        who = peer(peer_name(self.client))
        try:
            self.quota.take(who)
        except QuotaError as error:
            self.counters.refused += 1
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "resource_exhausted", str(error))
            return
        self._place = who
        link = transport.get_extra_info("socket")
        self._pace = ReaderPace(self.link, self._abort)
        if link is not None:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if hasattr(socket, "TCP_NOTSENT_LOWAT") and link.family != getattr(socket, "AF_UNIX", None):
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        transport.set_write_buffer_limits(high=WRITE_HIGH, low=WRITE_LOW)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_answering()
        self._expect_nothing()
        self._read_again()
        self._give_back()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """The connection becomes a websocket, and keeps its place."""
        behind_another = self.cycle is not None and not self.cycle.response_complete
        if behind_another or self.flow.write_paused:
            self._abort()
            return
        self._expect_nothing()
        super().handle_websocket_upgrade()
        websocket = self.transport.get_protocol()
        assert isinstance(websocket, LimitedWebsocket)
        websocket.on_lost = self._give_back

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), READ_AT_ONCE):
            # What stands behind an upgrade in one read is nobody's: a client waits for the answer.
            if self.transport.is_closing() or self.transport.get_protocol() is not self:
                return
            self._piece_received(data[start : start + READ_AT_ONCE])

    def _piece_received(self, data: bytes) -> None:
        if self._deadline is None:
            self._expect()
        if self._in_headers:
            self._fed += len(data)
        elif self._reading:
            self._body_fed += len(data)
        super().data_received(data)
        if self._reading and self._deadline is None:
            self._expect()  # Behind a request that is whole, the next one has begun.
        if self._in_headers and self._fed > MOST_HEADER_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "invalid_argument", "the headers are too large")
        elif self._reading and self._body_fed > MOST_BODY_FED:
            self._refuse(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "invalid_argument", "the chunks of the body are too small"
            )

    def on_message_begin(self) -> None:
        self._reading = True
        self._body_fed = 0
        super().on_message_begin()
        self.scope[PACE] = self._pace  # type: ignore[literal-required]

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._body_bytes = 0
        if len(self.pipeline) >= MOST_PIPELINED:
            self._abort()
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        if self._body_bytes > MAX_REQUEST_BYTES:
            words = f"a request may have {MAX_REQUEST_BYTES} bytes"
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "invalid_argument", words)
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_headers, self._reading = True, False
        self._fed = 0
        self._expect_nothing()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(CLIENT_WITHIN, self._abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read_again()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:
        self._stop_answering()
        super().send_400_response(msg)

    def _stop_answering(self) -> None:
        """uvicorn tells the newest request that the client has left; the one being answered may be an older one, and
        uvloop takes what is written to a closed connection for an error of ours."""
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def _abort(self) -> None:
        """Cuts the connection."""
        self._stop_answering()
        self.transport.abort()

    def _read_again(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _give_back(self) -> None:
        if self._place is not None:
            self.quota.give_back(self._place)
            self._place = None

    def _should_upgrade(self) -> bool:
        if self.scope["method"] != "GET" or self.scope["http_version"] != "1.1":
            return False
        return super()._should_upgrade()

    def _expect(self) -> None:
        """The request must be here in time."""
        self._deadline = self.loop.call_later(REQUEST_WITHIN, self._late)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if not self._reading:
            self.transport.close()  # It was opened for nothing.
            return
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, "deadline_exceeded", f"a request has {REQUEST_WITHIN:g} s to arrive")

    def _refuse(self, status: HTTPStatus, code: str, words: str) -> None:
        """Answers, unless an answer has begun, and closes."""
        if self.transport.is_closing():
            return
        begun = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if not begun:
            answer = plain_error(status, code, words)
            head = (
                f"HTTP/1.1 {int(status)} {status.phrase}\r\ncontent-type: {answer.content_type}\r\n"
                f"content-length: {len(answer.body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + answer.body)
        self._stop_answering()
        self.transport.close()
        if self._unread is None:
            self._unread = self.loop.call_later(CLIENT_WITHIN, self._abort)
