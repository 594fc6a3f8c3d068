"""A client that speaks HTTP/2 by hand, as no library would: calls without a request, and floods."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1

BOOK = "/onebook.v1.MarketDataService/GetBook"
STREAM = "/onebook.v1.MarketDataService/StreamBook"
HEALTH = "/grpc.health.v1.Health/Check"
WATCH = "/grpc.health.v1.Health/Watch"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
PATHS = (BOOK, STREAM, HEALTH, WATCH, REFLECTION, "/onebook.v1.ControlService/Pause", "/no.such.Service/Method")


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame on the wire."""
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def _text(text: bytes) -> bytes:
    """A string of HPACK, without Huffman coding."""
    length = len(text)
    if length < 127:
        return bytes((length,)) + text
    rest, prefix = length - 127, b"\x7f"
    while rest >= 128:
        prefix, rest = prefix + bytes((rest % 128 + 128,)), rest // 128
    return prefix + bytes((rest,)) + text


def header_block(
    path: str, extra: Iterable[tuple[str, str]] = (), method: str = "POST", content: str = "application/grpc"
) -> bytes:
    """The headers of a request, by default a gRPC call, none of them indexed."""
    fields = [
        (":method", method), (":scheme", "http"), (":path", path), (":authority", "stranger"),
        ("te", "trailers"), ("content-type", content), *extra,
    ]  # fmt: skip
    return b"".join(b"\x00" + _text(name.encode()) + _text(value.encode()) for name, value in fields)


ConnectionT = TypeVar("ConnectionT", bound="RawConnection")


class RawConnection:
    """One connection whose frames the test writes. Answers what keeps it alive, and counts what comes back."""

    def __init__(self, port: int, window: int = 65_535) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20.0)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.frames: Counter[int] = Counter()
        self.ended = threading.Event()
        """The server closed the connection, or has said that it will."""
        self._lock = threading.Lock()
        self._next = 1
        self.write(PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, window)))
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self: ConnectionT) -> ConnectionT:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def write(self, payload: bytes) -> None:
        """Raises OSError where the server has ended the connection."""
        with self._lock:
            self.socket.sendall(payload)

    def call(self, path: str, end: bool = False, extra: Iterable[tuple[str, str]] = ()) -> int:
        """The headers of a call; returns the number of its stream."""
        number, self._next = self._next, self._next + 2
        self.write(frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), number, header_block(path, extra)))
        return number

    def request(self, path: str, message: bytes = b"", flag: int = 0) -> int:
        """A whole call with one message; `flag` 1 says that it is compressed."""
        number = self.call(path)
        self.write(frame(DATA, END_STREAM, number, bytes((flag,)) + struct.pack(">I", len(message)) + message))
        return number

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _read(self) -> None:
        waiting = b""
        with contextlib.suppress(OSError):
            while received := self.socket.recv(65_536):
                waiting = self._take(waiting + received)
        self.ended.set()

    def _take(self, waiting: bytes) -> bytes:
        while len(waiting) >= 9 and len(waiting) >= (size := 9 + int.from_bytes(waiting[:3], "big")):
            kind, flags, payload = waiting[3], waiting[4], waiting[9:size]
            self.frames[kind] += 1
            if kind == SETTINGS and not flags & ACK:
                self.write(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.write(frame(PING, ACK, 0, payload))
            elif kind == GOAWAY:
                self.ended.set()
            waiting = waiting[size:]
        return waiting
