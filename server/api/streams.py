"""The open streams of the server, whatever carries them: counted, admitted, and ended when the server drains."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from ..codes import Code
from ..publish.channel import Channel, Overflow, Subscriber
from ..quotas import Peer, Quota, QuotaError
from ..request_errors import RequestError, over_quota, unavailable
from .calls import Opened
from .guard import Guard

_STOPPING = "the server is stopping"


class Stream(Subscriber, Protocol):
    """A stream as a transport makes it."""

    def start(self, on_end: Callable[[], None]) -> None:
        """Joins the channel; `on_end` is called once at the end of the stream, from whichever side it comes."""


StreamT = TypeVar("StreamT", bound=Stream)


class Streams:
    """Thread-safe."""

    def __init__(self, limit: int) -> None:
        self.guard = Guard()
        """Of all calls of the server, streaming or not."""
        self.quota = Quota("streams", "streams", limit, 5.0)
        self._lock = threading.Lock()
        self._open: dict[Stream, Peer] = {}
        self._draining = False

    def __len__(self) -> int:
        return len(self._open)

    def drain(self) -> None:
        """Ends every stream with UNAVAILABLE and refuses new ones."""
        with self._lock:
            self._draining = True
            streams = list(self._open)
        for stream in streams:
            stream.end(Code.UNAVAILABLE, _STOPPING)

    def end(self, those: Callable[[Peer], bool], code: Code, reason: str) -> int:
        """Ends the streams of some clients; returns how many."""
        with self._lock:
            streams = [stream for stream, client in self._open.items() if those(client)]
        for stream in streams:
            stream.end(code, reason)
        return len(streams)

    def begin(
        self, client: Peer, name: str, opened: Callable[[], Opened], make: Callable[[Channel, Overflow], StreamT]
    ) -> StreamT:
        """Starts a stream of a client: `opened` finds what it reads from, `make` makes it. Raises RequestError."""
        self._admit(client)
        try:
            source, overflow = self.guard.call(name, opened)
        except RequestError:
            self.quota.give_back(client)
            raise
        stream = make(source, overflow)
        with self._lock:
            self._open[stream] = client
            draining = self._draining
        if draining:
            stream.end(Code.UNAVAILABLE, _STOPPING)
        try:
            self.guard.call(name, lambda: stream.start(lambda: self._leave(stream)))
        except RequestError:
            source.leave(stream)
            self._leave(stream)
            raise
        return stream

    def _admit(self, client: Peer) -> None:
        if self._draining:
            raise unavailable(_STOPPING)
        try:
            self.quota.take(client)
        except QuotaError as error:
            raise over_quota(error) from error

    def _leave(self, stream: Stream) -> None:
        with self._lock:
            client = self._open.pop(stream, None)
        if client is not None:
            self.quota.give_back(client)
