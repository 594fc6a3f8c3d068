"""What the files of a recording say by themselves, before anything is played."""

from __future__ import annotations

from pathlib import Path

from ..neighbours import recording
from .gap_report import RecordingFacts


def recording_facts(path: Path) -> RecordingFacts:
    """The facts of a recording's folder, or of one segment. Raises RecordingError where there is none.

    A segment that is not sealed is read whole: the index of its blocks is missing.
    """
    damage: list[str] = []
    paths = [path] if path.is_file() else [each.path for each in recording.segments(path, damage.append)]
    segments = [_segment(each) for each in paths]
    spans = [each for each in segments if each.records]
    return RecordingFacts(
        name=path.resolve().name,
        segments=len(segments),
        unsealed=sum(not each.sealed for each in segments),
        blocks=sum(each.blocks for each in segments),
        bytes=sum(each.bytes for each in segments),
        records=sum(each.records for each in segments),
        begin_ns=min((each.first for each in spans), default=0),
        end_ns=max((each.last for each in spans), default=0),
        damage=tuple(without_folder(line, path) for line in damage),
    )


def without_folder(line: str, path: Path) -> str:
    """A reader's complaint with the names of files relative to the recording: where that lies concerns nobody else."""
    home = path.parent if path.is_file() else path
    return line.replace(f"{home}/", "")


class _Segment:
    """Counts of one segment."""

    def __init__(self, *, sealed: bool, bytes: int) -> None:
        self.sealed, self.bytes = sealed, bytes
        self.blocks = self.records = self.first = self.last = 0

    def add(self, first: int, last: int, records: int) -> None:
        """One block of records."""
        self.first = min(self.first, first) if self.blocks else first
        self.last = max(self.last, last) if self.blocks else last
        self.blocks += 1
        self.records += records


def _segment(path: Path) -> _Segment:
    with recording.SegmentFile(path) as file:
        index = file.index()
        made = _Segment(sealed=file.root() is not None, bytes=file.size)
        if index is not None:
            for entry in index.entries:
                made.add(entry.first_time, entry.last_time, entry.records)
            return made
        for block in file.blocks():
            if isinstance(block, recording.Block) and block.holds_records:
                made.add(block.header.first_time, block.header.last_time, block.header.records)
    return made
