"""Reading gives what was written, or says that it does not."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording import (
    Kind,
    Record,
    RecordingError,
    RecordTable,
    SegmentFile,
    bodies,
    read,
    read_blocks,
    read_from,
    read_segment,
    read_tables,
    segments,
)
from tests.recording.samples import NOON, RECORDS, RUN, SECOND, SOURCE, Clock, message, record, root_of
from tests.volume import examples


@given(RECORDS, st.sets(st.integers(1, 40)))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], cuts: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("recording")
    path = record(folder, records, sorted(cuts))
    assert list(read(folder)) == records
    assert list(read(path)) == records
    assert list(read_segment(path)) == records
    assert [each for block in read_blocks(path) for each in block.records()] == records
    shutil.rmtree(folder)


def whole(tmp_path: Path) -> tuple[Path, list[Record], bytes]:
    """A segment of several blocks, some compressed well and some not at all."""
    draw = random.Random(1)
    records = [message(number, size=draw.randrange(5, 200)) for number in range(60)]
    records += [Record(Kind.ANSWER, 2, draw.randbytes(300), NOON + SECOND, 7)]
    path = record(tmp_path, [RUN, SOURCE, *records], [1, 5, 30, 31])
    return path, [RUN, SOURCE, *records], path.read_bytes()


def check_honest(path: Path, records: list[Record]) -> None:
    """What is read is what was written, or an error, or part of it with word of the loss."""
    findings: list[str] = []
    try:
        found = list(read_segment(path, findings.append))
    except RecordingError as error:
        findings.append(str(error))
        found = []
    kept = [each for each in found if not (each.kind == Kind.LOST and "damage" in bodies.unpacked(each.body))]
    rest = iter(records)
    assert all(each in rest for each in kept), "a record that was never written, or in another order"
    if len(kept) < len(records) and not findings:
        assert root_of(path) is None
    assert all("\n" not in finding for finding in findings)


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    path, records, data = whole(tmp_path)
    draw = random.Random(2)
    for position in range(0, len(data), max(1, len(data) // examples(1000))):
        changed = bytearray(data)
        changed[position] ^= draw.randrange(1, 256)
        path.write_bytes(changed)
        check_honest(path, records)
        lost: list[str] = []
        try:
            complete = list(read_segment(path, lost.append)) == records
        except RecordingError:
            continue
        # Bytes of index and end may be damaged without harm to the records.
        assert not complete or lost, f"byte {position} was changed, and nothing was said"


def test_every_truncation_is_noticed(tmp_path: Path) -> None:
    path, records, data = whole(tmp_path)
    for size in range(0, len(data), max(1, len(data) // examples(600))):
        path.write_bytes(data[:size])
        check_honest(path, records)


@given(st.data())
def test_noise_is_never_read_as_records(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("noise")
    path, records, good = whole(folder)
    changed = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed)))
        end = min(len(changed), at + data.draw(st.integers(0, 400)))
        changed[at:end] = data.draw(st.binary(max_size=400))
    path.write_bytes(changed)
    check_honest(path, records)
    shutil.rmtree(folder)


def test_the_blocks_behind_a_damaged_block_are_read(tmp_path: Path) -> None:
    records = [message(number) for number in range(30)]
    path = record(tmp_path, records, [10, 20])
    with SegmentFile(path) as file:
        second = next(block for block in file.blocks() if getattr(block, "header", None) and block.offset > 64)
    data = bytearray(path.read_bytes())
    data[second.offset + 100] ^= 1
    path.write_bytes(data)
    findings: list[str] = []
    found = list(read(tmp_path, report=findings.append))
    assert [each for each in found if each.kind != Kind.LOST] == records[:10] + records[20:]
    assert [each.kind for each in found].index(Kind.LOST) == 10
    assert findings == [f"{path}: block 1 is damaged: its checksum is wrong"]


def test_a_repeated_block_is_no_new_one(tmp_path: Path) -> None:
    records = [message(number) for number in range(20)]
    path = record(tmp_path, records, [10])
    with SegmentFile(path) as file:
        first, second = [block for block in file.blocks() if not hasattr(block, "tail")][:2]
    data = path.read_bytes()
    path.write_bytes(data[: second.offset] + data[first.offset : second.offset] + data[second.offset :])
    found = list(read_segment(path))
    assert [each for each in found if each.kind != Kind.LOST] == records
    assert [each.kind for each in found].count(Kind.LOST) == 1


def test_a_window_of_time_and_sources(tmp_path: Path) -> None:
    clock = Clock()
    records = [message(number, source=1 + number % 2) for number in range(100)]
    record(tmp_path, [RUN, SOURCE, *records], [20, 40, 60, 80], clock)
    start, end = records[30].time, records[50].time
    assert list(read(tmp_path, start, end)) == [RUN, SOURCE, *records[30:50]]
    assert list(read(tmp_path, sources={2})) == [RUN, SOURCE, *records[1::2]]
    assert list(read(tmp_path, end=start, sources={7})) == [RUN, SOURCE]


def test_definitions_are_read_once_over_segments(tmp_path: Path) -> None:
    clock = Clock()
    record(tmp_path, [RUN, SOURCE, message(1)], clock=clock)
    clock.now += SECOND
    record(tmp_path, [RUN, SOURCE, message(2)], clock=clock)
    assert list(read(tmp_path)) == [RUN, SOURCE, message(1), message(2)]
    assert list(read_segment(segments(tmp_path)[1].path)) == [RUN, SOURCE, message(2)]


def test_a_missing_segment_is_a_loss_in_its_place(tmp_path: Path) -> None:
    clock = Clock()
    paths = []
    for number in range(3):
        paths.append(record(tmp_path, [message(number)], clock=clock))
        clock.now += SECOND
    paths[1].unlink()
    findings: list[str] = []
    found = list(read(tmp_path, report=findings.append))
    assert [each.kind for each in found] == [Kind.RECEIVED, Kind.LOST, Kind.RECEIVED]
    assert findings == [f"{paths[2]} does not continue the segment before: records are missing"]


def test_what_is_no_recording_is_one_line(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("something else")
    with pytest.raises(RecordingError, match=r"other\.txt is not a recording of onebook$"):
        list(read(other))
    with pytest.raises(RecordingError, match="there is no folder"):
        list(read(tmp_path / "nowhere"))
    assert list(read(tmp_path)) == []


def in_tables(path: Path, begin: int = 0, end: int | None = None) -> tuple[list[Record], int]:
    """The records, and how many of them came in tables."""
    records: list[Record] = []
    in_table = 0
    for found in read_tables(path, begin, end):
        if isinstance(found, RecordTable):
            records += found.left()
            in_table += found.count
        else:
            records.append(found)
    return records, in_table


def test_tables_hold_the_same_records(tmp_path: Path) -> None:
    opened = Record(Kind.OPENED, 1, b"/", NOON, 3)
    records = [RUN, SOURCE, opened, *(message(number) for number in range(10, 50))]
    path = record(tmp_path, records, [3, 10, 20, 30])
    everything, in_table = in_tables(tmp_path)
    assert everything == records
    assert in_table == len(records) - 3, "all but the block that defines something"
    assert in_tables(path) == (everything, in_table)
    end = records[25].time
    assert in_tables(tmp_path, end=end)[0] == list(read(tmp_path, end=end))
    for begin in (records[5].time, records[15].time, records[-1].time + 1):
        wanted, in_table = in_tables(tmp_path, begin, end)
        assert wanted == list(read_from(tmp_path, begin, end))
        assert in_table < 20
    assert in_tables(tmp_path, records[5].time)[1] > 20


def test_a_damaged_block_is_told_in_its_place_among_tables(tmp_path: Path) -> None:
    path, _, data = whole(tmp_path)
    for position in range(len(data) // 2, len(data), 97):
        path.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        assert in_tables(path)[0] == list(read(path))
