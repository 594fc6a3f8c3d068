"""A websocket to an exchange. The one file that imports websocket-client."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import unquote, urlsplit

import websocket

from ..errors import RefusedError, ThrottledError, UnreachableError, VenueError
from ..model import Receipt
from .frames import MessageCutter, Opcode

CLOSE_NORMAL = 1000
DEFAULT_BAN = 60.0


class Silence(Exception):
    """Nothing arrived within the time given."""


@dataclass(frozen=True, slots=True)
class SocketOptions:
    """How sockets are opened."""

    connect_timeout: float = 10.0
    """Seconds for connecting, TLS and the websocket handshake together with each of their answers."""
    proxy: str = ""
    """http://[user:password@]host:port, socks5:// likewise; empty uses the environment's http(s)_proxy."""
    max_message: int = 16 << 20
    """Bytes of the largest message accepted."""


class ExchangeSocket:
    """An open websocket: one thread receives, any thread sends. TLS certificates are always verified."""

    def __init__(self, url: str, options: SocketOptions) -> None:
        self.url = url
        self._socket = _connect(url, options)
        self._timeout = options.connect_timeout
        self._socket.settimeout(self._timeout)
        self._cutter = MessageCutter(self._recv, options.max_message)
        self._receipt = Receipt(0, 0)

    def __enter__(self) -> ExchangeSocket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def receive(self, timeout: float) -> tuple[bytes, Receipt] | None:
        """The next text or binary message and when it came in; None for a control frame, which was dealt with.

        Raises Silence when nothing comes within `timeout` seconds, VenueError when the connection is over.
        """
        try:
            if timeout != self._timeout:  # Setting it is a system call.
                self._timeout = timeout
                self._socket.settimeout(timeout)
            opcode, payload = self._cutter.message()
            if opcode is Opcode.TEXT or opcode is Opcode.BINARY:
                return payload, self._receipt
            if opcode is Opcode.PING:
                self._socket.pong(payload)
            elif opcode is Opcode.CLOSE:
                raise UnreachableError(f"the venue closed the connection{_close_reason(payload)}")
        except EOFError as error:
            raise UnreachableError(str(error)) from error
        except (OSError, websocket.WebSocketException) as error:
            if isinstance(error, TimeoutError | ssl.SSLWantReadError | websocket.WebSocketTimeoutException):
                raise Silence from None
            raise UnreachableError(f"the connection broke: {error}") from error
        return None

    def send(self, text: str) -> None:
        """Sends a text message. Raises UnreachableError."""
        try:
            self._socket.send(text)
        except (OSError, websocket.WebSocketException) as error:
            raise UnreachableError(f"the connection broke while sending: {error}") from error

    def close(self) -> None:
        """Says goodbye if that is still possible, and frees the socket."""
        try:
            self._socket.settimeout(0.5)
            self._socket.send_close(CLOSE_NORMAL)
        except (OSError, websocket.WebSocketException):
            pass  # The peer is gone already: nobody is left to hear a goodbye.
        finally:
            self._socket.shutdown()  # type: ignore[no-untyped-call]

    def _recv(self, size: int) -> bytes:
        sock = self._socket.sock
        data: bytes = sock.recv(size) if sock is not None else b""
        self._receipt = Receipt(time.time_ns(), time.monotonic_ns())
        return data


def _connect(url: str, options: SocketOptions) -> websocket.WebSocket:
    socket = websocket.WebSocket(enable_multithread=True, skip_utf8_validation=True)
    try:
        socket.connect(url, timeout=options.connect_timeout, suppress_origin=True, **_proxy(options.proxy))  # type: ignore[no-untyped-call]
    except websocket.WebSocketBadStatusException as error:
        raise _refused(url, error) from error
    except (OSError, websocket.WebSocketException, ValueError) as error:
        raise UnreachableError(f"{urlsplit(url).netloc} could not be reached: {error}") from error
    return socket


def _refused(url: str, error: websocket.WebSocketBadStatusException) -> VenueError:
    host, status = urlsplit(url).netloc, error.status_code
    if status in (418, 429):
        headers = error.resp_headers or {}
        wait = headers.get("retry-after", "")
        return ThrottledError(
            f"{host} answered {status}", float(wait) if wait.isdigit() else DEFAULT_BAN, status == 418
        )
    if status in (401, 403, 451):
        return RefusedError(f"{host} refused the connection with {status}")
    return UnreachableError(f"{host} answered {status} to the websocket handshake")


def _proxy(url: str) -> dict[str, object]:
    if not url:
        return {}
    parts = urlsplit(url)
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return {
        "http_proxy_host": parts.hostname,
        "http_proxy_port": parts.port,
        "proxy_type": parts.scheme or "http",
        "http_proxy_auth": auth,
    }


def _close_reason(payload: bytes) -> str:
    if len(payload) < 2:
        return ""
    code, text = int.from_bytes(payload[:2], "big"), payload[2:].decode("utf-8", "replace")
    return f" ({code}{': ' + text if text else ''})"
