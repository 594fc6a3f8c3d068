"""The header of a segment."""

from __future__ import annotations

from pathlib import Path

import pytest

from recording.errors import RecordingError
from recording.layout import FILE_HEADER
from recording.segment_header import SegmentHeader, unpacked

HEADER = SegmentHeader(123, 7, bytes(range(32)))
PATH = Path("a.onebook")


def test_what_was_packed_is_unpacked() -> None:
    assert len(HEADER.packed()) == FILE_HEADER.size == 64
    assert unpacked(HEADER.packed(), PATH) == HEADER


def test_another_version_is_named() -> None:
    data = bytearray(HEADER.packed())
    data[8] = 2
    with pytest.raises(RecordingError, match="format version 2; this program reads version 1"):
        unpacked(bytes(data), PATH)


@pytest.mark.parametrize("position", range(64))
def test_every_byte_counts(position: int) -> None:
    data = bytearray(HEADER.packed())
    data[position] ^= 0x40
    with pytest.raises(RecordingError):
        unpacked(bytes(data), PATH)


def test_a_short_file_is_said_to_be_short() -> None:
    with pytest.raises(RecordingError, match=r"a\.onebook is cut short: 20 bytes"):
        unpacked(HEADER.packed()[:20], PATH)


def test_the_chain_begins_with_the_header() -> None:
    assert HEADER.chain != HEADER._replace(number=8).chain
