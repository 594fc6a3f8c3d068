"""Old segments go, oldest first, and never the open one."""

from __future__ import annotations

from pathlib import Path

from recording import RecordingWriter, Retention, read
from recording.retention import DAY_NS
from tests.recording.samples import NOON, Clock, message, record


def recorded(tmp_path: Path, days: int) -> tuple[list[Path], Clock]:
    clock, paths = Clock(), []
    for number in range(days):
        paths.append(record(tmp_path, [message(number)], clock=clock))
        clock.now += DAY_NS
    return paths, clock


def test_nothing_goes_where_nothing_was_asked_for(tmp_path: Path) -> None:
    recorded(tmp_path, 3)
    assert Retention().apply(tmp_path, NOON + 1000 * DAY_NS, None) == []


def test_what_is_too_old_goes_with_its_folder(tmp_path: Path) -> None:
    paths, clock = recorded(tmp_path, 5)
    assert Retention(days=2.5).apply(tmp_path, clock.now, None) == paths[:3]
    assert [path.exists() for path in paths] == [False, False, False, True, True]
    assert not paths[0].parent.exists()
    assert [record.body[:1] for record in read(tmp_path)] == [b"3", b"4"]


def test_what_is_too_much_goes(tmp_path: Path) -> None:
    paths, clock = recorded(tmp_path, 4)
    two = sum(path.stat().st_size for path in paths[2:])
    assert Retention(gigabytes=two / 1e9).apply(tmp_path, clock.now, None) == paths[:2]


def test_the_open_segment_stays(tmp_path: Path) -> None:
    paths, clock = recorded(tmp_path, 2)
    writer = RecordingWriter(tmp_path, clock)
    writer.add(message(5))
    writer.flush()
    assert Retention(gigabytes=0.01 / 1e9).apply(tmp_path, clock.now + 9 * DAY_NS, writer.path) == paths
    assert writer.path is not None
    assert writer.path.exists()
    writer.close()
