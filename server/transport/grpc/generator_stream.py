"""Streams on the public API of grpcio only: a thread each, waiting for its next message. See push_stream.py."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import grpc

from ...codes import Code
from ...delays import Delays
from ...publish.channel import Channel, Overflow
from ..status import STATUS

# Seconds after which a message in flight is not waited for: public API has no status that could pass it.
STUCK = 1.0


class GeneratorStream:
    """One response stream, iterated by a thread of the server's pool."""

    def __init__(
        self,
        context: grpc.ServicerContext,
        source: Channel,
        overflow: Overflow = Overflow.DROP_OLDEST,
        delays: Delays | None = None,
    ) -> None:
        """`delays`: of messages, until flow control has accepted them."""
        self.cursor = 0
        self.overflow = overflow
        self.in_flight_since = 0.0
        self._context = context
        self._source = source
        self._ready = threading.Condition()
        self._payload: bytes | None = None
        self._delays = delays or Delays()
        self._ended = False
        self._status: tuple[grpc.StatusCode, str] | None = None

    def start(self, on_end: Callable[[], None]) -> None:
        """Joins the source; `on_end` is called once at the end of the stream, from whichever side it comes."""

        def ended() -> None:
            with self._ready:
                self._ended = True
                self._ready.notify()
            self._source.leave(self)
            on_end()

        if not self._context.add_callback(ended):
            ended()
            return
        self._source.join(self)
        if self._ended:  # The client went away before it had joined.
            self._source.leave(self)

    def deliver(self, payload: bytes) -> None:
        """Hands the message to the stream's thread."""
        with self._ready:
            self._payload = payload
            self._ready.notify()

    def end(self, code: Code, reason: str) -> None:
        """Ends the stream with the first status: CANCELLED where a message is stuck, which its thread waits for."""
        with self._ready:
            self._status = self._status or (STATUS[code], reason)
            stuck = 0 < self.in_flight_since < time.monotonic() - STUCK
            self._ready.notify()
        if stuck:
            self._context.cancel()  # type: ignore[no-untyped-call]

    def messages(self) -> Iterator[bytes]:
        """What the RPC handler returns."""
        while True:
            with self._ready:
                while self._payload is None and self._status is None and not self._ended:
                    self._ready.wait()
                payload, self._payload = self._payload, None
                status = self._status
            if self._ended:
                return
            if payload is not None:  # Before a status: the last message may say why.
                self.in_flight_since = time.monotonic()
                handed_at = self._source.handed(self)
                yield payload
                self.in_flight_since = 0.0
                if handed_at:
                    self._delays.add(time.monotonic_ns() - handed_at)
            if status is not None:
                self._context.abort(*status)
            self._source.next(self)
