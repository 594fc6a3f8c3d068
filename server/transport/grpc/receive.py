"""How calls are received: a thread serves a call only when its request is there, whole.

gRPC's synchronous server gives every call a thread of its pool, which then waits for the request: as many calls without
a request as there are threads stop the server. Here a call waits without a thread, and for some seconds at most.
Requests that have come wait for a thread in turns, one of each connection.

Handlers stay what they are on gRPC's public API; where its private names are missing, it serves them itself.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent import futures
from functools import partial
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from ...quotas import Quota, QuotaError, caller
from ...request_errors import RequestError, exhausted, invalid, over_quota
from ...threads import Supervised
from ..limits import (
    CALLS,
    CLIENT_WITHIN,
    HALF_OPEN,
    HALF_OPEN_PER_CONNECTION,
    REQUEST_WITHIN,
    THREADS,
    UNREAD,
    UNREAD_PER_CONNECTION,
)
from ..turns import Turns
from ..unread import Unread
from .call import Call
from .half_open import HalfOpen, TooManyError

log = logging.getLogger(__name__)

WATCH_EVERY = 0.5

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
GenericHandler: TypeAlias = "grpc.GenericRpcHandler[Any, Any]"
Serve = Callable[[Call, Handler, bytes], None]


class Inline(futures.ThreadPoolExecutor):
    """The pool that gRPC gets: it runs the start of a call at once, on the serving thread, and never waits."""

    def __init__(self) -> None:
        super().__init__(1)

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> futures.Future[Any]:
        """A future that is done."""
        done: futures.Future[Any] = futures.Future()
        done.set_result(work(*arguments, **keywords))
        return done


class Receiver:
    """The calls of one server, from their headers to their last byte."""

    def __init__(self, streams: Quota, request_within: float = REQUEST_WITHIN) -> None:
        self.pool = Inline()
        """For grpc.server()."""
        self._streams = streams
        self._within = request_within
        self._calls = Quota("calls", "calls", CALLS, 1.0)
        self._half_open: HalfOpen[Call] = HalfOpen(HALF_OPEN, HALF_OPEN_PER_CONNECTION)
        self._unread = Unread(UNREAD, UNREAD_PER_CONNECTION)
        self._turns = Turns(THREADS, "grpc")
        self._lock = threading.Lock()
        self._waits: dict[Call, tuple[float, str]] = {}
        """Calls that wait for their client: until when (monotonic), and what for."""
        self._stop = threading.Event()
        self.thread = Supervised("call watch", self._watch_clients, self._stop)

    def start(self) -> None:
        """Before the first call."""
        self.thread.start()

    def stop(self) -> None:
        """Called after the last request."""
        self._stop.set()
        self._turns.close()

    def adapt(self, inner: GenericHandler, at_once: bool = False) -> GenericHandler:
        """The same handlers, received here; `at_once`: on the serving thread, for those that only look something up."""
        return _Received(inner, partial(self._adapted, at_once=at_once))

    def _adapted(self, handler: Handler, at_once: bool) -> Handler:
        serve = self._converse if handler.request_streaming else self._serve

        def accept(_requests: Any, context: Any, _send: Any) -> None:
            self._accept(Call(context), handler, serve, at_once)

        accept.experimental_non_blocking = True  # type: ignore[attr-defined]
        return grpc.stream_stream_rpc_method_handler(accept)

    # -- waiting for a request -----------------------------------------------------------------------------------

    def _accept(self, call: Call, handler: Handler, serve: Serve, at_once: bool) -> None:
        try:
            evicted = self._half_open.add(call.peer.connection, call)
        except TooManyError:
            # Without details: this has to cost less than it costs to make us do it.
            call.end(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many calls of this client have no request yet")
            return
        if evicted is not None:
            self._forget(evicted)
            evicted.end(grpc.StatusCode.RESOURCE_EXHAUSTED, "the request did not come, and others need the place")
        self._wait(call, self._within, "the request did not come")
        if call.context.add_callback(partial(self._over, call)):
            call.receive(partial(self._received, call, handler, serve, at_once))
        else:
            self._over(call)

    def _received(self, call: Call, handler: Handler, serve: Serve, at_once: bool, message: bytes | None) -> None:
        self._half_open.remove(call.peer.connection, call)
        self._forget(call)
        if message is None and handler.request_streaming:
            call.answer(None)
        elif message is None:
            call.fail(invalid("request", "is missing"))
        elif at_once:
            serve(call, handler, message)
        else:
            self._queue(call, handler, serve, message)

    def _queue(self, call: Call, handler: Handler, serve: Serve, message: bytes) -> None:
        try:
            self._admit(call, self._streams if handler.request_streaming else self._calls)
        except RequestError as error:
            call.fail(error)
        else:
            self._turns.put(call.peer.connection, partial(call.guarded, serve, call, handler, message))

    def _admit(self, call: Call, quota: Quota) -> None:
        if not self._unread.admits(call.peer.connection):
            raise exhausted("unread answers", "this client does not read the answers that it has asked for", 5.0)
        try:
            quota.take(call.peer)
        except QuotaError as error:
            raise over_quota(error) from error
        call.give_back = partial(quota.give_back, call.peer)

    def _over(self, call: Call) -> None:
        """The call has ended, for any reason."""
        self._half_open.remove(call.peer.connection, call)
        with self._lock:
            call.over = True
            self._waits.pop(call, None)
            unread, call.unread = call.unread, 0
        self._unread.remove(call.peer.connection, unread)
        self._release(call)

    def _release(self, call: Call) -> None:
        with self._lock:
            give_back, call.give_back = call.give_back, None
        if give_back is not None:
            give_back()

    # -- one request ---------------------------------------------------------------------------------------------

    def _serve(self, call: Call, handler: Handler, message: bytes) -> None:
        if not call.active:
            return
        token = caller.set(call.peer)
        try:
            if handler.response_streaming:
                self._open(call, handler, message)
            else:
                self._answer(call, handler, message)
        finally:
            caller.reset(token)

    def _open(self, call: Call, handler: Handler, message: bytes) -> None:
        call.behave(handler.unary_stream, _request(handler, message), _no_send)
        self._release(call)  # From here on it counts as a stream.

    def _answer(self, call: Call, handler: Handler, message: bytes) -> None:
        answer, went_well = call.behave(handler.unary_unary, _request(handler, message))
        if went_well:
            payload = _payload(handler, answer)
            self._wait(call, CLIENT_WITHIN, "the answer was not read")
            self._count_unread(call, len(payload))
            call.answer(payload)

    def _count_unread(self, call: Call, size: int) -> None:
        with self._lock:
            if not call.over:
                call.unread = size
                self._unread.add(call.peer.connection, size)

    # -- many requests -------------------------------------------------------------------------------------------

    def _converse(self, call: Call, handler: Handler, message: bytes) -> None:
        """Answers one request of a call that has many."""

        behaviour: Any = handler.stream_stream

        def answers(request: Any, context: Any) -> list[Any]:
            return list(behaviour(iter((request,)), context))

        found, went_well = call.behave(answers, _request(handler, message))
        if went_well:
            self._send([_payload(handler, each) for each in found], call, handler)

    def _send(self, payloads: list[bytes], call: Call, handler: Handler) -> None:
        """Sends the answers one after the other, then takes the next request."""
        self._wait(call, CLIENT_WITHIN, "nothing was asked for or read")
        if payloads:
            call.send(payloads[0], partial(self._send, payloads[1:], call, handler))
        else:
            call.receive(partial(self._go_on, call, handler))

    def _go_on(self, call: Call, handler: Handler, message: bytes | None) -> None:
        self._forget(call)
        if message is None:
            call.answer(None)
        else:
            self._turns.put(call.peer.connection, partial(call.guarded, self._converse, call, handler, message))

    # -- clients that let us wait --------------------------------------------------------------------------------

    def _wait(self, call: Call, seconds: float, words: str) -> None:
        with self._lock:
            if not call.over:
                self._waits[call] = time.monotonic() + seconds, f"{words} within {seconds:g} s"

    def _forget(self, call: Call) -> None:
        with self._lock:
            self._waits.pop(call, None)

    def _watch_clients(self) -> None:
        while not self._stop.wait(WATCH_EVERY):
            now = time.monotonic()
            with self._lock:
                overdue = [(call, words) for call, (until, words) in self._waits.items() if until < now]
                for call, _ in overdue:
                    del self._waits[call]
            for call, words in overdue:
                if call.active:
                    self._wait(call, self._within, "the status was not read")
                    call.end(grpc.StatusCode.DEADLINE_EXCEEDED, words)
                else:
                    call.context.cancel()


class _Received(grpc.GenericRpcHandler):  # type: ignore[type-arg]
    """Handlers of a service as the receiver serves them."""

    def __init__(self, inner: GenericHandler, adapted: Callable[[Handler], Handler]) -> None:
        self._inner = inner
        self._adapt = adapted
        self._adapted: dict[int, tuple[Handler, Handler]] = {}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Handler | None:
        """None where the service has no such method."""
        handler = self._inner.service(handler_call_details)
        if handler is None:
            return None
        if id(handler) not in self._adapted:
            self._adapted[id(handler)] = handler, self._adapt(handler)
        return self._adapted[id(handler)][1]


def _no_send(_response: Any) -> None:
    """Streams send by themselves."""


def _request(handler: Handler, message: bytes) -> Any:
    if handler.request_deserializer is None:
        return message
    try:
        return handler.request_deserializer(message)
    except DecodeError as error:
        raise invalid("request", f"is no message of this call: {error}") from error


def _payload(handler: Handler, answer: Any) -> bytes:
    payload = handler.response_serializer(answer) if handler.response_serializer else answer
    assert isinstance(payload, bytes)
    return payload
