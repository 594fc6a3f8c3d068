"""Websocket clients of a simulated venue, and the bytes on their wire."""

import asyncio
import http
import time
from collections import deque
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import Event, State

from .exchange import RestAnswer, Session
from .tamper import BINARY

SLOW_CONSUMER_BYTES = 64 * 1024 * 1024  # a client this far behind is cut, as venues do


class VenueConnection(ServerConnection):
    """A connection that counts what its client sends: messages, pings and pongs, as venues do."""

    session: Session | None = None  # set when the handshake is accepted
    on_frame: Callable[[], None] | None = None

    def process_event(self, event: Event) -> None:
        super().process_event(event)
        if self.on_frame is not None and isinstance(event, Frame) and event.opcode is not Opcode.CLOSE:
            self.on_frame()


class Client:
    """One websocket client: its connection, its session and the frames waiting for the end of the step."""

    def __init__(self, connection: VenueConnection, session: Session) -> None:
        self.connection = connection
        self.session = session
        self.pending: list[bytes] = []
        self.listed: set[str] = set()  # the streams under which the endpoint knows this client
        self._stamps: deque[float] = deque(maxlen=64)
        self.closing: asyncio.Task[None] | None = None

    def write(self, data: bytes) -> None:
        """Hand bytes to the kernel, unless the connection is closing; cut a client that does not read."""
        transport = self.connection.transport
        if self.connection.protocol.state is not State.OPEN or transport.is_closing():
            return
        transport.write(data)
        if transport.get_write_buffer_size() > SLOW_CONSUMER_BYTES:
            transport.abort()

    def flush(self) -> None:
        """Write the frames of this step."""
        data, self.pending = b"".join(self.pending), []
        self.write(data)

    def close(self, code: int, reason: str) -> None:
        """Close with a close frame, in the background."""
        if self.closing is None:
            self.closing = asyncio.get_running_loop().create_task(self.connection.close(code, reason))

    def exceeds(self, messages_a_second: int) -> bool:
        """Note one inbound frame; True when the last second held more than allowed."""
        now = time.monotonic()
        self._stamps.append(now)
        return sum(now - stamp < 1.0 for stamp in self._stamps) > messages_a_second


def encode(body: bytes) -> bytes:
    """One unmasked websocket frame."""
    if body.startswith(BINARY):
        return Frame(Opcode.BINARY, body[1:]).serialize(mask=False)
    return Frame(Opcode.TEXT, body).serialize(mask=False)


def respond(answer: RestAnswer) -> Response:
    """An HTTP response; the connection closes after it."""
    body = answer.payload()
    html = body.startswith(b"<")
    headers = Headers()
    headers["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    headers["Connection"] = "close"
    headers["Content-Length"] = str(len(body))
    headers["Content-Type"] = "text/html" if html else "application/json;charset=UTF-8"
    for name, value in answer.headers.items():
        headers[name] = value
    try:
        phrase = http.HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Error"
    return Response(answer.status, phrase, headers, body)
