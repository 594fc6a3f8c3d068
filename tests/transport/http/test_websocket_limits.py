"""Websockets that take too much, over real sockets: large, broken, never read; the others are unharmed."""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from onebook.v1 import market_data_pb2 as pb
from server.api.calls import Service, Streaming
from server.publish.channel import ConflatedChannel, Overflow
from server.transport.http import websocket_limits
from server.transport.http.connection_limits import WRITE_HIGH
from server.transport.http.websocket_limits import LimitedWebsocket
from server.transport.limits import MAX_REQUEST_BYTES
from tests.waiting import eventually

from .http_rig import SECONDS, HttpRig, read_all

HEAD = (
    b"GET /websocket HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
TEXT, BINARY, CONTINUE, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
SUBSCRIBE = json.dumps(
    {"op": "subscribe", "id": "a", "call": "onebook.v1.MarketDataService/StreamBook", "credit": 1000}
)


def frame(opcode: int, payload: bytes, *, final: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    first = (0x80 if final else 0) | reserved | opcode
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", first, size | (0x80 if masked else 0))
    else:
        head = struct.pack("!BBQ", first, 127 | (0x80 if masked else 0), size)
    return head + (b"\0\0\0\0" if masked else b"") + payload  # A mask of zeros changes nothing.


@contextmanager
def upgraded(rig: HttpRig, buffer: int = 0) -> Iterator[socket.socket]:
    """A socket whose handshake is done, and that speaks bytes."""
    with closing(socket.socket()) as link:
        if buffer:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        link.settimeout(SECONDS)
        link.connect(("127.0.0.1", rig.server.port))
        link.sendall(HEAD + b"\r\n")
        found = b""
        while b"\r\n\r\n" not in found:
            found += link.recv(1)
        assert found.startswith(b"HTTP/1.1 101 ")
        assert b"sec-websocket-extensions" not in found.lower(), "nothing is compressed"
        yield link


def close_code(found: bytes) -> int:
    """The code of the frame of close, which comes last."""
    position = 0
    while True:
        opcode, size, start = found[position] & 15, found[position + 1] & 127, position + 2
        if size == 126:
            size, start = int.from_bytes(found[start : start + 2], "big"), start + 2
        if opcode == CLOSE:
            return int.from_bytes(found[start : start + 2], "big")
        position = start + size


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"{}", masked=False), 1002),
        (frame(TEXT, b"{}", reserved=0x40), 1002),
        (frame(3, b""), 1002),
        (frame(CONTINUE, b"x"), 1002),
        (frame(TEXT, b"{", final=False) + frame(TEXT, b"}"), 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(PING, b"x", final=False), 1002),
        (frame(TEXT, b"\xff\xfe"), 1007),
        (frame(TEXT, b" " * (MAX_REQUEST_BYTES + 1))[:20], 1009),
        (struct.pack("!BBQ", 0x81, 0xFF, 2**63 - 1), 1009),
        (frame(TEXT, b"", final=False) + frame(CONTINUE, b" " * 1000, final=False) * 100, 1009),
    ],
)
def test_what_is_no_frame_closes_the_socket(
    web: HttpRig, caplog: pytest.LogCaptureFixture, sent: bytes, code: int
) -> None:
    with upgraded(web) as link:
        link.sendall(sent)
        assert close_code(read_all(link)) == code
    assert web.get("/health").status == 200
    assert "Traceback" not in caplog.text, "mistakes of strangers do not fill the log"
    eventually(lambda: len(web.server.connections) == 0)


@pytest.mark.parametrize(
    "sent",
    [
        HEAD.replace(b"GET", b"POST") + b"content-length: 0\r\n\r\n",
        HEAD.replace(b"sec-websocket-key", b"x-key") + b"\r\n",
        HEAD.replace(b": 13", b": 12") + b"\r\n",
        HEAD + b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        HEAD + b"x: " + b"y" * 9000 + b"\r\n\r\n",
        HEAD + b"x: y\r\n" * 200 + b"\r\n",
        HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n",
        HEAD + b"content-length: 5\r\n\r\nhello",
    ],
)
def test_requests_that_are_none_for_a_websocket(web: HttpRig, caplog: pytest.LogCaptureFixture, sent: bytes) -> None:
    with closing(socket.create_connection(("127.0.0.1", web.server.port), SECONDS)) as link:
        link.sendall(sent)
        assert b" 4" in link.recv(65536).split(b"\r\n")[0]
    assert web.get("/health").status == 200
    assert "Traceback" not in caplog.text
    eventually(lambda: len(web.server.connections) == 0)


def test_pieces_of_a_message_are_put_together(web: HttpRig) -> None:
    with upgraded(web) as link:
        link.sendall(frame(TEXT, b"{", final=False) + frame(PING, b"p") + frame(CONTINUE, b"}"))
        found = b""
        while b"error" not in found:
            found += link.recv(1000)
        assert found.startswith(b"\x8a\x01p")


def test_sockets_are_connections_and_give_their_place_back(web: HttpRig) -> None:
    eventually(lambda: len(web.server.connections) == 0)
    with upgraded(web), upgraded(web):
        eventually(lambda: len(web.server.connections) == 2)
    eventually(lambda: len(web.server.connections) == 0)


def test_a_request_behind_a_websocket_or_before_it(web: HttpRig) -> None:
    one = b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", web.server.port), SECONDS)) as link:
        link.sendall(one)
        found = b""
        while not found.endswith(b"}\n"):
            found += link.recv(65536)
        assert found.startswith(b"HTTP/1.1 200")
        link.sendall(HEAD + b"\r\n")
        assert link.recv(65536).startswith(b"HTTP/1.1 101")
        link.sendall(one)
        assert close_code(read_all(link)) == 1002
    web.raw(one + HEAD + b"\r\n")  # A websocket waits for no answer: this ends the connection.
    assert web.get("/health").status == 200


@pytest.fixture
def own() -> Iterator[tuple[HttpRig, ConflatedChannel]]:
    channel = ConflatedChannel()
    streaming = Streaming(lambda _request: (channel, Overflow.DROP_OLDEST), bytes)
    rig = HttpRig(services=[Service("onebook.v1.MarketDataService", streaming={"StreamBook": streaming})])
    yield rig, channel
    rig.close()


def test_who_reads_nothing_is_cut(own: tuple[HttpRig, ConflatedChannel], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_limits, "CLIENT_WITHIN", 0.5)
    rig, channel = own
    response = pb.StreamBookResponse()
    response.book.market = "x" * 20_000
    with upgraded(rig, 4096) as link:
        link.sendall(frame(TEXT, SUBSCRIBE.encode()))
        eventually(lambda: len(channel))

        def cut() -> bool:
            channel.publish(response.SerializeToString(), time.monotonic_ns())
            return len(rig.server.connections) == 0

        eventually(cut, "a client that reads nothing keeps its place")
        assert not len(channel)


def test_pings_of_a_client_that_reads_nothing_cost_no_memory(
    own: tuple[HttpRig, ConflatedChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, _ = own
    monkeypatch.setattr(websocket_limits, "FRAMES", 1_000_000)
    waiting: list[int] = []
    answered = LimitedWebsocket.handle_ping

    def handle_ping(self: LimitedWebsocket) -> None:
        answered(self)
        waiting.append(self.transport.get_write_buffer_size())

    monkeypatch.setattr(LimitedWebsocket, "handle_ping", handle_ping)
    with upgraded(rig, 4096) as link:
        link.sendall(frame(TEXT, SUBSCRIBE.encode()))
        for _ in range(20):
            link.sendall(frame(PING, os.urandom(125)) * 1000)
        eventually(lambda: len(waiting) == 20_000)
        # What one read brings is answered whole: at most 256 KiB of the 2.6 MB that came.
        assert WRITE_HIGH < max(waiting) < 300_000
        found = link.recv(65536)
        assert found[0] & 15 == 10, "pings are answered"
    eventually(lambda: len(rig.server.connections) == 0)


@pytest.mark.parametrize("opcode", [PING, PONG, CONTINUE])
@pytest.mark.parametrize("size", [0, 1])
def test_frames_that_begin_no_message_are_limited(web: HttpRig, opcode: int, size: int) -> None:
    with upgraded(web) as link:
        if opcode == CONTINUE:
            link.sendall(frame(TEXT, b"", final=False))
        many = frame(opcode, b"x" * size, final=opcode != CONTINUE) * (2 * websocket_limits.FRAMES)
        link.sendall(many)
        read_all(link)
    with upgraded(web) as link:
        if opcode == CONTINUE:
            link.sendall(frame(TEXT, b"", final=False))
        link.sendall(frame(opcode, b"x" * size, final=opcode != CONTINUE) * (websocket_limits.FRAMES - 10))
        if opcode == CONTINUE:
            link.sendall(frame(CONTINUE, b""))
        link.sendall(frame(TEXT, b"{"))
        found = b""
        while b"is no JSON" not in found:
            piece = link.recv(65536)
            assert piece, found
            found += piece
    assert web.get("/health").status == 200


@pytest.mark.slow
def test_who_does_not_answer_pings_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.transport.http.serving.PING_EVERY", 0.2)
    monkeypatch.setattr(websocket_limits, "CLIENT_WITHIN", 0.5)
    rig = HttpRig()
    try:
        with upgraded(rig) as link:
            found = read_all(link)
            assert found[0] & 15 == PING
            assert close_code(found) == 1011
        eventually(lambda: len(rig.server.connections) == 0)
        with connect(f"ws://127.0.0.1:{rig.server.port}/websocket") as answering:
            with pytest.raises(TimeoutError):
                answering.recv(1.0)
            answering.send("{")
            assert b"error" in answering.recv(SECONDS, decode=False)
            with pytest.raises(ConnectionClosed):
                rig.server.stop(1)
                answering.recv(SECONDS)
    finally:
        rig.close()
