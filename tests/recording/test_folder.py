"""Segments of a folder come in the order in which they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from recording import RecordingError, segments
from recording.folder import new_path
from recording.layout import HOUR_NS
from tests.recording.samples import NOON, Clock, message, record


def test_the_order_is_that_of_writing_not_of_names(tmp_path: Path) -> None:
    clock = Clock()
    written = []
    for number in range(4):
        written.append(record(tmp_path, [message(number)], clock=clock))
        clock.now -= 30 * HOUR_NS
    assert [segment.path for segment in segments(tmp_path)] == written


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    first = record(tmp_path, [message(1)])
    second = record(tmp_path, [message(2)])
    assert first.name.endswith("0000.000.onebook")
    assert second.name.endswith("0000.001.onebook")
    assert new_path(tmp_path, NOON).name.endswith("0000.002.onebook")


def test_other_files_are_named_and_left_out(tmp_path: Path) -> None:
    path = record(tmp_path, [message(1)])
    path.with_name("000000.000.onebook").write_bytes(b"something else" * 10)
    findings: list[str] = []
    assert [segment.path for segment in segments(tmp_path, findings.append)] == [path]
    assert findings == [f"{path.with_name('000000.000.onebook')} is not a recording of onebook"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match="file is not a folder"):
        segments(tmp_path / "file")
