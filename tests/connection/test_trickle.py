"""Bytes that come without an end: the socket returns to its caller on time, and only whole messages count as life."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from server.connection.connection_thread import Callbacks, Connection
from server.connection.websocket import ExchangeSocket, ReceiveTimeout, SocketOptions
from server.connection.websocket_frames import MAX_PARTS, Opcode
from server.errors import OversizeError, UnreachableError
from server.venues.binance import Binance

from ..network.raw_server import Peer, raw_server
from .test_connection_thread import ENOUGH, session
from .test_websocket_frames import frame

pytestmark = pytest.mark.slow


def endless_frame(peer: Peer) -> None:
    """One frame of a megabyte, four bytes at a time."""
    peer.upgrade()
    peer.send(b"\x81\x7f" + struct.pack(">Q", 1 << 20))
    peer.drip(b"    ", 0.02)


def endless_head(peer: Peer) -> None:
    """Not even the frame's head is whole."""
    peer.upgrade()
    peer.send(b"\x81")
    peer.stop.wait()


def endless_fragments(peer: Peer) -> None:
    peer.upgrade()
    peer.send(frame(b"{", final=False))
    peer.drip(frame(b" ", Opcode.CONTINUATION, final=False), 0.05)


def fragments_and_pings(peer: Peer) -> None:
    """Pings are life of the connection; the message between them does not end all the same."""
    peer.upgrade()
    peer.send(frame(b"{", final=False))
    peer.drip(frame(b"beat", Opcode.PING), 0.02)


TRICKLES = [endless_frame, endless_head, endless_fragments, fragments_and_pings]
each_trickle = pytest.mark.parametrize("behave", TRICKLES)


@each_trickle
def test_receive_returns_on_time_whatever_bytes_come(behave: Callable[[Peer], None]) -> None:
    with raw_server(behave) as port, ExchangeSocket(f"ws://127.0.0.1:{port}/", SocketOptions()) as channel:
        for _ in range(4):
            began = time.monotonic()
            try:
                assert channel.receive(0.2) is None, "there is no message"
            except ReceiveTimeout:
                pass
            assert time.monotonic() - began < 2.0


@each_trickle
def test_a_message_that_does_not_end_ends_the_connection(behave: Callable[[Peer], None]) -> None:
    options = SocketOptions(unfinished=0.5)
    with raw_server(behave) as port, ExchangeSocket(f"ws://127.0.0.1:{port}/", options) as channel:
        began = time.monotonic()
        with pytest.raises(UnreachableError, match=r"a message was not finished within 0\.5 s"):
            while time.monotonic() - began < 60.0:
                receive(channel)


def receive(channel: ExchangeSocket) -> bytes | None:
    try:
        message = channel.receive(0.1)
    except ReceiveTimeout:
        return None
    return message[0] if message else None


def test_fragments_of_a_message_are_bounded() -> None:
    def behave(peer: Peer) -> None:
        peer.upgrade()
        peer.send(frame(b"{", final=False))
        peer.drip(frame(b"", Opcode.CONTINUATION, final=False) * (MAX_PARTS // 4), 0.0)

    with raw_server(behave) as port, ExchangeSocket(f"ws://127.0.0.1:{port}/", SocketOptions()) as channel:
        with pytest.raises(OversizeError, match="fragments"):
            for _ in range(1000):
                receive(channel)


def test_a_slow_message_arrives_whole_and_others_start_afresh() -> None:
    """What is slow, but not too slow, loses nothing over many deadlines."""

    def behave(peer: Peer) -> None:
        peer.upgrade()
        for text in (b"first", b"second"):
            for byte in frame(text):
                peer.send(bytes([byte]))
                time.sleep(0.03)
        peer.stop.wait()

    found: list[bytes] = []
    with raw_server(behave) as port, ExchangeSocket(f"ws://127.0.0.1:{port}/", SocketOptions()) as channel:
        until = time.monotonic() + 60.0
        while len(found) < 2 and time.monotonic() < until:
            try:
                message = channel.receive(0.01)
            except ReceiveTimeout:
                continue
            assert message is not None
            found.append(message[0])
    assert found == [b"first", b"second"]


def test_the_first_message_may_come_with_the_handshake() -> None:
    def behave(peer: Peer) -> None:
        sent: list[bytes] = []
        send, peer.send = peer.send, sent.append  # type: ignore[method-assign, assignment]
        peer.upgrade()
        send(sent[0] + frame(b"early") + frame(b"late"))
        peer.stop.wait()

    with raw_server(behave) as port, ExchangeSocket(f"ws://127.0.0.1:{port}/", SocketOptions()) as channel:
        assert [receive(channel), receive(channel)] == [b"early", b"late"]


@each_trickle
def test_the_connection_ticks_while_bytes_trickle(behave: Callable[[Peer], None]) -> None:
    """ReceiveTimeout, age, audits and commands hang on the tick."""
    ticks = threading.Semaphore(0)
    with raw_server(behave) as port:
        connection = Connection(
            session(),
            lambda _path: ExchangeSocket(f"ws://127.0.0.1:{port}/", SocketOptions()),
            snapshots=NoSnapshots(),
            callbacks=Callbacks(
                trade=lambda *_: None, reconnect=lambda *_: None, tick=lambda _connection: ticks.release()
            ),
        )
        connection.start()
        for _ in range(6):
            assert ticks.acquire(timeout=ENOUGH)
        connection.stop()
        connection.join(ENOUGH)


class NoSnapshots:
    """Snapshots are no matter of these tests."""

    def fetch(self, *_args: object) -> None:
        """It never comes."""


class Impatient(Binance):
    """Dead after a moment without any message."""

    LIMITS = replace(Binance.LIMITS, dead=2.0)


@pytest.mark.parametrize("dead", [True, False], ids=["bytes", "pings"])
def test_bytes_are_no_life_and_pings_are(dead: bool) -> None:
    states: list[str] = []
    lost, ticks = threading.Event(), threading.Semaphore(0)
    with raw_server(endless_frame if dead else pings) as port:
        impatient = session(Impatient(), lambda: states.append(impatient.syncs[0].entry.detail))
        connection = Connection(
            impatient,
            lambda _path: ExchangeSocket(f"ws://127.0.0.1:{port}/", SocketOptions()),
            snapshots=NoSnapshots(),
            callbacks=Callbacks(
                trade=lambda *_: None,
                reconnect=lambda *_: None,
                tick=lambda _connection: ticks.release(),
                lost=lambda _connection: lost.set(),
            ),
        )
        connection.start()
        if dead:
            assert lost.wait(ENOUGH * 4)
            assert "nothing was received for 2 s" in states
        else:
            for _ in range(12):
                assert ticks.acquire(timeout=ENOUGH)
            assert not lost.is_set()
        connection.stop()
        connection.join(ENOUGH)


def pings(peer: Peer) -> None:
    peer.upgrade()
    peer.drip(frame(b"beat", Opcode.PING), 0.05)
