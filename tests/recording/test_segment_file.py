"""A segment tells its blocks, its root and its index."""

from __future__ import annotations

from pathlib import Path

import pytest

from recording import Block, Damage, RecordingError, SegmentFile
from recording.layout import BlockKind
from tests.recording.samples import message, record


def test_blocks_then_index_then_end(tmp_path: Path) -> None:
    path = record(tmp_path, [message(number) for number in range(6)], [2, 4])
    with SegmentFile(path) as file:
        found = [block for block in file.blocks() if isinstance(block, Block)]
        assert [block.header.kind for block in found] == [1, 1, 1, BlockKind.INDEX, BlockKind.END]
        assert [block.header.number for block in found] == [0, 1, 2, 3, 4]
        assert found[-1].end == file.size
        assert file.root() == found[-1].header.chain
        assert [block.header.number for block in file.blocks({found[1].offset}) if isinstance(block, Block)] == [
            0,
            2,
            3,
            4,
        ]


def test_an_unfinished_segment_has_no_root(tmp_path: Path) -> None:
    path = record(tmp_path, [message(1)])
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    with SegmentFile(path) as file:
        assert file.root() is None
        assert file.index() is None
        tail = list(file.blocks())[-1]
        assert isinstance(tail, Damage)
        assert tail.tail
        assert tail.reason.endswith("is damaged: it is cut short")


def test_a_file_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none cannot be read: No such file or directory$"):
        SegmentFile(tmp_path / "none")
    with pytest.raises(RecordingError, match="cannot be read: Is a directory"):
        SegmentFile(tmp_path)
