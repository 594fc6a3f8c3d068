"""A TCP server for tests that says bytes, not protocols: what a venue sends may be anything."""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha1

ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Peer:
    """One accepted connection."""

    def __init__(self, stream: socket.socket, stop: threading.Event) -> None:
        self.stream = stream
        self.stop = stop

    def request(self) -> bytes:
        """The head of the request."""
        data = b""
        while b"\r\n\r\n" not in data and (chunk := self.stream.recv(4096)):
            data += chunk
        return data

    def send(self, data: bytes) -> None:
        self.stream.sendall(data)

    def drip(self, data: bytes, every: float) -> None:
        """Sends the same bytes again and again until the peer or the test has had enough."""
        while not self.stop.wait(every):
            self.send(data)

    def upgrade(self) -> bytes:
        """Accepts a websocket; returns the request."""
        request = self.request()
        key = request.lower().partition(b"sec-websocket-key:")[2]
        at = len(request) - len(key)
        accept = b64encode(sha1(request[at:].split(b"\r\n", 1)[0].strip() + ACCEPT).digest())
        self.send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        return request


@contextmanager
def raw_server(behave: Callable[[Peer], None]) -> Iterator[int]:
    """Serves on a loopback port, which is what it yields; every connection is a thread that does this."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    streams: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve(stream: socket.socket) -> None:
        with stream, suppress(OSError):  # The client has left.
            behave(Peer(stream, stop))

    def accept() -> None:
        with suppress(OSError):  # The listener was closed: the test is over.
            while True:
                stream, _ = listener.accept()
                streams.append(stream)
                threads.append(threading.Thread(target=serve, args=(stream,)))
                threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        for end in (listener, *streams):
            with suppress(OSError):  # Gone already.
                end.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for thread in threads:
            thread.join()
