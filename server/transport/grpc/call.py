"""One call on grpcio's synchronous server, received and answered without a thread that waits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import grpc

from ...logs import about
from ...request_errors import RequestError
from . import private_grpc as private
from .aborts import packed
from .callers import who

log = logging.getLogger(__name__)


class Call:
    """From its headers to its end. Takes private names of grpcio, see transport/grpc/private_grpc.py."""

    __slots__ = ("_core", "_event", "_state", "context", "give_back", "over", "peer", "unread")

    def __init__(self, context: Any) -> None:
        self.context = context
        self.peer = who(context)
        self.over = False
        """The call has ended and nothing of it is left."""
        self.give_back: Callable[[], None] | None = None
        """Gives back the place that the call has among those whose request has come."""
        self.unread = 0
        """Bytes of its answer."""
        self._event = context._rpc_event
        self._core = self._event.call
        self._state = context._state

    @property
    def active(self) -> bool:
        """Whether the client is there and has no status yet."""
        with self._state.condition:
            return bool(private.is_active(self._state))

    def receive(self, done: Callable[[bytes | None], None]) -> None:
        """Starts waiting for a message. `done` gets its bytes, or None when there will be none, on a serving thread."""

        def received(event: Any) -> Any:
            # Before `done`, which may start the next one: gRPC knows of one operation of a kind.
            with self._state.condition:
                result = private.finish(self._state, private.RECEIVE_TOKEN)
            self.guarded(done, private.request_of(event))
            return result

        with self._state.condition:
            if private.is_active(self._state):
                self._state.due.add(private.RECEIVE_TOKEN)
                self._core.start_server_batch((private.receive_operation(0),), received)

    def send(self, payload: bytes, done: Callable[[], None]) -> None:
        """Starts sending one message of several. `done` is called when flow control has let it through."""
        with self._state.condition:
            if not private.is_active(self._state):
                return
            operations: tuple[Any, ...] = (private.send_operation(payload, 0),)
            token = private.SEND_TOKEN
            if self._state.initial_metadata_allowed:
                operations = (private.metadata_operation(self._state, None), *operations)
                self._state.initial_metadata_allowed = False
                token = private.SEND_FIRST_TOKEN

            def sent(_event: Any) -> Any:
                with self._state.condition:
                    result = private.finish(self._state, token)
                self.guarded(done)
                return result

            self._state.due.add(token)
            self._core.start_server_batch(operations, sent)

    def behave(self, behaviour: Any, request: Any, *send: Any) -> tuple[Any, bool]:
        """The answer of a handler, and whether it answered; its exception becomes the status of the call."""
        answer, went_well = private.behave(self._event, self._state, behaviour, request, None, *send)
        return answer, bool(went_well)

    def answer(self, payload: bytes | None) -> None:
        """Starts sending the only message, or none, and the status OK."""
        private.answer(self._event, self._state, payload)

    def end(self, code: grpc.StatusCode, details: str) -> None:
        """Starts sending a status, unless the call is over."""
        with self._state.condition:
            if private.is_active(self._state):
                self._state.code, self._state.details = code, details.encode()
                private.abort(self._state, self._core, private.CODES.unknown, details.encode())

    def fail(self, error: RequestError) -> None:
        """Ends the call with an error and its details."""
        status = packed(error)
        self._state.trailing_metadata = status.trailing_metadata
        self.end(status.code, status.details)

    def guarded(self, step: Callable[..., None], *arguments: Any) -> None:
        """Runs a step of the call; an exception of the step ends the call."""
        try:
            step(*arguments)
        except RequestError as error:
            self.fail(error)
        except Exception:
            # Threads are everybody's.
            log.exception("a call could not be continued", extra=about("defect"))
            self.end(grpc.StatusCode.INTERNAL, "the call could not be continued, see the server's log")
