"""Streams on the public API of grpcio only: a thread each, waiting for its next message. See push_stream.py."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import grpc

from ...publish.channel import Channel, Overflow


class GeneratorStream:
    """One response stream, iterated by a thread of the server's pool."""

    def __init__(
        self, context: grpc.ServicerContext, source: Channel, overflow: Overflow = Overflow.DROP_OLDEST
    ) -> None:
        self.cursor = 0
        self.overflow = overflow
        self.in_flight_since = 0.0
        self._context = context
        self._source = source
        self._ready = threading.Condition()
        self._payload: bytes | None = None
        self._ended = False
        self._status: tuple[grpc.StatusCode, str] | None = None

    def start(self, on_end: Callable[[], None], context: grpc.ServicerContext) -> None:
        """Joins the source; `on_end` is called once when the stream is over, whoever ended it."""

        def ended() -> None:
            with self._ready:
                self._ended = True
                self._ready.notify()
            self._source.leave(self)
            on_end()

        if not context.add_callback(ended):
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

    def end(self, code: grpc.StatusCode, details: str) -> None:
        """Ends the stream with a status."""
        with self._ready:
            self._status = code, details
            self._ready.notify()

    def overrun(self) -> None:
        """Ends the stream because it lost events and asked not to."""
        self.end(grpc.StatusCode.RESOURCE_EXHAUSTED, "the subscriber did not keep up with the events")

    def gone(self, reason: str) -> None:
        """Ends the stream because its market or venue was removed."""
        self.end(grpc.StatusCode.NOT_FOUND, reason)

    def broken(self, reason: str) -> None:
        """Ends the stream because a message of it could not be made or sent."""
        self.end(grpc.StatusCode.UNAVAILABLE, reason)

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
                yield payload
                self.in_flight_since = 0.0
            if status is not None:
                self._context.abort(*status)
            self._source.next(self)
