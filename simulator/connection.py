"""Websocket clients of a simulated venue, and the bytes on their wire."""

import asyncio
import http
import re
import time
from collections import deque
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import Event, State

from .exchange import RestAnswer, Session
from .fault_injector import BINARY

SLOW_CONSUMER_BYTES = 64 * 1024 * 1024  # a client this far behind is cut, as venues do


class VenueConnection(ServerConnection):
    """A connection that counts what its client sends: messages, pings and pongs, as venues do."""

    session: Session | None = None  # set when the handshake is accepted
    on_frame: Callable[[bool], None] | None = None  # told whether the frame is a message

    _start: bytes | None = b""  # what has come as long as it may be a POST request; None: it is known

    def data_received(self, data: bytes) -> None:
        if self._start is not None:
            data = self._start + data
            self._start = None
            if data.startswith(b"POST ") or b"POST ".startswith(data):
                whole = as_get(data)
                if whole is None:
                    self._start = data
                    return
                data = whole
        super().data_received(data)

    def process_event(self, event: Event) -> None:
        super().process_event(event)
        if self.on_frame is not None and isinstance(event, Frame) and event.opcode is not Opcode.CLOSE:
            self.on_frame(event.opcode in (Opcode.TEXT, Opcode.BINARY))


class Client:
    """One websocket client: its connection, its session and the frames waiting for the end of the step."""

    def __init__(self, connection: VenueConnection, session: Session) -> None:
        self.connection = connection
        self.session = session
        self.pending: list[bytes] = []
        self.latest: bytes | None = None  # the last data frame, where frames are numbered by connection
        self.listed: set[str] = set()  # the streams under which the endpoint knows this client
        self.skipped: set[int] = set()  # messages that came too fast, by number
        self.arrived = 0  # messages that have arrived, and of them
        self.handled = 0  # those that were handled
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


def as_get(data: bytes) -> bytes | None:
    """A POST request as a GET without its body, the one kind that websockets reads; None: not all of it is here."""
    head, end, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    if not end or len(body) < int(length[1] if length else 0):
        return None
    return b"GET " + re.sub(rb"\r\ncontent-length:[^\r]*", b"", head[5:], flags=re.IGNORECASE) + end


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
