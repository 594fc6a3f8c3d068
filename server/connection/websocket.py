"""A websocket to an exchange. The one file that imports websocket-client."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from types import TracebackType

import websocket

from ..addresses import host_of, redacted
from ..errors import UnreachableError
from ..model import Receipt
from ..network.dial import Deadline, open_stream
from ..network.handshake import shake_hands
from ..network.proxies import proxy_for, through
from ..printable import printable
from ..units import SECOND
from .websocket_frames import MessageCutter, Opcode

CLOSE_NORMAL = 1000


class ReceiveTimeout(Exception):
    """No whole message arrived within the time given."""


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """How sockets are opened."""

    connect_timeout: float = 10.0
    """Seconds for connecting, TLS and the websocket handshake together with each of their answers."""
    proxy: str = ""
    """http://[user:password@]host:port, socks5:// likewise; empty uses the environment's http(s)_proxy, which never
    count for loopback addresses."""
    max_message: int = 16 << 20
    """Bytes of the largest message accepted."""
    unfinished: float = 20.0
    """Seconds that a message may take from its first byte to its last."""


class ExchangeSocket:
    """An open websocket: one thread receives, any thread sends. TLS certificates are always verified."""

    def __init__(self, url: str, options: SocketOptions) -> None:
        self.url = redacted(url)
        self.received_bytes = 0
        """Bytes behind the handshake."""
        self._socket, rest = _connect(url, options)
        self._timeout = options.connect_timeout
        self._patience = int(self._timeout * SECOND)
        self._unfinished = int(options.unfinished * SECOND)
        self._began = 0
        """Since when a message is known to be unfinished (monotonic nanoseconds); 0: none is."""
        self._deadline = 0
        self._cutter = MessageCutter(self._recv, options.max_message, rest)
        self.received_bytes += len(rest)
        self._receipt = Receipt(time.time_ns(), time.monotonic_ns())

    def __enter__(self) -> ExchangeSocket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def receive(self, timeout: float) -> tuple[bytes, Receipt] | None:
        """The next text or binary message and its time of receipt; None for a control frame, which was handled.

        Raises ReceiveTimeout when no whole message or control frame comes within `timeout` seconds, or a little more,
        whatever bytes come meanwhile; VenueError when the connection is over.
        """
        try:
            if timeout != self._timeout:  # Setting it is a system call.
                self._timeout, self._patience = timeout, int(timeout * SECOND)
                self._socket.settimeout(timeout)
            self._deadline = time.monotonic_ns() + self._patience
            opcode, payload = self._cutter.message()
            if opcode is Opcode.TEXT or opcode is Opcode.BINARY:
                self._began = 0
                return payload, self._receipt
            if opcode is Opcode.PING:
                self._answer(payload)
            elif opcode is Opcode.CLOSE:
                raise UnreachableError(f"the venue closed the connection{_close_reason(payload)}")
        except EOFError as error:
            raise UnreachableError(str(error)) from error
        except (OSError, websocket.WebSocketException) as error:
            if not isinstance(error, TimeoutError | ssl.SSLWantReadError | websocket.WebSocketTimeoutException):
                raise UnreachableError(f"the connection broke: {error}") from error
            self._check_unfinished()
            raise ReceiveTimeout from None
        self._check_unfinished()
        return None

    def send(self, text: str) -> None:
        """Sends a text message. Raises UnreachableError."""
        try:
            self._socket.send(text)
        except (OSError, websocket.WebSocketException) as error:
            raise UnreachableError(f"the connection broke while sending: {error}") from error

    def close(self) -> None:
        """Sends a close frame if that is still possible, and frees the socket."""
        try:
            self._socket.settimeout(0.5)
            self._socket.send_close(CLOSE_NORMAL)
        except (OSError, websocket.WebSocketException):
            pass  # The peer is gone already: nobody is left to hear a goodbye.
        finally:
            self._socket.shutdown()  # type: ignore[no-untyped-call]

    def _answer(self, ping: bytes) -> None:
        try:
            self._socket.pong(ping)
        except (OSError, websocket.WebSocketException) as error:
            # No silence: part of the answer may be on its way, and nothing can follow it.
            raise UnreachableError(f"the connection broke while answering a ping: {error}") from error

    def _check_unfinished(self) -> None:
        """Gives up a message that does not end; its content is not known."""
        now = time.monotonic_ns()
        if not self._cutter.unfinished:
            self._began = 0
        elif not self._began:
            self._began = now
        elif now - self._began > self._unfinished:
            raise UnreachableError(f"a message was not finished within {self._unfinished / SECOND:g} s")

    def _recv(self, size: int) -> bytes:
        if self._receipt.monotonic > self._deadline:
            raise TimeoutError  # Bytes come, and no message of them is whole.
        sock = self._socket.sock
        data: bytes = sock.recv(size) if sock is not None else b""
        self._receipt = Receipt(time.time_ns(), time.monotonic_ns())
        self.received_bytes += len(data)
        return data


def _connect(url: str, options: SocketOptions) -> tuple[websocket.WebSocket, bytes]:
    """An open websocket and the first bytes that came on it."""
    if not url.startswith(("ws://", "wss://")):
        raise UnreachableError(f"{host_of(url)} has no websocket address")
    proxy = proxy_for(url, options.proxy)
    deadline = Deadline(options.connect_timeout)
    try:
        stream = open_stream(url, proxy, deadline)
        try:
            rest = shake_hands(stream, url, deadline)
        except BaseException:
            stream.close()
            raise
    except (OSError, ValueError) as error:
        reason = deadline.words if isinstance(error, TimeoutError) else redacted(str(error))[:200]
        raise UnreachableError(f"{host_of(url)} could not be reached{through(proxy)}: {reason}") from error
    stream.settimeout(options.connect_timeout)
    # The library masks and sends; connecting and reading are ours, as they have to be bounded.
    opened = websocket.WebSocket(enable_multithread=True, skip_utf8_validation=True)
    opened.sock, opened.connected = stream, True
    return opened, rest


def _close_reason(payload: bytes) -> str:
    if len(payload) < 2:
        return ""
    code, text = int.from_bytes(payload[:2], "big"), printable(payload[2:].decode("utf-8", "replace"))
    return f" ({code}{': ' + text if text else ''})"
