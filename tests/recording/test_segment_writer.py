"""One segment: each block whole or not at all, and sealed at its end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recording import RecordingError, SegmentFile, read_segment
from recording.payload import Payload
from recording.segment_header import NO_ROOT, SegmentHeader
from recording.segment_writer import SegmentWriter
from tests.recording.samples import NOON, message


def payload(number: int) -> Payload:
    made = Payload()
    made.add(message(number))
    return made


def begun(tmp_path: Path) -> SegmentWriter:
    return SegmentWriter.begun(tmp_path / "raw" / "day" / "a.onebook", SegmentHeader(NOON, 1, NO_ROOT))


def test_a_block_is_there_as_soon_as_it_is_written(tmp_path: Path) -> None:
    writer = begun(tmp_path)
    writer.write(payload(1))
    assert list(read_segment(writer.path)) == [message(1)]
    root = writer.seal(NOON)
    with SegmentFile(writer.path) as file:
        assert file.root() == root == writer.root


def test_a_seal_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = begun(tmp_path)
    writer.write(payload(1))
    size, written = writer.size, os.pwrite
    calls = 0

    def second_fails(file: int, data: bytes, at: int) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(5, "Input/output error")
        return written(file, data, at)

    monkeypatch.setattr(os, "pwrite", second_fails)
    with pytest.raises(RecordingError, match="Input/output error"):
        writer.seal(NOON)
    assert writer.path.stat().st_size == size == writer.size
    root = writer.seal(NOON)
    with SegmentFile(writer.path) as file:
        assert file.root() == root


def test_a_file_that_cannot_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_file: int, _data: bytes, _at: int) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", fails)
    with pytest.raises(RecordingError, match="cannot be made: No space left on device"):
        begun(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_removed_file_is_noticed(tmp_path: Path) -> None:
    writer = begun(tmp_path)
    assert not writer.gone
    writer.path.unlink()
    assert writer.gone
    writer.close()
