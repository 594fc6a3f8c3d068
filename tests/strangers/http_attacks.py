"""Attacks on the port of HTTP, one process each: python -m tests.strangers.http_attacks NAME PORT SECONDS

Each goes on for so many seconds and connects anew whenever it is cut; prints how often it could begin.
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

CALL = "/onebook.v1.MarketDataService/GetBook"
HOST = "host: localhost\r\n"
POST = f"POST {CALL} HTTP/1.1\r\n{HOST}content-type: application/json\r\n"
UPGRADE = (
    f"GET /websocket HTTP/1.1\r\n{HOST}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
CONNECTIONS, SLOW = 20, 500
"""At once: of an attack that sends, and of one that waits."""
Attack = Callable[[socket.socket], None]


def text_frame(value: object) -> bytes:
    """A message of a websocket's client; its mask is 0, which changes nothing."""
    text = value.encode() if isinstance(value, str) else json.dumps(value).encode()
    length = bytes([0x80 | len(text)]) if len(text) < 126 else struct.pack("!BH", 0x80 | 126, len(text))
    return b"\x81" + length + b"\0\0\0\0" + text


def sent(link: socket.socket, *pieces: str | bytes) -> None:
    for piece in pieces:
        link.sendall(piece.encode() if isinstance(piece, str) else piece)


def heard(link: socket.socket) -> None:
    """Something of an answer, or the end."""
    with contextlib.suppress(TimeoutError):
        link.recv(1 << 16)


# -- what one connection does


def length_lies(link: socket.socket) -> None:
    """A body that is longer, or shorter, than the headers say."""
    sent(link, f"{POST}content-length: 60000\r\n\r\n{{}}")
    sent(link, b" " * 70_000)
    heard(link)


def huge_lengths(link: socket.socket) -> None:
    sent(link, f"{POST}content-length: {2**63}\r\n\r\n", b" " * 100_000)
    heard(link)


def endless_chunks(link: socket.socket) -> None:
    """Chunks without end, with extensions."""
    sent(link, f"{POST}transfer-encoding: chunked\r\n\r\n")
    for _ in range(1_000):
        sent(link, "1;" + "x" * 4_000 + "\r\n \r\n")


def header_bombs(link: socket.socket) -> None:
    sent(link, f"GET /health HTTP/1.1\r\n{HOST}")
    for number in range(5_000):
        sent(link, f"x{number}: {'a' * 40}\r\n" * 10)


def one_long_header(link: socket.socket) -> None:
    sent(link, f"GET /health HTTP/1.1\r\n{HOST}x: ")
    for _ in range(1_000):
        sent(link, b"a" * 10_000)


def cookies(link: socket.socket) -> None:
    """As many cookies as the headers may have, again and again."""
    many = "; ".join(f"a{number}=b" for number in range(1_700))
    for _ in range(50):
        sent(link, f"GET /v1/book HTTP/1.1\r\n{HOST}cookie: {many}\r\n\r\n")
        heard(link)


def pipelines(link: socket.socket) -> None:
    """Requests behind one another, none of whose answers is read."""
    for _ in range(100):
        sent(link, f"GET /v1/book?levels=1000 HTTP/1.1\r\n{HOST}\r\n" * 15)


def unread(link: socket.socket) -> None:
    """Large answers that nobody reads."""
    sent(link, f"GET /page/vendor/lightweight-charts-5.2.1.mjs HTTP/1.1\r\n{HOST}\r\n" * 15)
    time.sleep(0.5)


def logins(link: socket.socket) -> None:
    """Guesses of tokens."""
    body = json.dumps({"token": "onebook_" + "a" * 40})
    for _ in range(200):
        sent(
            link, f"POST /login HTTP/1.1\r\n{HOST}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        sent(link, body)
        heard(link)


def upgrades(link: socket.socket) -> None:
    """A websocket that is opened and left."""
    sent(link, UPGRADE)
    heard(link)


def half_handshakes(link: socket.socket) -> None:
    """An upgrade without its key, and one that does not end."""
    sent(link, f"GET /websocket HTTP/1.1\r\n{HOST}connection: upgrade\r\nupgrade: websocket\r\n\r\n")
    heard(link)
    with socket.create_connection(link.getpeername(), timeout=5.0) as other:
        sent(other, UPGRADE[:-2])


def churn(link: socket.socket) -> None:
    """Streams of a websocket, each ended at once."""
    sent(link, UPGRADE)
    heard(link)
    for number in range(2_000):
        stream = str(number)
        request = {"levels": 1_000, "dust": f"0.{number:06d}"}
        sent(link, text_frame({"op": "subscribe", "id": stream, "call": "/v1/stream/book", "request": request}))
        sent(link, text_frame({"op": "unsubscribe", "id": stream}))


def bad_messages(link: socket.socket) -> None:
    sent(link, UPGRADE)
    heard(link)
    for _ in range(200):
        sent(link, text_frame("{") * 100, text_frame("[" * 60_000))


def pings(link: socket.socket) -> None:
    sent(link, UPGRADE)
    heard(link)
    for _ in range(2_000):
        sent(link, (b"\x89\xfd" + b"\0\0\0\0" + b"x" * 125) * 10)


def empty_pieces(link: socket.socket) -> None:
    """A message of pieces without a byte, without end."""
    sent(link, UPGRADE)
    heard(link)
    sent(link, b"\x01\x80\0\0\0\0")
    for _ in range(2_000):
        sent(link, b"\x00\x80\0\0\0\0" * 1_000)


def smuggled(link: socket.socket) -> None:
    """Requests of two meanings."""
    sent(link, f"{POST}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/book HTTP/1.1\r\n\r\n")
    heard(link)


def many_connections(link: socket.socket) -> None:
    """Nothing but the connection."""


SENDING: dict[str, Attack] = {
    "body longer than its length": length_lies, "bodies of exabytes": huge_lengths, "endless chunks": endless_chunks,
    "header bombs": header_bombs, "one long header": one_long_header, "cookies": cookies, "pipelines": pipelines,
    "unread answers": unread, "guessed logins": logins, "upgrades": upgrades, "half handshakes": half_handshakes,
    "churn of streams": churn, "bad messages": bad_messages, "pings of websockets": pings,
    "empty pieces": empty_pieces, "smuggling": smuggled, "connections": many_connections,
}  # fmt: skip


def slow_headers(port: int, until: float) -> int:
    """500 connections whose headers come by one byte per second."""
    begun = 0
    links: list[socket.socket] = []
    while time.monotonic() < until:
        while len(links) < SLOW:
            try:
                links.append(socket.create_connection(("127.0.0.1", port), timeout=1.0))
            except OSError:
                break
            begun += 1
        alive = []
        for link in links:
            try:
                link.sendall(b"G")
                alive.append(link)
            except OSError:
                link.close()
        links = alive
        time.sleep(1.0)
    return begun


NAMES = ["slow headers", *SENDING]


def connected(port: int, until: float) -> Iterator[socket.socket]:
    """Connections, of which so many stay open, until then."""
    open_: list[socket.socket] = []
    while time.monotonic() < until:
        try:
            link = socket.create_connection(("127.0.0.1", port), timeout=1.0)
        except OSError:
            continue
        open_.append(link)
        yield link
        if len(open_) >= CONNECTIONS:
            open_.pop(0).close()


def main() -> None:
    name, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    os.nice(19)  # The attacker has what the readers leave of the processor: it would be on another machine.
    until, begun = time.monotonic() + seconds, 0
    if name == "slow headers":
        begun = slow_headers(port, until)
    else:
        for link in connected(port, until):
            begun += 1
            with contextlib.suppress(OSError):  # The server has cut this one.
                SENDING[name](link)
    print(begun, flush=True)


if __name__ == "__main__":
    main()
