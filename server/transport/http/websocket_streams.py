"""`GET /websocket`: many streams over one socket, each sent as fast as its reader says, and not faster.

A client gives credit: how many messages of a stream may be sent. Without credit nothing is sent, states are conflated,
and nothing waits in a buffer on the way: so a slow reader reads what is true now, however large the buffers are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from ...api.access import Identity
from ...api.call_rate import CallRate
from ...codes import Code
from ...logs import about
from ...quotas import Peer
from ...request_errors import RequestError, exhausted, invalid, shown
from ..limits import REQUEST_WITHIN
from ..peers import client
from .answering import Answering
from .gathered_messages import GatheredMessages
from .http_message import HttpRequest
from .http_stream import HttpStream
from .websocket_calls import WebsocketCalls
from .websocket_messages import (
    MOST_CREDIT,
    Allow,
    Command,
    Subscribe,
    Token,
    Unsubscribe,
    WebsocketFraming,
    command,
    error_message,
)

log = logging.getLogger(__name__)

Admit = Callable[[HttpRequest], Awaitable[Identity]]
"""Who asks; raises RequestError."""

PATH = "/websocket"
MOST_STREAMS = 256
"""Streams of one socket, also where the quota of all streams leaves more."""
IDLE = 30.0
"""Seconds for which a socket may stay open without a stream."""
MISTAKES, MISTAKES_PER_SECOND = 1_000, 10.0
"""Messages that are answered with an error, at once and after that: one more closes the socket."""
OPENINGS, OPENINGS_PER_SECOND = 2 * MOST_STREAMS, 50.0
"""Streams that a socket may open at once and after that: the next one waits, and what the client says behind it."""
POLICY = 1008
"""The status with which a socket is closed that broke a rule."""


class Subscription:
    """One stream of a socket."""

    def __init__(self, wanted: Subscribe) -> None:
        self.wanted = wanted
        self.stream: HttpStream | None = None
        """None: the stream has not begun."""
        self.task: asyncio.Task[None] | None = None
        self._credit = wanted.credit

    def may_send(self) -> bool:
        """Whether the client takes another message."""
        return self._credit > 0

    def sent(self) -> None:
        """A message has gone out."""
        self._credit -= 1

    def allow(self, messages: int) -> None:
        """The client takes so many more. Raises RequestError."""
        if self._credit + messages > MOST_CREDIT:
            words = f"would allow {self._credit + messages} messages of stream {shown(self.wanted.id)} at once"
            raise invalid("messages", f"{words}, and {MOST_CREDIT} is the most")
        self._credit += messages
        if self.stream is not None:
            self.stream.allow()


class WebsocketStreams:
    """One socket. All methods are called on the event loop."""

    def __init__(
        self, request: HttpRequest, calls: WebsocketCalls, admit: Admit, answering: Answering, send: Any
    ) -> None:
        """`request`: the one that was upgraded; `admit` says who asks; `send`: ASGI's."""
        self._request = request
        self._calls = calls
        self._admission = admit
        self._answering = answering
        self._send = send
        self._subscriptions: dict[str, Subscription] = {}
        self._mistakes = CallRate(MISTAKES_PER_SECOND, MISTAKES)
        self._openings = CallRate(OPENINGS_PER_SECOND, OPENINGS)
        self._patience = REQUEST_WITHIN
        self._without_streams_since = asyncio.get_running_loop().time()

    async def serve(self, receive: Any) -> None:
        """Reads commands until the client leaves, has had no stream for too long, or makes too many mistakes."""
        try:
            while True:
                try:
                    message = await asyncio.wait_for(receive(), self._seconds_left())
                except asyncio.TimeoutError:
                    await self._close("no stream is open")
                    return
                if message["type"] == "websocket.disconnect":
                    return
                self._patience = IDLE
                if not await self._take(message.get("text")):
                    await self._close("there were too many mistakes")
                    return
        finally:
            await self._end_all()

    async def _close(self, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": POLICY, "reason": reason})

    async def _take(self, text: str | None) -> bool:
        """Whether the client may go on."""
        try:
            if text is None:
                raise invalid("message", "must be text")
            await self._obey(command(text))
        except RequestError as error:
            if self._mistakes.delay():
                return False
            await self._say(error_message(error))
        return True

    async def _obey(self, wanted: Command) -> None:
        """Raises RequestError."""
        if isinstance(wanted, Subscribe):
            while delay := self._openings.delay():
                await asyncio.sleep(delay)
            self._subscribe(wanted)
        elif isinstance(wanted, Allow):
            self._known(wanted.id).allow(wanted.messages)
        elif isinstance(wanted, Unsubscribe):
            await self._end(self._known(wanted.id))
            await self._say(WebsocketFraming(wanted.id, None).unsubscribed())
        elif isinstance(wanted, Token):
            others = [(name, value) for name, value in self._request.headers if name != b"authorization"]
            header = b"authorization", f"Bearer {wanted.token}".encode("latin-1", "replace")
            self._request = replace(self._request, headers=[*others, header])
            await self._admit(PATH)

    def _subscribe(self, wanted: Subscribe) -> None:
        """Raises RequestError."""
        if wanted.id in self._subscriptions:
            raise invalid("id", f"{shown(wanted.id)} is the ID of a stream of this socket")
        if len(self._subscriptions) >= MOST_STREAMS:
            raise exhausted("streams", f"a websocket has at most {MOST_STREAMS} streams", IDLE)
        subscription = self._subscriptions[wanted.id] = Subscription(wanted)
        subscription.task = asyncio.get_running_loop().create_task(self._run(subscription))

    def _known(self, stream: str) -> Subscription:
        """Raises RequestError."""
        if stream not in self._subscriptions:
            raise RequestError(Code.NOT_FOUND, f"this socket has no stream {shown(stream)}")
        return self._subscriptions[stream]

    async def _run(self, subscription: Subscription) -> None:
        """The task of one stream: opens it, and sends it to its end."""
        wanted = subscription.wanted
        try:
            last = await self._last_words(subscription)
            if last:
                await self._say(last)
        except OSError:
            # The client has left; serve() is told so, too.
            log.debug("a websocket was closed while a stream was sent", extra=about("client_left"))
        finally:
            self._forget(wanted.id)

    async def _last_words(self, subscription: Subscription) -> bytes:
        """Sends a stream; what else its client is to be told. Raises OSError when the client leaves."""
        framing = WebsocketFraming(subscription.wanted.id, None)
        try:
            await self._stream(subscription)
        except OSError:
            raise
        except RequestError as error:
            return framing.refused(error)
        except Exception:
            log.exception("a stream of a websocket failed", extra=about("defect"))
            return framing.end(Code.INTERNAL, "the stream failed, see the server's log")
        return b""

    async def _stream(self, subscription: Subscription) -> None:
        """Raises RequestError where the stream cannot begin, OSError when the client leaves."""
        wanted = subscription.wanted
        who = await self._admit(wanted.path)
        call = self._calls.stream(wanted)
        stream = await self._answering.opened(who, call)
        subscription.stream = stream
        gathered = GatheredMessages(wanted.gather_ms / 1000, self._say)
        say = gathered.say if wanted.gather_ms else self._say
        try:
            async for piece in stream.pieces(call.framing, subscription.may_send):
                subscription.sent()
                await say(piece)
            await gathered.flush()
        finally:
            self._answering.ended(stream)
            await gathered.close()

    async def _admit(self, path: str) -> Peer:
        """Raises RequestError."""
        request = replace(self._request, path=path)
        return client(request.peer, await self._admission(request))

    async def _say(self, message: bytes) -> None:
        """Waits while the socket takes nothing."""
        await self._send({"type": "websocket.send", "text": message.decode()})

    def _seconds_left(self) -> float | None:
        if self._subscriptions:
            return None
        return max(0.0, self._without_streams_since + self._patience - asyncio.get_running_loop().time())

    async def _end(self, subscription: Subscription) -> None:
        assert subscription.task is not None
        subscription.task.cancel()
        await asyncio.wait([subscription.task])
        self._forget(subscription.wanted.id)  # A task that has not begun did not.

    def _forget(self, stream: str) -> None:
        if self._subscriptions.pop(stream, None) is not None:
            self._without_streams_since = asyncio.get_running_loop().time()

    async def _end_all(self) -> None:
        for subscription in list(self._subscriptions.values()):
            await self._end(subscription)
