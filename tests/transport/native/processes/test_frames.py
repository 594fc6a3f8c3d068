"""Frames between the server and its serving processes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.transport.native import PROCESSES
from tests.volume import examples

pytestmark = pytest.mark.skipif(not PROCESSES, reason="serving processes were not built here")

if PROCESSES:
    from server.transport.native.processes.frames import LONGEST, BrokenFrameError, FrameReader, frame, shape

HEAD = struct.Struct("=6IQqQ")
TOLD = st.tuples(
    st.integers(0, 200),
    st.integers(0, 2**64 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.binary(max_size=40),
    st.binary(max_size=40),
    st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=20)), max_size=4),
    st.binary(max_size=300),
)


def block(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(struct.pack("=I", len(each)) + each for pair in headers for each in pair)


@given(st.lists(TOLD, max_size=6), st.lists(st.integers(1, 200), min_size=1))
def test_what_is_said_is_heard_in_whatever_pieces_it_comes(said: list, sizes: list[int]) -> None:  # type: ignore[type-arg]
    told = b"".join(
        frame(kind, call, number, parts=(text, details, block(headers), body))
        for kind, call, number, text, details, headers, body in said
    )
    reader, heard, turn = FrameReader(), [], 0
    while told:
        size = sizes[turn % len(sizes)]
        heard += reader.read(told[:size])
        told, turn = told[size:], turn + 1
    assert heard == [
        (kind, call, text, headers, body, details, number) for kind, call, number, text, details, headers, body in said
    ]


@pytest.mark.parametrize("sizes", [(LONGEST, 0, 0, 0), (2**32 - 1,) * 4])
def test_a_frame_that_is_too_long_is_none(sizes: tuple[int, int, int, int]) -> None:
    with pytest.raises(BrokenFrameError, match="a frame of"):
        FrameReader().read(HEAD.pack(1, *sizes, 0, 0, 0, 0))


@given(st.binary(max_size=400))
def test_anything_else_raises_nothing_else(anything: bytes) -> None:
    reader = FrameReader()
    try:
        for _ in range(examples(3)):
            reader.read(anything)
    except BrokenFrameError:
        return


def test_a_topic_as_a_process_must_know_it() -> None:
    made = shape(7, 9, 3, True, 100, {2: 5, 7: 1})
    assert struct.unpack("=QQIII8II", made) == (7, 9, 3, 1, 100, 0, 0, 5, 0, 0, 0, 0, 1, 0)
