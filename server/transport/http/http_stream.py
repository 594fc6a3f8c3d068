"""A stream over HTTP: one message on its way at a time, and the newest one behind it, in the frames of any protocol."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable

from ...codes import Code
from ...delays import Delays
from ...logs import about
from ...publish.channel import Channel, Overflow
from .framing import Framing
from .reader_pace import ReaderPace
from .wake_ups import WakeUps

log = logging.getLogger(__name__)

QUIET = 15.0
"""Seconds without a message after which the reader is shown that the connection lives."""


class HttpStream:
    """One stream. The channel calls deliver() and end() on any thread; the rest happens on the event loop."""

    def __init__(self, source: Channel, overflow: Overflow, wake_ups: WakeUps, delays: Delays | None = None) -> None:
        """`delays`: of messages, until the connection has taken them."""
        self.cursor = 0
        self.overflow = overflow
        self.in_flight_since = 0.0
        self._source = source
        self._wake_ups = wake_ups
        self._delays = delays or Delays()
        self._handed_at = 0
        self._payload: bytes | None = None
        """The message on its way."""
        self._end: tuple[Code, str] | None = None
        self._on_end: Callable[[], None] = lambda: None
        self._news = asyncio.Event()
        self._wake = self._news.set

    def start(self, on_end: Callable[[], None]) -> None:
        """Joins the channel; `on_end` is called once at the end of the stream, from whichever side it comes."""
        self._on_end = on_end
        self._source.join(self)

    def deliver(self, payload: bytes) -> None:
        """Takes the message that goes out next."""
        self._handed_at = self._source.handed(self)
        self._payload = payload
        self.in_flight_since = time.monotonic()
        self._wake_ups.wake(self._wake)

    def end(self, code: Code, reason: str) -> None:
        """Ends the stream with this code; the first end counts."""
        if self._end is None:
            self._end = code, reason
        self._wake_ups.wake(self._wake)

    def close(self) -> None:
        """Nothing more is sent, whether the stream has ended or its client has left. Once."""
        self._source.leave(self)
        self._on_end()

    def allow(self) -> None:
        """What `may_send` of pieces() says has changed. Called on the event loop."""
        self._news.set()

    async def _slowed(self, pace: ReaderPace) -> None:
        """Waits until the connection takes another message, or the stream ends."""
        pace.sent()
        while self._end is None and (seconds := pace.wait()):
            again = asyncio.get_running_loop().call_later(seconds, self._wake)
            try:
                await self._news.wait()
            finally:
                again.cancel()
            self._news.clear()

    async def pieces(
        self, framing: Framing, may_send: Callable[[], bool] = lambda: True, pace: ReaderPace | None = None
    ) -> AsyncIterator[bytes]:
        """What is sent, frame by frame: ask for the next frame when the last has gone out. Behind a message, `may_send`
        says whether the reader takes another one, and `pace` when; states that come before are conflated."""
        loop = asyncio.get_running_loop()
        while True:
            # No wait_for: before Python 3.12 it may swallow a cancellation.
            quiet = loop.call_later(QUIET, self._wake)
            try:
                await self._news.wait()
            finally:
                quiet.cancel()
            self._news.clear()
            payload, self._payload = self._payload, None
            if payload is None and self._end is None and framing.quiet:
                yield framing.quiet
            if payload is not None:
                try:
                    piece = framing.message(payload)
                except Exception:
                    # Its reader must not take the silence for a quiet market.
                    log.exception("a message could not be sent over HTTP", extra=about("defect"))
                    yield framing.end(Code.INTERNAL, "a message could not be sent, see the server's log")
                    return
                yield piece
                if self._handed_at:
                    self._delays.add(time.monotonic_ns() - self._handed_at)
                while self._end is None and not may_send():
                    await self._news.wait()
                    self._news.clear()
                if pace is not None and self._source.conflates:
                    await self._slowed(pace)
            if self._end is not None:
                yield framing.end(*self._end)
                return
            if payload is not None:
                self.in_flight_since = 0.0
                self._source.next(self)
