"""Whatever is wrong with a recording is one line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from recording import FolderLock, Kind, Record, RecordingWriter, SegmentFile, blocks, bodies, read
from recording.blocks import Block
from recording.codecs import Compressor
from recording.verify import check, moment
from tests.recording.samples import NOON, RUN, SECOND, SOURCE, Clock, message, record


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """A recording of three segments."""
    clock, paths = Clock(), []
    for number in range(3):
        records = [RUN, SOURCE, *(message(each) for each in range(number * 10, number * 10 + 10))]
        paths.append(record(tmp_path, records, [5, 9], clock))
        clock.now += SECOND
    return paths


def test_a_whole_recording_has_no_finding(tmp_path: Path, three: list[Path]) -> None:
    assert check(tmp_path) == []
    three[0].unlink()  # Old segments may have been removed.
    assert check(tmp_path) == []


def test_a_missing_and_a_replaced_segment_show(tmp_path: Path, three: list[Path]) -> None:
    saved = three[1].read_bytes()
    three[1].unlink()
    assert check(tmp_path) == [f"{three[2]}: 1 segments before are missing"]
    other = tmp_path / "other"
    other.mkdir()
    forged = record(other, [message(99)])
    shutil.copy(forged, three[0])
    three[1].write_bytes(saved)
    assert check(tmp_path) == [f"{three[1]}: the segment before was changed, cut or replaced: its root is another"]


def test_a_changed_block_with_a_right_checksum_breaks_the_chain(tmp_path: Path, three: list[Path]) -> None:
    """Whoever changes a block and its checksum cannot change the root that the next segment names."""
    with SegmentFile(three[1]) as file:
        found = [block for block in file.blocks() if isinstance(block, Block)]
    changed = Compressor().stored(found[1].payload.replace(b"xxxx", b"yyyy"))
    header = found[1].header._replace(stored_length=len(changed))
    begin, _chain = blocks.packed(header, changed, found[0].header.chain)
    data = three[1].read_bytes()
    three[1].write_bytes(data[: found[1].offset] + begin + changed + data[found[1].end :])
    findings: list[str] = []
    assert b"yyyy" in b"".join(each.body for each in read(three[1], report=findings.append))
    assert findings == []
    assert f"{three[1]}: block 2 does not continue the chain" in check(tmp_path)


def test_damage_and_an_open_end_show(tmp_path: Path, three: list[Path]) -> None:
    data = bytearray(three[2].read_bytes())
    data[150] ^= 1
    three[2].write_bytes(data[:-10])
    first, tail, end = check(tmp_path)
    assert first == f"{three[2]}: block 0 is damaged: its checksum is wrong"
    assert re.search(r"\d+ bytes at its end are no whole block", tail)
    assert end == f"{three[2]} is not sealed: its recorder was killed (onebook recording repair)"


def test_a_recording_in_progress_is_no_finding(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    writer = RecordingWriter(tmp_path, Clock())
    writer.add(message(1))
    writer.flush()
    assert check(tmp_path) == []
    lock.close()
    assert check(tmp_path) == [f"{writer.path} is not sealed: its recorder was killed (onebook recording repair)"]
    writer.close()


def test_losses_are_findings(tmp_path: Path) -> None:
    path = record(tmp_path, [message(1), Record(Kind.LOST, 0, bodies.lost(7, 900, NOON), NOON + SECOND, 1)])
    words = f"7 messages of 900 bytes were lost until {moment(NOON + SECOND)}: the recorder did not keep up"
    assert check(tmp_path) == [f"{path}: {words}"]


def test_what_is_no_recording_is_a_finding(tmp_path: Path) -> None:
    assert check(tmp_path) == [f"{tmp_path} has no recording"]
    assert check(tmp_path / "nowhere") == [f"there is no folder {tmp_path / 'nowhere'}"]


def test_moments_are_for_people() -> None:
    assert moment(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123Z"
    assert moment(2**63 - 1) == "2262-04-11T23:47:16.854Z"
