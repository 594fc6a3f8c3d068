"""A venue that sends its recording as fast as the client reads: python -m benchmarks.ingest_venue depth|all [FRAMES]

A websocket server of plain sockets with frames encoded beforehand. Each client gets the recording when it has sent its
first message, and is then left alone until it goes. Prints its port; ends with stdin.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import sys
import threading

from benchmarks import machine
from benchmarks.recording import recording

ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT = 0x81


def encoded(payload: bytes) -> bytes:
    """One unmasked text frame."""
    size = len(payload)
    if size < 126:
        return bytes((TEXT, size)) + payload
    if size < 1 << 16:
        return bytes((TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((TEXT, 127)) + size.to_bytes(8, "big") + payload


def shake_hands(connection: socket.socket) -> None:
    """Answers the HTTP upgrade."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(4096)
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", request)
    assert key is not None
    accept = base64.b64encode(hashlib.sha1(key[1] + ACCEPT_SUFFIX).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def serve(listener: socket.socket, stream: bytes) -> None:
    """Sends everything to one client after the other."""
    while True:
        connection, _ = listener.accept()
        with connection:
            try:
                shake_hands(connection)
                connection.recv(4096)
                connection.sendall(stream)
                while connection.recv(4096):
                    pass
            except ConnectionError:
                continue  # The client has seen enough.


def main() -> None:
    machine.pin(machine.SERVER_CORE)
    most = int(sys.argv[2]) if sys.argv[2:] else None
    stream = b"".join(map(encoded, recording(sys.argv[1] == "all", most).frames))
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, stream), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
