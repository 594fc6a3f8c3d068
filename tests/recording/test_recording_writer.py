"""Segments per hour, start and size; what a crash or a failed write leaves."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from recording import Kind, Record, RecordingError, RecordingWriter, bodies, read, read_segment, segments
from recording.layout import HOUR_NS
from tests.recording.samples import NOON, RUN, SECOND, SOURCE, Clock, message, root_of

NOISE = random.Random(5)


def incompressible(number: int, size: int) -> Record:
    return Record(Kind.RECEIVED, 1, NOISE.randbytes(size), NOON + number, number)


def test_a_new_hour_is_a_new_segment_that_begins_with_what_is_alive(tmp_path: Path) -> None:
    clock = Clock(NOON + HOUR_NS - SECOND)
    writer = RecordingWriter(tmp_path, clock)
    for each in (RUN, SOURCE, SOURCE._replace(source=2, body=bodies.source(2, "sim", 2)), message(1)):
        writer.add(each)
    writer.flush()
    writer.add(Record(Kind.SOURCE, 2, bodies.ended_source(2), NOON, 3))
    writer.flush()
    clock.now += 2 * SECOND
    writer.add(message(2))
    writer.flush()
    writer.close()
    first, second = segments(tmp_path)
    assert first.path.name.endswith("5959.000.onebook")
    assert second.header.previous_root == root_of(first.path)
    again = list(read_segment(second.path))
    assert [each._replace(time=0) for each in again] == [each._replace(time=0) for each in (RUN, SOURCE, message(2))]
    assert [each.time for each in again[:2]] == [clock.now, clock.now]


def test_a_full_segment_is_followed_by_another(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path, Clock(), segment_bytes=100_000)
    sent = [incompressible(number, 30_000) for number in range(12)]
    for each in sent:
        writer.add(each)
        writer.flush()
    writer.close()
    assert len(segments(tmp_path)) == 3
    assert [segment.header.number for segment in segments(tmp_path)] == [1, 2, 3]
    assert list(read(tmp_path)) == sent


def test_a_segment_of_one_gibibyte_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file of a gigabyte takes its time: the size is told instead.
    writer = RecordingWriter(tmp_path, Clock())
    writer.add(message(1))
    writer.flush()
    first = writer.path
    monkeypatch.setattr("recording.segment_writer.SegmentWriter.size", property(lambda _self: 1 << 30))
    writer.add(message(2))
    writer.flush()
    assert writer.path != first
    writer.close()
    assert list(read(tmp_path)) == [message(1), message(2)]


def test_a_block_is_due_when_it_is_full_or_a_second_old(tmp_path: Path) -> None:
    clock = Clock()
    writer = RecordingWriter(tmp_path, clock, block_bytes=1000)
    assert not writer.due
    assert not writer.add(message(1, size=100))
    assert not writer.due
    clock.now += SECOND
    assert writer.due
    writer.flush()
    assert not writer.due
    assert writer.add(message(2, size=1000))
    assert writer.due
    writer.close()


@pytest.mark.parametrize("jump", [HOUR_NS, -HOUR_NS, 30 * SECOND, -30 * SECOND, -100 * HOUR_NS])
def test_a_clock_that_jumps_costs_nothing(tmp_path: Path, jump: int) -> None:
    clock = Clock()
    writer = RecordingWriter(tmp_path, clock)
    sent = [RUN, SOURCE, *(message(number) for number in range(6))]
    for number, each in enumerate(sent):
        writer.add(each)
        assert number % 2 == 0 or not writer.due
        clock.now += jump if number % 2 else -jump
        assert writer.due
        writer.flush()
    writer.close()
    assert list(read(tmp_path)) == sent
    assert len({segment.header.number for segment in segments(tmp_path)}) == len(segments(tmp_path))


def test_a_successor_seals_what_a_crash_has_left(tmp_path: Path) -> None:
    clock = Clock()
    killed = RecordingWriter(tmp_path, clock)
    for number in range(10):
        killed.add(message(number))
        killed.flush()
    assert killed.path is not None
    with killed.path.open("ab") as file:
        file.write(b"obblock1 and the beginning of a block that was never finished")
    clock.now += SECOND
    writer = RecordingWriter(tmp_path, clock)
    writer.add(message(10))
    writer.close()
    findings: list[str] = []
    assert list(read(tmp_path, report=findings.append)) == [message(number) for number in range(11)]
    assert findings == []
    assert len(segments(tmp_path)) == 2


def test_a_failed_write_keeps_the_records_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = RecordingWriter(tmp_path, Clock())
    writer.add(message(1))
    writer.flush()
    written = os.pwrite

    def full(file: int, data: bytes, at: int) -> int:
        if len(data) > 50:
            return written(file, bytes(data)[:50], at)
        raise OSError(28, "No space left on device")

    writer.add(message(2))
    monkeypatch.setattr(os, "pwrite", full)
    for _ in range(3):
        with pytest.raises(RecordingError, match="cannot be written: No space left on device"):
            writer.flush()
    with pytest.raises(RecordingError, match="No space"):
        writer.close()
    monkeypatch.undo()
    writer.close()
    assert list(read(tmp_path)) == [message(1), message(2)]
    assert root_of(segments(tmp_path)[0].path) is not None


def test_a_removed_file_is_followed_by_another(tmp_path: Path) -> None:
    clock = Clock()
    writer = RecordingWriter(tmp_path, clock)
    for each in (RUN, SOURCE, message(1)):
        writer.add(each)
    writer.flush()
    assert writer.path is not None
    writer.path.unlink()
    writer.add(message(2))
    writer.close()
    assert [each.body for each in read(tmp_path)] == [RUN.body, SOURCE.body, message(2).body]


def test_a_removed_folder_is_not_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    writer = RecordingWriter(folder, Clock())
    writer.add(message(1))
    folder.rmdir()
    with pytest.raises(RecordingError, match="cannot be made: No such file or directory"):
        writer.flush()
    folder.mkdir()
    writer.close()
    assert list(read(folder)) == [message(1)]


def test_files_are_for_their_owner(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path, Clock())
    writer.add(message(1))
    writer.flush()
    assert writer.path is not None
    assert writer.path.stat().st_mode & 0o777 == 0o600
    assert writer.path.parent.stat().st_mode & 0o777 == 0o700
    writer.close()
