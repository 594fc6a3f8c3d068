"""What a crash leaves is sealed, and sealed segments stay as they are."""

from __future__ import annotations

from pathlib import Path

from recording import SegmentFile, read_segment, sealed
from recording.layout import BLOCK_HEADER, END_PAYLOAD
from tests.recording.samples import NOON, message, record
from tests.volume import examples


def test_every_torn_tail_is_cut_off(tmp_path: Path) -> None:
    records = [message(number) for number in range(9)]
    path = record(tmp_path, records, [3, 6])
    data = path.read_bytes()
    before = 0
    for size in range(64, len(data) - 1, max(1, len(data) // examples(120))):
        path.write_bytes(data[:size])
        result = sealed(path, NOON)
        assert result.repaired
        with SegmentFile(path) as file:
            assert file.root() == result.root
            found = file.index()
        assert found is not None
        assert sum(entry.records for entry in found.entries) in (0, 3, 6, 9)
        kept = list(read_segment(path))
        assert kept == records[: len(kept)]
        assert len(kept) >= before
        before = len(kept)
        assert not sealed(path, NOON).repaired
    assert before == 9


def test_a_sealed_segment_stays_as_it_is(tmp_path: Path) -> None:
    path = record(tmp_path, [message(1)])
    data = path.read_bytes()
    result = sealed(path, NOON)
    assert not result.repaired
    assert result.root == data[-END_PAYLOAD.size - 32 : -END_PAYLOAD.size]
    assert path.read_bytes() == data


def test_a_damaged_block_stays_and_the_rest_is_indexed(tmp_path: Path) -> None:
    records = [message(number) for number in range(9)]
    path = record(tmp_path, records, [3, 6])
    with SegmentFile(path) as file:
        offsets = [entry.offset for entry in file.index().entries]  # type: ignore[union-attr]
    data = bytearray(path.read_bytes())
    data[offsets[1] + BLOCK_HEADER.size + 1] ^= 1
    path.write_bytes(data[:-1])
    assert sealed(path, NOON).repaired
    with SegmentFile(path) as file:
        found = file.index()
    assert found is not None
    assert [entry.offset for entry in found.entries] == [offsets[0], offsets[2]]
