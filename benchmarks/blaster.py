"""A gRPC server that is never the bottleneck: python -m benchmarks.blaster

Plain sockets and just enough HTTP/2 to answer any call with one ready StreamBookResponse over and over, as fast as the
client's flow control lets it. One connection after the other. Prints its port; ends with stdin.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import sys
import threading

from benchmarks import machine, stack
from benchmarks.http2 import (
    ACK,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    PREFACE,
    SETTINGS,
    WINDOW_UPDATE,
    frame,
)

INITIAL_WINDOW_SIZE = 4
BATCH = 8
# :status 200; content-type: application/grpc, as a literal with an indexed name.
RESPONSE_HEADERS = b"\x88\x0f\x10\x10application/grpc"


class Blast:
    """One connection with one call."""

    def __init__(self, connection: socket.socket, message: bytes) -> None:
        self._connection = connection
        self._message = b"\0" + struct.pack(">I", len(message)) + message
        self._data = b""
        self._stream = 0
        self._initial = self._connection_window = 65535
        self._window = 0

    def run(self) -> None:
        """Until the client leaves."""
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.sendall(frame(SETTINGS, 0, 0))
        batch, cost = b"", BATCH * len(self._message)
        while True:
            ready = self._stream and min(self._window, self._connection_window) >= cost
            if not ready or select.select([self._connection], [], [], 0)[0]:
                data = self._connection.recv(1 << 16)
                if not data:
                    return
                self._data += data
                self._read()
            if ready:
                batch = batch or frame(DATA, 0, self._stream, self._message) * BATCH
                self._window -= cost
                self._connection_window -= cost
                self._connection.sendall(batch)

    def _read(self) -> None:
        self._data = self._data.removeprefix(PREFACE)
        while len(self._data) >= 9:
            size = int.from_bytes(self._data[:3], "big")
            if len(self._data) < 9 + size:
                return
            kind, flags, stream = struct.unpack(">BBI", self._data[3:9])
            payload, self._data = self._data[9 : 9 + size], self._data[9 + size :]
            self._take(kind, flags, stream, payload)

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == SETTINGS and not flags & ACK:
            self._settings(payload)
            self._connection.sendall(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self._connection.sendall(frame(PING, ACK, 0, payload))
        elif kind == WINDOW_UPDATE and stream:
            self._window += int.from_bytes(payload, "big")
        elif kind == WINDOW_UPDATE:
            self._connection_window += int.from_bytes(payload, "big")
        elif kind == HEADERS:
            self._window += self._initial
        elif kind == DATA and flags & END_STREAM:
            self._stream = stream
            self._connection.sendall(frame(HEADERS, END_HEADERS, stream, RESPONSE_HEADERS))

    def _settings(self, payload: bytes) -> None:
        for key, value in struct.iter_unpack(">HI", payload):
            if key == INITIAL_WINDOW_SIZE:
                self._window += value - self._initial if self._stream else 0
                self._initial = value


def serve(listener: socket.socket, message: bytes) -> None:
    """Answers one client after the other."""
    while True:
        connection, _ = listener.accept()
        with connection:
            try:
                Blast(connection, message).run()
            except (ConnectionError, TimeoutError):
                continue  # The client has seen enough.


def main() -> None:
    machine.pin(machine.SERVER_CORE)
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, stack.sample_message()), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
