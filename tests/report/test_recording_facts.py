"""What files of a recording say by themselves: sealed or not, whole or damaged."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from recording import RecordingError
from server.report.recording_facts import recording_facts, without_folder
from tests.replay.recordings import write

from .made import records


def test_a_sealed_recording(tmp_path: Path) -> None:
    found = records(300)
    facts = recording_facts(write(tmp_path / "rec", found))
    assert (facts.name, facts.segments, facts.unsealed, facts.damage) == ("rec", 1, 0, ())
    assert facts.records == len(found)
    assert (facts.begin_ns, facts.end_ns) == (min(each.time for each in found), max(each.time for each in found))
    (segment,) = (tmp_path / "rec").rglob("*.onebook")
    assert facts.bytes == segment.stat().st_size
    assert recording_facts(segment) == dataclasses.replace(facts, name=segment.name)


def test_a_segment_without_an_end_is_read_whole(tmp_path: Path) -> None:
    sealed = recording_facts(write(tmp_path / "rec", records(300)))
    (segment,) = (tmp_path / "rec").rglob("*.onebook")
    segment.write_bytes(segment.read_bytes()[:-96])
    facts = recording_facts(tmp_path / "rec")
    assert facts.unsealed == 1
    assert (facts.records, facts.blocks, facts.begin_ns) == (sealed.records, sealed.blocks, sealed.begin_ns)


def test_a_file_that_is_no_segment_is_named_without_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "rec", records(300))
    (segment,) = (tmp_path / "rec").rglob("*.onebook")
    shutil.copy(segment, segment.with_name("000000.000.onebook"))
    segment.with_name("000000.000.onebook").write_bytes(b"no segment at all")
    facts = recording_facts(tmp_path / "rec")
    (line,) = facts.damage
    assert line.startswith("raw/")
    assert str(tmp_path) not in line
    assert facts.segments == 1
    assert without_folder(f"{segment}: torn", segment) == f"{segment.name}: torn"


def test_no_folder_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="there is no folder"):
        recording_facts(tmp_path / "none")
    assert recording_facts(tmp_path).records == 0
