"""Rows of a recording, with and without an index."""

from __future__ import annotations

from pathlib import Path

from recording.listing import rows
from tests.recording.samples import NOON, message, record


def test_a_segment_without_an_index_is_counted_block_by_block(tmp_path: Path) -> None:
    path = record(tmp_path, [message(number) for number in range(1, 8)], [3])
    (row,) = rows(tmp_path)
    assert (row.records, row.first_time, row.last_time, row.sealed) == (7, NOON + 1000, NOON + 7000, True)
    path.write_bytes(path.read_bytes()[:-1])
    (cut,) = rows(tmp_path)
    assert cut == row._replace(bytes=row.bytes - 1, sealed=False)
