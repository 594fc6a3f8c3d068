"""Frame cutting: any split of the bytes gives the same messages; bad heads and oversize are refused."""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.connection.websocket_frames import MessageCutter, Opcode
from server.errors import FrameError, OversizeError

LIMIT = 100_000


def frame(payload: bytes, opcode: int = 1, final: bool = True) -> bytes:
    head = bytes([opcode | (0x80 if final else 0)])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 1 << 16:
        return head + b"\x7e" + struct.pack(">H", len(payload)) + payload
    return head + b"\x7f" + struct.pack(">Q", len(payload)) + payload


class Wire:
    """Hands bytes out in given pieces; a None piece is a timeout."""

    def __init__(self, *pieces: bytes | None) -> None:
        self.pieces = list(pieces)

    def recv(self, _size: int) -> bytes:
        piece = self.pieces.pop(0) if self.pieces else b""
        if piece is None:
            raise TimeoutError
        return piece


def cutter(*pieces: bytes | None, limit: int = LIMIT) -> MessageCutter:
    return MessageCutter(Wire(*pieces).recv, limit)


def everything(read: Callable[[], tuple[Opcode, bytes]]) -> list[tuple[Opcode, bytes]]:
    messages = []
    while True:
        try:
            messages.append(read())
        except EOFError:
            return messages


payloads = st.lists(st.binary(max_size=300) | st.integers(65_530, 70_000).map(bytes), max_size=6)


@given(payloads=payloads, cuts=st.lists(st.integers(0, 200_000), max_size=12))
def test_messages_survive_any_split(payloads: list[bytes], cuts: list[int]) -> None:
    wire = b"".join(map(frame, payloads))
    edges = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})
    pieces = [wire[start:end] for start, end in pairwise(edges)]
    assert everything(cutter(*pieces).message) == [(Opcode.TEXT, payload) for payload in payloads]


def test_fragments_are_joined_and_control_frames_pass_between_them() -> None:
    wire = frame(b"ab", 2, final=False) + frame(b"beat", 9) + frame(b"cd", 0, final=False) + frame(b"", 0)
    assert everything(cutter(wire).message) == [(Opcode.PING, b"beat"), (Opcode.BINARY, b"abcd")]


def test_a_timeout_in_the_middle_loses_nothing() -> None:
    wire = frame(b"x" * 500)
    reader = cutter(wire[:3], None, wire[3:200], None, wire[200:])
    for _ in range(2):
        with pytest.raises(TimeoutError):
            reader.message()
    assert reader.message() == (Opcode.TEXT, b"x" * 500)


@pytest.mark.parametrize(
    "wire",
    [
        b"\xc1\x01x",  # a reserved bit: compression that nobody agreed on
        b"\x83\x00",  # an unknown opcode
        b"\x81\x81\x00\x00\x00\x00x",  # masked, which a server must not do
        frame(b"x", 0),  # a continuation of nothing
        frame(b"x", 1, final=False) + frame(b"y", 1),  # a new message inside another
        frame(b"x", 9, final=False),  # a fragmented ping
        frame(b"x" * 126, 9),  # a long ping
    ],
)
def test_broken_framing_is_refused(wire: bytes) -> None:
    with pytest.raises(FrameError):
        everything(cutter(wire).message)


def test_oversize_is_refused_before_it_is_read() -> None:
    with pytest.raises(OversizeError):
        cutter(b"\x81\x7f" + struct.pack(">Q", 1 << 40)).message()
    with pytest.raises(OversizeError):
        cutter(*[frame(b"x" * 600, 1 if n == 0 else 0, final=False) for n in range(3)], limit=1_000).message()


@given(st.binary(max_size=400))
def test_only_documented_errors_escape(wire: bytes) -> None:
    try:
        everything(cutter(wire).message)
    except (FrameError, OversizeError):
        pass
