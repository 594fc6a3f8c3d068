"""Sends on grpcio's synchronous server without a thread a stream.

The handler returns at once. Whoever publishes starts the sends, and gRPC's own serving thread continues them when flow
control has let a message through. That takes private names of grpcio (private_grpc.py); without them
transport/grpc/generator_stream.py does the work with public API.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import grpc

from ...publish.channel import Channel, Overflow
from . import private_grpc as private
from .private_grpc import AVAILABLE

__all__ = ["AVAILABLE", "PushStream"]


class PushStream:
    """One response stream that is fed by its source."""

    def __init__(
        self, context: grpc.ServicerContext, source: Channel, overflow: Overflow = Overflow.DROP_OLDEST
    ) -> None:
        self.cursor = 0
        self.overflow = overflow
        self.in_flight_since = 0.0
        """Monotonic seconds when the message now in flight was started; 0 while none is."""
        self._ended = False
        self._source = source
        self._state: Any = context._state  # type: ignore[attr-defined]
        self._call: Any = context._rpc_event.call  # type: ignore[attr-defined]

    def start(self, on_end: Callable[[], None], context: grpc.ServicerContext) -> None:
        """Joins the source; `on_end` is called once when the stream is over, whoever ended it."""

        def ended() -> None:
            self._ended = True
            self._source.leave(self)
            on_end()

        if not context.add_callback(ended):
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

    def end(self, code: grpc.StatusCode, details: str) -> None:
        """Ends the stream with a status."""
        state = self._state
        with state.condition:
            if state.client is not private.CANCELLED and not state.statused:
                state.code, state.details = code, details.encode()
                private.abort(state, self._call, private.CODES.unknown, details.encode())

    def overrun(self) -> None:
        """Ends the stream because it lost events and asked not to."""
        self.end(grpc.StatusCode.RESOURCE_EXHAUSTED, "the subscriber did not keep up with the events")

    def gone(self, reason: str) -> None:
        """Ends the stream because its market or venue was removed."""
        self.end(grpc.StatusCode.NOT_FOUND, reason)

    def broken(self, reason: str) -> None:
        """Ends the stream because a message of it could not be made or sent."""
        self.end(grpc.StatusCode.UNAVAILABLE, reason)

    def _sent_first(self, _event: Any) -> Any:
        return self._gone_out(private.SEND_FIRST_TOKEN)

    def _sent(self, _event: Any) -> Any:
        return self._gone_out(private.SEND_TOKEN)

    def _gone_out(self, token: Any) -> Any:
        """On a serving thread: flow control has accepted the message."""
        with self._state.condition:
            self.in_flight_since = 0.0
            result = private.finish(self._state, token)
        self._source.next(self)
        return result
