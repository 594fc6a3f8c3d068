"""Starts response streams: counts them, picks the transport, and ends them all when the server drains."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc

from ..publish.channel import Channel, Overflow
from ..quotas import Peer, Quota, QuotaError, caller
from ..transport.grpc.generator_stream import GeneratorStream
from ..transport.grpc.peers import who
from ..transport.grpc.push_stream import AVAILABLE, PushStream
from .errors import RequestError, abort, over_quota, unavailable
from .guard import Guard, Parse, parsed

_STOPPING = "the server is stopping"

Handler = Callable[..., Any]
Opener = Callable[[Any], tuple[Channel, Overflow]]


class Streams:
    """All open response streams of this server."""

    def __init__(self, limit: int, push: bool = AVAILABLE) -> None:
        self.push = push
        """Without a thread a stream; False is one thread each."""
        self.guard = Guard()
        """Of all calls of the server, streaming or not."""
        self.quota = Quota("streams", "streams", limit, 5.0)
        self._lock = threading.Lock()
        self._open: dict[PushStream | GeneratorStream, Peer] = {}
        self._draining = False

    def __len__(self) -> int:
        return len(self._open)

    def handler(self, name: str, opener: Opener, parse: Parse) -> grpc.RpcMethodHandler[Any, Any]:
        """The gRPC handler of a streaming call: `opener` turns the request into what to read from, or raises."""

        def opened(request: bytes) -> tuple[Channel, Overflow]:
            return self.guard.call(name, lambda: opener(parsed(parse, request)))

        def push(request: bytes, context: grpc.ServicerContext, _send: Callable[[Any], None]) -> None:
            self._begin(name, opened, request, context, PushStream)

        def generate(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            stream = self._begin(name, opened, request, context, GeneratorStream)
            assert isinstance(stream, GeneratorStream)
            yield from stream.messages()

        behaviour: Handler = push if self.push else generate
        if self.push:
            push.experimental_non_blocking = True  # type: ignore[attr-defined]
        return grpc.unary_stream_rpc_method_handler(behaviour)

    def drain(self) -> None:
        """Ends every stream with UNAVAILABLE and refuses new ones."""
        with self._lock:
            self._draining = True
            streams = list(self._open)
        for stream in streams:
            stream.end(grpc.StatusCode.UNAVAILABLE, _STOPPING)

    def end(self, those: Callable[[Peer], bool], code: grpc.StatusCode, details: str) -> int:
        """Ends the streams of some clients; returns how many."""
        with self._lock:
            streams = [stream for stream, who in self._open.items() if those(who)]
        for stream in streams:
            stream.end(code, details)
        return len(streams)

    def _begin(
        self,
        name: str,
        opener: Opener,
        request: bytes,
        context: grpc.ServicerContext,
        kind: type[PushStream | GeneratorStream],
    ) -> PushStream | GeneratorStream:
        client = who(context)
        token = caller.set(client)
        try:
            return self._begin_for(client, name, opener, request, context, kind)
        except RequestError as error:
            abort(context, error)
        finally:
            caller.reset(token)

    def _begin_for(
        self,
        who: Peer,
        name: str,
        opener: Opener,
        request: bytes,
        context: grpc.ServicerContext,
        kind: type[PushStream | GeneratorStream],
    ) -> PushStream | GeneratorStream:
        self._admit(who)
        try:
            source, overflow = opener(request)
        except RequestError:
            self.quota.give_back(who)
            raise
        stream = kind(context, source, overflow)
        with self._lock:
            self._open[stream] = who
            draining = self._draining
        if draining:
            stream.end(grpc.StatusCode.UNAVAILABLE, _STOPPING)
        try:
            self.guard.call(name, lambda: stream.start(lambda: self._leave(stream), context))
        except RequestError:
            source.leave(stream)
            self._leave(stream)
            raise
        return stream

    def _admit(self, who: Peer) -> None:
        if self._draining:
            raise unavailable(_STOPPING)
        try:
            self.quota.take(who)
        except QuotaError as error:
            raise over_quota(error) from error

    def _leave(self, stream: PushStream | GeneratorStream) -> None:
        with self._lock:
            who = self._open.pop(stream, None)
        if who is not None:
            self.quota.give_back(who)
