"""One websocket, bounded: what the connection of HTTP was bounded by before, holds after its upgrade.

uvicorn's protocol over the package websockets reads and writes frames. It bounds messages, their pieces included, and
stops reading while a message waits for the application. What is added here ends sockets that do not read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from ...api.call_rate import CallRate
from ..limits import CLIENT_WITHIN
from .http_errors import plain_error

PING_EVERY = 20.0
"""Seconds between pings, and for their answer."""
FRAMES, FRAMES_PER_SECOND = 128, 20.0
"""Frames that begin no message, at once and after that: pings, pongs, further pieces. One more cuts the socket."""
READ_AT_ONCE = 1 << 10
"""Bytes that are read between two looks at the limits: 256 KiB of the smallest frames take a third of a second."""
_MISTAKES = logging.getLogger("uvicorn.error.websocket")
_MISTAKES.disabled = True
"""Mistakes of strangers, which uvicorn logs as its own errors. What fails in the application is logged there."""


class LimitedWebsocket(WebSocketsSansIOProtocol):
    """A socket. All methods are called on the event loop."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = _MISTAKES
        self.on_lost: Callable[[], None] = lambda: None
        """Called once, when the connection is over."""
        self._abort: asyncio.TimerHandle | None = None
        self._pong = b""
        """The answer to the last ping, while nothing can be written."""
        self._ending = False
        self._frames = CallRate(FRAMES_PER_SECOND, FRAMES)

    def connection_lost(self, exc: Exception | None) -> None:
        self._abort_never()
        self.on_lost()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._abort_later()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self._ending:
            self._abort_never()
            pong, self._pong = self._pong, b""
            self.transport.write(pong)

    async def send(self, message: ASGISendEvent) -> None:
        """Raises ClientDisconnected, an OSError, where the socket is closed already."""
        await self.writable.wait()
        if self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        await super().send(message)

    def handle_cont(self, event: Frame) -> None:
        """Also pieces without a byte, which the limit of messages does not count."""
        if self._bears_another():
            super().handle_cont(event)

    def handle_pong(self, event: Frame) -> None:
        if self._bears_another():
            super().handle_pong(event)

    def handle_ping(self) -> None:
        """Of pings that cannot be answered at once, the last one is answered (RFC 6455, 5.5.3): a client that sends
        pings and reads nothing costs no memory."""
        if not self._bears_another():
            return
        if self.writable.is_set():
            super().handle_ping()
        else:
            self._pong = b"".join(self.conn.data_to_send())

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), READ_AT_ONCE):
            if self.transport.is_closing():
                return
            super().data_received(data[start : start + READ_AT_ONCE])
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            # The package has refused to read the request, which uvicorn does not notice.
            answer = plain_error(HTTPStatus.BAD_REQUEST, "invalid_argument", "this is no request for a websocket")
            head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: {answer.content_type}\r\nconnection: close\r\n\r\n"
            self.transport.write(head.encode() + answer.body)
            self.transport.close()
            self._end()

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._end()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._end()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self._end()

    def _bears_another(self) -> bool:
        """Whether a frame that begins no message is within the limit; otherwise the socket is cut."""
        if self._frames.delay():
            self.transport.abort()
            return False
        return True

    def _end(self) -> None:
        """The socket is being closed; who reads nothing holds its place for a time only."""
        self._ending = True
        self._abort_later()

    def _abort_later(self) -> None:
        if self._abort is None:
            self._abort = self.loop.call_later(CLIENT_WITHIN, self.transport.abort)

    def _abort_never(self) -> None:
        if self._abort is not None:
            self._abort.cancel()
            self._abort = None
