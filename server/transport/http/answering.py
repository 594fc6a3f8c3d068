"""Answers made on other threads, in turns of the clients: an answer that takes long delays only its own client."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from ...api.guard import Guard
from ...api.streams import Streams
from ...codes import Code
from ...delays import Delays
from ...publish.channel import Channel, Overflow
from ...quotas import Peer, caller
from ...request_errors import RequestError
from ..turns import Turns
from .deadline import Deadline, deadline
from .dispatch import StreamCall
from .http_counters import PROTOCOLS, protocol_of
from .http_stream import HttpStream
from .wake_ups import WakeUps

THREADS = 2
"""That make answers: they share the interpreter with the feeds."""

T = TypeVar("T")


class Answering:
    """The threads of one port, and its open streams. All methods but `made` inside are called on the event loop."""

    def __init__(self, streams: Streams) -> None:
        self.guard: Guard = streams.guard
        self._streams = streams
        self.delays = Delays()
        """Of the messages of streams, from their publication until their connections have taken them."""
        self._open: dict[HttpStream, str] = {}
        """With their protocols."""
        self._wake_ups: WakeUps | None = None
        self._turns = Turns(THREADS, "http")

    def end_streams(self, reason: str) -> None:
        """Ends all streams: the server stops. Called on any thread."""
        for stream in list(self._open):
            stream.end(Code.UNAVAILABLE, reason)

    def open_streams(self) -> dict[str, int]:
        """How many streams of each protocol are open. Called on any thread."""
        return dict.fromkeys((name for _, name in PROTOCOLS), 0) | Counter(list(self._open.values()))

    def close(self) -> None:
        """Makes no further answers."""
        self._turns.close()

    async def made(self, who: Peer, make: Callable[[], T], within: float | None = None) -> T:
        """What `make` returns on another thread, which knows who asks. Raises RequestError; DEADLINE_EXCEEDED where it
        took more seconds than `within`, and then the result is thrown away."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()

        ends = None if within is None else Deadline(time.monotonic() + within, late(within))

        def work() -> None:
            token, limit = caller.set(who), deadline.set(ends)
            try:
                done: T | RequestError = self.guard.call("an answer over HTTP", make)
            except RequestError as error:
                done = error
            finally:
                caller.reset(token)
                deadline.reset(limit)
            loop.call_soon_threadsafe(_settle, waiting, done)

        self._turns.put(who.lane, work)
        try:
            return await asyncio.wait_for(waiting, within)
        except asyncio.TimeoutError:
            _abandon(waiting)
            raise RequestError(Code.DEADLINE_EXCEEDED, late(within)) from None
        except asyncio.CancelledError:
            _abandon(waiting)
            raise

    async def opened(self, who: Peer, call: StreamCall, within: float | None = None) -> HttpStream:
        """A stream that has begun; give it back to ended(). Raises RequestError."""
        loop = asyncio.get_running_loop()
        if self._wake_ups is None or self._wake_ups.loop is not loop:
            self._wake_ups = WakeUps(loop)
        wake_ups = self._wake_ups

        def make(source: Channel, overflow: Overflow) -> HttpStream:
            return HttpStream(source, overflow, wake_ups, self.delays)

        stream = await self.made(who, lambda: self._streams.begin(who, call.name, call.open, make), within)
        self._open[stream] = protocol_of(call.framing.content_type)
        return stream

    def ended(self, stream: HttpStream) -> None:
        """Nothing more of this stream is sent."""
        self._open.pop(stream, None)
        stream.close()


def late(within: float | None) -> str:
    """Why a call ended at its deadline."""
    return f"the call had {within:g} s"


def _abandon(waiting: asyncio.Future[T]) -> None:
    """Throws away what came at the very moment when nobody waited for it any more."""
    if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
        done = waiting.result()
        if isinstance(done, HttpStream):
            done.close()


def _settle(waiting: asyncio.Future[T], done: T | RequestError) -> None:
    if waiting.done():
        if isinstance(done, HttpStream):
            done.close()  # Nobody waits for it any more.
    elif isinstance(done, RequestError):
        waiting.set_exception(done)
    else:
        waiting.set_result(done)
