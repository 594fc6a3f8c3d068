"""Many readers of the port of HTTP in one process: python -m benchmarks.http_readers PORT KIND COUNT LEVELS KINDS

KIND is "events" (readable JSON as server-sent events), "canonical" (protobuf's JSON as server-sent events) or
"websocket" (readable JSON, with credit for every message). The readers have so many different streams of so many levels
in turn. Prints a line when each has read a message; answers each line on stdin with what was read since the last;
ends with stdin. It costs as little as it can: it counts messages and keeps the last one.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import struct
import sys
import threading

from benchmarks import machine
from server import descriptors

CALL = "onebook.v1.MarketDataService/StreamBook"
CREDIT, AGAIN = 1_000, 500
"""Messages that a websocket may get at once, and after how many it allows so many more."""
MASK = b"\0\0\0\0"


class Reader:
    """One connection."""

    def __init__(self, port: int, kind: str, levels: int, number: int) -> None:
        self.websocket = kind == "websocket"
        self.messages = 0
        self.bytes = 0
        self.last = b""
        self._rest = b""
        self._headers = True
        self.link = socket.create_connection(("127.0.0.1", port))
        dust = f"0.{number:06d}"
        head = f"host: localhost:{port}\r\n"
        if self.websocket:
            head += "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
            head += "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            self.link.sendall(f"GET /websocket HTTP/1.1\r\n{head}\r\n".encode())
            while self._headers:  # A client may not speak before the answer.
                self.read()
            request = {"levels": levels, "dust": dust}
            self.say(op="subscribe", call="/v1/stream/book", request=request, credit=CREDIT)
        else:
            path = "/v1/stream/book" if kind == "events" else f"/{CALL}"
            self.link.sendall(f"GET {path}?levels={levels}&dust={dust} HTTP/1.1\r\n{head}\r\n".encode())

    def say(self, **command: object) -> None:
        """A frame of text; its mask is 0, which changes nothing."""
        text = json.dumps({"id": "a", **command}).encode()
        length = struct.pack("!B", 0x80 | len(text)) if len(text) < 126 else struct.pack("!BH", 0x80 | 126, len(text))
        self.link.sendall(b"\x81" + length + MASK + text)

    def read(self) -> None:
        """What is here. Raises ConnectionError when the server has closed."""
        piece = self.link.recv(1 << 16)
        if not piece:
            raise ConnectionError(f"the server has closed: {(self._rest or self.last)[:300]!r}")
        self.bytes += len(piece)
        data = self._rest + piece
        if self._headers:
            head, found, rest = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = data
                return
            assert head.split(b" ", 2)[1] in (b"200", b"101"), head
            self._headers, data = False, rest
        self._rest = self._frames(data) if self.websocket else self._events(data)

    def _events(self, data: bytes) -> bytes:
        *events, rest = data.split(b"\n\n")
        if events:
            self.messages += len(events)
            self.last = events[-1][events[-1].index(b"{") :]
        return rest

    def _frames(self, data: bytes) -> bytes:
        at, before = 0, self.messages // AGAIN
        while len(data) - at >= 2:
            length, begin = data[at + 1], at + 2
            if length == 126:
                length, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, begin = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if len(data) < begin + length:
                break
            at = begin + length
            if data[begin : begin + 1] == b"{":
                self.messages += 1
                self.last = data[begin:at]
        for _ in range(self.messages // AGAIN - before):
            self.say(op="credit", messages=AGAIN)
        return data[at:]


def read_for_ever(readers: list[Reader]) -> None:
    """The thread that reads."""
    with selectors.DefaultSelector() as selector:
        for reader in readers:
            selector.register(reader.link, selectors.EVENT_READ, reader)
        while True:
            for key, _ in selector.select():
                key.data.read()


def main() -> None:
    port, kind, count, levels, kinds = int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6])
    machine.pin(machine.CLIENT_CORE)
    os.nice(10)  # The reader of gRPC, whose latency is measured, shares this core.
    descriptors.raise_limit()
    readers = []
    for number in range(count):
        readers.append(Reader(port, kind, levels, number % kinds))
        while not readers[-1].messages:
            readers[-1].read()
    threading.Thread(target=read_for_ever, args=(readers,), daemon=True).start()
    print("all read", flush=True)
    before = [0] * count, 0
    for _ in sys.stdin:
        now = [reader.messages for reader in readers], sum(reader.bytes for reader in readers)
        counts = [new - old for new, old in zip(now[0], before[0], strict=True)]
        seen = {"messages": sum(counts), "least": min(counts), "bytes": now[1] - before[1]}
        before = now
        print(json.dumps({**seen, "different": len({reader.last for reader in readers})}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
