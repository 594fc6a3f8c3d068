"""Sends on grpcio's synchronous server without a thread per stream.

The handler returns at once. Whoever publishes starts the sends, and gRPC's own serving thread continues them when flow
control has let a message through. That takes private names of grpcio (private_grpc.py); without them
transport/grpc/generator_stream.py does the work with public API.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import grpc

from ...codes import Code
from ...delays import Delays
from ...publish.channel import Channel, Overflow
from ..status import STATUS
from . import private_grpc as private
from .private_grpc import AVAILABLE

__all__ = ["AVAILABLE", "PushStream"]

# Seconds for a status to be read: it waits behind the message that was not, and holds the stream's place meanwhile.
STATUS_WITHIN = 5.0


class PushStream:
    """One response stream that is fed by its source."""

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
        """Monotonic seconds when the message now in flight was started; 0 while none is."""
        self._delays = delays or Delays()
        self._handed_at = 0
        self._ended = False
        self._ended_at = 0.0
        """Monotonic seconds when the status was started."""
        self._source = source
        self._context = context
        self._state: Any = context._state  # type: ignore[attr-defined]
        self._call: Any = context._rpc_event.call  # type: ignore[attr-defined]

    def start(self, on_end: Callable[[], None]) -> None:
        """Joins the source; `on_end` is called once at the end of the stream, from whichever side it comes."""

        def ended() -> None:
            self._ended = True
            self._source.leave(self)
            on_end()

        if not self._context.add_callback(ended):
            ended()  # The client went away before we began.
            return
        self._source.join(self)
        if self._ended:  # And here before it had joined.
            self._source.leave(self)

    def deliver(self, payload: bytes) -> None:
        """Starts sending and returns."""
        state = self._state
        with state.condition:
            if state.client is private.CANCELLED or state.statused:
                return
            self.in_flight_since = time.monotonic()
            self._handed_at = self._source.handed(self)
            if state.initial_metadata_allowed:
                operations: tuple[Any, ...] = (
                    private.metadata_operation(state, None),
                    private.send_operation(payload, 0),
                )
                state.initial_metadata_allowed = False
                token, done = private.SEND_FIRST_TOKEN, self._sent_first
            else:
                operations = (private.send_operation(payload, 0),)
                token, done = private.SEND_TOKEN, self._sent
            state.due.add(token)
            self._call.start_server_batch(operations, done)

    def end(self, code: Code, reason: str) -> None:
        """Ends the stream with a status. If the client has not read the status after some seconds, a second call ends
        the stream without it."""
        state, now = self._state, time.monotonic()
        unread = False
        with state.condition:
            if state.client is private.CANCELLED:
                return
            if state.statused:
                unread = 0 < self._ended_at < now - STATUS_WITHIN
            else:
                self._ended_at = now
                state.code, state.details = STATUS[code], reason.encode()
                private.abort(state, self._call, private.CODES.unknown, reason.encode())
        if unread:
            self._context.cancel()  # type: ignore[no-untyped-call]

    def _sent_first(self, _event: Any) -> Any:
        return self._gone_out(private.SEND_FIRST_TOKEN)

    def _sent(self, _event: Any) -> Any:
        return self._gone_out(private.SEND_TOKEN)

    def _gone_out(self, token: Any) -> Any:
        """On a serving thread: flow control has accepted the message."""
        with self._state.condition:
            self.in_flight_since = 0.0
            if self._handed_at:
                self._delays.add(time.monotonic_ns() - self._handed_at)
            result = private.finish(self._state, token)
        self._source.next(self)
        return result
