"""The reader in Python: every result, and never a loop without an end."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from shm import layout
from shm.pure_reader import PureReader
from tests.shm.shared_file_rig import SharedFileRig, make_book


def reader_of(rig: SharedFileRig) -> PureReader:
    rig.live()
    return PureReader(memoryview(rig.path.read_bytes()))


def test_results(rig: SharedFileRig) -> None:
    assert reader_of(rig).read(0) == layout.NO_BOOK
    assert reader_of(rig).read(1) == layout.NO_MARKET
    assert reader_of(rig).read(-1) == layout.NO_MARKET
    assert reader_of(rig).version(5) == 0
    rig.write(make_book())
    reader = reader_of(rig)
    found = reader.read(0)
    assert isinstance(found, bytes)
    assert found == reader.last(0)
    assert len(found) == layout.BOOK.size + 4 * layout.LEVEL.size + 2 * layout.VENUE.size
    assert reader.version(0) == 1
    rig.writer.remove(0)
    assert reader_of(rig).read(0) == layout.GONE_MARKET


def test_a_book_that_never_is_whole_is_given_up(rig: SharedFileRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts of more than there is room for, as a mixture of two books may have."""
    rig.write(make_book())
    memory = bytearray(rig.path.read_bytes())
    body = layout.HEADER.size + layout.SLOT.size + (len(memory) - layout.HEADER.size) // 3 // 2 - layout.SLOT.size // 2
    assert memory[body : body + 8] == struct.pack("=Q", 77), "the body that the counter 1 names"
    struct.pack_into("=I", memory, body + layout.COUNTS_AT, 2**32 - 1)
    monkeypatch.setattr(layout, "ATTEMPTS", 50)
    assert PureReader(memory).read(0) == layout.NO_WHOLE_BOOK
    extension = pytest.importorskip("shm._reader")
    assert extension.Reader(memory).read(0) == layout.NO_WHOLE_BOOK


def test_a_count_of_slots_that_cannot_be_is_bounded(rig: SharedFileRig, tmp_path: Path) -> None:
    memory = bytearray(rig.path.read_bytes())
    struct.pack_into("=I", memory, layout.SLOT_COUNT_AT, 2**32 - 1)
    assert PureReader(memory).read(3) == layout.NO_MARKET
    extension = pytest.importorskip("shm._reader")
    assert extension.Reader(memory).read(3) == layout.NO_MARKET
