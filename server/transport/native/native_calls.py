"""The calls that the engine receives: admitted, answered by the handlers of the services, and forgotten at their end.

The engine's own thread serves nobody but the sockets. One thread here takes what it tells; handlers run on a pool, in
turns, one of each customer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import grpc

from ...api.access import Access
from ...api.calls import Opened, Service, Streaming, Unary
from ...api.guard import parsed
from ...api.streams import Streams
from ...codes import Code
from ...logs import about
from ...publish.channel import Channel, Overflow
from ...quotas import Peer, Quota, QuotaError, caller
from ...request_errors import RequestError, exhausted, invalid, over_quota
from ...threads import Supervised
from ..limits import CALLS, THREADS, UNREAD, UNREAD_PER_CONNECTION
from ..peers import client, peer
from ..status import STATUS, proto
from ..turns import Turns
from ..unread import Unread
from . import _engine
from .conversation import Conversation, Converse
from .handshakes import Handshakes
from .limit_log import LimitLog
from .native_stream import NativeStream
from .relay import Relays
from .requests import UnknownEncodingError, plain

if TYPE_CHECKING:
    from .processes.remote_engine import RemoteEngine

log = logging.getLogger(__name__)

WAIT = 0.5
UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED.value[0]
Headers = list[tuple[bytes, bytes]]
Told = tuple[int, int, bytes, Headers, bytes, bytes, int]


class Call:
    """One call, from its request to its end."""

    __slots__ = ("at_end", "connection", "conversation", "give_back", "headers", "number", "over", "peer")

    def __init__(self, number: int, connection: str) -> None:
        self.number = number
        self.connection = connection
        self.peer = Peer(connection)
        self.over = False
        self.conversation: Conversation | None = None
        self.headers: Headers = []
        """Of a conversation: its later requests are compressed as they say."""
        self.give_back: Callable[[], None] | None = None
        """Gives back the place that the call has among those that are being answered."""
        self.at_end: list[Callable[[], None]] = []


class NativeCalls:
    """The calls of one server."""

    def __init__(
        self,
        engine: _engine.Engine | RemoteEngine,
        services: Sequence[Service],
        streams: Streams,
        access: Access | None,
        at_once: str,
        conversations: Mapping[str, Converse],
    ) -> None:
        """The calls of the service `at_once` only look something up: they are answered without a turn. `conversations`
        are the calls with many requests, by their paths."""
        self._engine = engine
        self._streams = streams
        self._access = access
        self._at_once = at_once
        self._methods: dict[str, tuple[str, str, Unary | Streaming]] = {}
        for service in services:
            calls: dict[str, Unary | Streaming] = {**service.unary, **service.streaming}
            for name, call in calls.items():
                self._methods[f"/{service.name}/{name}"] = service.name, name, call
        self._conversations = conversations
        for path in conversations:
            engine.expect_many(path.encode())
        self._relays = Relays(engine)
        self._quota = Quota("calls", "calls", CALLS, 1.0)
        self._unread = Unread(UNREAD, UNREAD_PER_CONNECTION)
        self._turns = Turns(THREADS, "native")
        self._handshakes = Handshakes()
        self._limit_log = LimitLog(engine.counters)
        self._lock = threading.Lock()
        self._calls: dict[int, Call] = {}
        self._stop = threading.Event()
        self.thread = Supervised("native calls", self._run, self._stop)

    def start(self) -> None:
        """Before the first call."""
        self.thread.start()

    def stop(self) -> None:
        """After the engine has stopped."""
        self._stop.set()
        self._turns.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._limit_log.look()
            for told in self._engine.take(WAIT):
                try:
                    self._hear(told)
                except Exception:  # noqa: PERF203
                    # One call must not cost the others theirs.
                    log.exception("a call could not be served", extra=about("defect"))
                    self._end(told[1], Code.INTERNAL, "the call could not be served, see the server's log")

    def _hear(self, told: Told) -> None:
        kind, number, path, headers, body, name, flags = told
        if kind == _engine.CALL:
            self._begin(number, path.decode(errors="replace"), headers, body, name.decode(), flags)
        elif kind == _engine.MESSAGE:
            self._hear_more(number, body, flags)
        elif kind == _engine.HALF:
            self._go_on(number, None)
        elif kind == _engine.OVER:
            self._over(number)
        elif kind == _engine.TLS:
            self._handshakes.say(path.decode(errors="replace"))
        elif kind == _engine.FREE:
            self._relays.freed(number)

    # -- a call begins -------------------------------------------------------------------------------------------

    def _begin(self, number: int, path: str, headers: Headers, body: bytes, name: str, flags: int) -> None:
        call = Call(number, name)
        with self._lock:
            self._calls[number] = call
        found = self._methods.get(path)
        if path in self._conversations:
            self._begin_many(call, path, headers, name)
            self._hear_more(number, None if flags & _engine.WITHOUT_MESSAGE else body, flags)
            return
        if found is None:
            self._engine.end(number, UNIMPLEMENTED, b"Method not found!")
            return
        service, method, handler = found
        try:
            call.peer = self._admitted(path, headers, name)
            request = self._request(headers, body, flags)
            if service != self._at_once:
                self._take_place(call, self._quota)
        except RequestError as error:
            self._fail(number, error)
        except UnknownEncodingError as error:
            self._engine.end(number, UNIMPLEMENTED, _unread(error))
        else:
            work = partial(self._guarded, call, partial(self._serve, call, method, handler, request))
            if service == self._at_once:
                work()
            else:
                self._turns.put(call.connection, work)

    def _admitted(self, path: str, headers: Headers, name: str) -> Peer:
        if self._access is None:
            return peer(name)
        access = self._access
        return client(name, self._streams.guard.call(path, lambda: access.admit(path, list(_metadata(headers)), name)))

    @staticmethod
    def _request(headers: Headers, body: bytes, flags: int) -> bytes:
        if flags & _engine.WITHOUT_MESSAGE:
            raise invalid("request", "is missing")
        if not flags & _engine.COMPRESSED:
            return body
        encodings = [value.decode(errors="replace") for key, value in headers if key == b"grpc-encoding"]
        return plain(body, encodings[0] if encodings else "identity")

    def _take_place(self, call: Call, quota: Quota) -> None:
        """A place that the call has until its end. Raises RequestError."""
        if not self._unread.admits(call.connection):
            raise exhausted("unread answers", "this client does not read the answers that it has asked for", 5.0)
        try:
            quota.take(call.peer)
        except QuotaError as error:
            raise over_quota(error) from error
        call.give_back = partial(quota.give_back, call.peer)

    def _release(self, call: Call) -> None:
        with self._lock:
            give_back, call.give_back = call.give_back, None
        if give_back is not None:
            give_back()

    # -- its handler ---------------------------------------------------------------------------------------------

    def _guarded(self, call: Call, work: Callable[[], None]) -> None:
        if call.over:
            return
        token = caller.set(call.peer)
        try:
            work()
        except RequestError as error:
            self._fail(call.number, error)
        except Exception:
            log.exception("a call failed outside of its handler", extra=about("defect"))
            self._end(call.number, Code.INTERNAL, "the call could not be continued, see the server's log")
        finally:
            caller.reset(token)

    def _serve(self, call: Call, name: str, handler: Unary | Streaming, request: bytes) -> None:
        if isinstance(handler, Unary):
            answer = handler.answer
            payload = self._streams.guard.call(name, lambda: answer(parsed(handler.parse, request)))
            self._count_unread(call, len(payload))
            self._engine.send(call.number, payload, True)
        else:
            self._open(call, name, handler, request)

    def _open(self, call: Call, name: str, handler: Streaming, request: bytes) -> None:
        def opened() -> Opened:
            return handler.open(parsed(handler.parse, request))

        def make(channel: Channel, overflow: Overflow) -> NativeStream:
            def join(stream: NativeStream) -> Callable[[], None]:
                relay = self._relays.join(channel, stream)
                return partial(self._relays.leave, channel, relay, stream)

            return NativeStream(self._engine, call.number, join, partial(self._when_over, call), overflow)

        self._streams.begin(call.peer, name, opened, make)
        self._release(call)  # From here on it counts as a stream.

    # -- many requests -------------------------------------------------------------------------------------------

    def _begin_many(self, call: Call, path: str, headers: Headers, name: str) -> None:
        try:
            call.peer = self._admitted(path, headers, name)
            self._take_place(call, self._streams.quota)
        except RequestError as error:
            self._fail(call.number, error)
            return
        call.headers = headers
        call.conversation = Conversation(self._conversations[path])

    def _hear_more(self, number: int, body: bytes | None, flags: int) -> None:
        with self._lock:
            call = self._calls.get(number)
        if call is None:
            return
        try:
            request = None if body is None else self._request(call.headers, body, flags)
        except RequestError as error:
            self._fail(number, error)
        except UnknownEncodingError as error:
            self._engine.end(number, UNIMPLEMENTED, _unread(error))
        else:
            self._go_on(number, request)

    def _go_on(self, number: int, request: bytes | None) -> None:
        with self._lock:
            call = self._calls.get(number)
        if call is None or call.conversation is None:
            return
        conversation = call.conversation

        def answer() -> None:
            conversation.answer(
                lambda payload: self._engine.send(number, payload, False), lambda: self._engine.end(number, 0, b"")
            )

        try:
            idle = conversation.add(request)
        except OverflowError:
            self._end(number, Code.RESOURCE_EXHAUSTED, "too many requests wait for the one before them")
        else:
            if idle:
                self._turns.put(call.connection, partial(self._guarded, call, answer))

    def _count_unread(self, call: Call, size: int) -> None:
        read = partial(self._unread.remove, call.connection, size)
        self._unread.add(call.connection, size)  # First: the call may end at any moment.
        if not self._when_over(call, read):
            read()

    # -- its end -------------------------------------------------------------------------------------------------

    def _fail(self, number: int, error: RequestError) -> None:
        status = proto(error)
        self._engine.end(number, status.code, status.message.encode(), status.SerializeToString())

    def _end(self, number: int, code: Code, words: str) -> None:
        self._engine.end(number, STATUS[code].value[0], words.encode())

    def _when_over(self, call: Call, step: Callable[[], None]) -> bool:
        """Calls this at the end of the call; False if that has been."""
        with self._lock:
            if call.over:
                return False
            call.at_end.append(step)
            return True

    def _over(self, number: int) -> None:
        with self._lock:
            call = self._calls.pop(number, None)
            if call is None:
                return
            call.over = True
        self._release(call)
        for step in call.at_end:
            step()


def _unread(error: UnknownEncodingError) -> bytes:
    return f"this server does not read grpc-encoding {error}".encode()


def _metadata(headers: Iterable[tuple[bytes, bytes]]) -> Iterable[tuple[str, str | bytes]]:
    """As gRPC hands it to handlers, without what is gRPC's own."""
    for key, value in headers:
        name = key.decode("latin-1")
        yield name, value if name.endswith("-bin") else value.decode("latin-1")
