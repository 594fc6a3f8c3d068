"""Sends on grpcio's synchronous server without a thread a stream.

The handler returns at once. Whoever publishes starts the sends, and gRPC's own serving thread continues them when flow
control has let a message through. That takes a few private names of grpcio, all of them here and all probed at import;
where one is missing, `AVAILABLE` is False and publish/generator.py does the work with public API. The names were the
same from grpcio 1.60 to 1.85.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import grpc

from .source import Overflow, Source

log = logging.getLogger(__name__)

try:
    from grpc import _server

    cygrpc: Any = import_module("grpc._cython.cygrpc")
    _SEND_TOKEN: Any = _server._SEND_MESSAGE_TOKEN
    _SEND_FIRST_TOKEN: Any = _server._SEND_INITIAL_METADATA_AND_SEND_MESSAGE_TOKEN
    _finish: Any = _server._possibly_finish_call
    _abort: Any = _server._abort
    _metadata_operation: Any = _server._get_initial_metadata_operation
    _cancelled: Any = _server._CANCELLED
    _send_operation: Any = cygrpc.SendMessageOperation
    _codes: Any = cygrpc.StatusCode
    AVAILABLE = True
except (ImportError, AttributeError) as missing:  # pragma: no cover - depends on the grpcio installed
    log.info("grpcio lacks what push needs (%s): one thread a stream instead", missing)
    AVAILABLE = False


class PushStream:
    """One response stream that is fed by its source."""

    def __init__(
        self, context: grpc.ServicerContext, source: Source, overflow: Overflow = Overflow.DROP_OLDEST
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
            if state.client is _cancelled or state.statused:
                return
            self.in_flight_since = time.monotonic()
            if state.initial_metadata_allowed:
                operations: tuple[Any, ...] = (_metadata_operation(state, None), _send_operation(payload, 0))
                state.initial_metadata_allowed = False
                token, done = _SEND_FIRST_TOKEN, self._sent_first
            else:
                operations = (_send_operation(payload, 0),)
                token, done = _SEND_TOKEN, self._sent
            state.due.add(token)
            self._call.start_server_batch(operations, done)

    def end(self, code: grpc.StatusCode, details: str) -> None:
        """Ends the stream with a status."""
        state = self._state
        with state.condition:
            if state.client is not _cancelled and not state.statused:
                state.code, state.details = code, details.encode()
                _abort(state, self._call, _codes.unknown, details.encode())

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
        return self._gone_out(_SEND_FIRST_TOKEN)

    def _sent(self, _event: Any) -> Any:
        return self._gone_out(_SEND_TOKEN)

    def _gone_out(self, token: Any) -> Any:
        """On a serving thread: flow control has accepted the message."""
        with self._state.condition:
            self.in_flight_since = 0.0
            result = _finish(self._state, token)
        self._source.next(self)
        return result
