"""Frames of the link, in pieces, and those that no process of ours sends."""

from __future__ import annotations

import pytest

from server.transport.http.processes.link_frames import (
    BrokenFrameError,
    Frame,
    FrameReader,
    count,
    frame,
    parted,
    parts,
    word,
)


def test_frames_come_whole_however_the_bytes_come() -> None:
    said = frame(7, 1, 2, 3, b"abc") + frame(8) + frame(9, body=parted({"a": 1}, b"rest"))
    reader, found = FrameReader(), []
    for at in range(0, len(said), 5):
        found += reader.read(said[at : at + 5])
    assert found[:2] == [Frame(7, 1, 2, 3, b"abc"), Frame(8, 0, 0, 0, b"")]
    assert parts(found[2].body) == ({"a": 1}, b"rest")


def test_a_frame_that_is_too_long_is_not_waited_for() -> None:
    with pytest.raises(BrokenFrameError, match="of 11 bytes"):
        FrameReader(10).read(frame(1, body=b"x" * 11)[:32])


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xff\xff\xff", b"\x02\0\0\0{", b"\x02\0\0\0[]", b"\x01\0\0\0x", b"\x01\0\0\0\xff"]
)
def test_heads_that_are_none(body: bytes) -> None:
    with pytest.raises(BrokenFrameError):
        parts(body)


@pytest.mark.parametrize("value", [None, 5, [], -1, True, 1 << 63])
def test_words_and_numbers_are_checked(value: object) -> None:
    with pytest.raises(BrokenFrameError):
        word({"a": value}, "a")
    if value != 5:
        with pytest.raises(BrokenFrameError):
            count({"a": value}, "a")
    assert (word({"a": "x"}, "a"), count({"a": 5}, "a")) == ("x", 5)
