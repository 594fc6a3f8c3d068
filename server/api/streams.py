"""Starts response streams: counts them, picks the transport, and ends them all when the server drains."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc

from ..publish.generator import GeneratorStream
from ..publish.push import AVAILABLE, PushStream
from ..publish.source import Overflow, Source
from .errors import RequestError, abort, exhausted, unavailable
from .guard import Guard, Parse, parsed

Handler = Callable[..., Any]
Opener = Callable[[Any], tuple[Source, Overflow]]


class Streams:
    """All open response streams of this server."""

    def __init__(self, limit: int, push: bool = AVAILABLE) -> None:
        self.push = push
        """Without a thread a stream; False is one thread each."""
        self.guard = Guard()
        """Of all calls of the server, streaming or not."""
        self._limit = limit
        self._lock = threading.Lock()
        self._open: set[PushStream | GeneratorStream] = set()
        self._starting = 0
        self._draining = False

    def __len__(self) -> int:
        return len(self._open)

    def handler(self, name: str, opener: Opener, parse: Parse) -> grpc.RpcMethodHandler[Any, Any]:
        """The gRPC handler of a streaming call: `opener` turns the request into what to read from, or raises."""

        def opened(request: bytes) -> tuple[Source, Overflow]:
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
            stream.end(grpc.StatusCode.UNAVAILABLE, "the server is stopping")

    def _begin(
        self,
        name: str,
        opener: Opener,
        request: bytes,
        context: grpc.ServicerContext,
        kind: type[PushStream | GeneratorStream],
    ) -> PushStream | GeneratorStream:
        try:
            self._admit()
        except RequestError as error:
            abort(context, error)
        try:
            source, overflow = opener(request)
        except RequestError as error:
            self._leave(None)
            abort(context, error)
        stream = kind(context, source, overflow)
        with self._lock:
            self._starting -= 1
            self._open.add(stream)
        try:
            self.guard.call(name, lambda: stream.start(lambda: self._leave(stream), context))
        except RequestError as error:
            source.leave(stream)
            self._leave(stream)
            abort(context, error)
        return stream

    def _admit(self) -> None:
        with self._lock:
            if self._draining:
                raise unavailable("the server is stopping")
            if len(self._open) + self._starting >= self._limit:
                raise exhausted("streams", f"this server serves at most {self._limit} streams at once", 5.0)
            self._starting += 1

    def _leave(self, stream: PushStream | GeneratorStream | None) -> None:
        with self._lock:
            if stream is None:
                self._starting -= 1
            else:
                self._open.discard(stream)
