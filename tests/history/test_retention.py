"""Old days go whole, oldest first, and never the current one."""

from __future__ import annotations

from pathlib import Path

from server.history.folder import day_of, day_path, days
from server.history.retention import Retention, files, remove

from .samples import NOON

TODAY = day_of(NOON)


def made(folder: Path, count: int) -> None:
    """Days up to today, of 1000 bytes each, with a side file."""
    for day in range(TODAY - count + 1, TODAY + 1):
        day_path(folder, day).write_bytes(b"x" * 900)
        Path(f"{day_path(folder, day)}-wal").write_bytes(b"x" * 100)


def test_nothing_goes_where_nothing_was_asked_for(tmp_path: Path) -> None:
    made(tmp_path, 5)
    assert Retention().too_old_or_much(tmp_path, TODAY + 1000) == []


def test_what_is_too_old_goes(tmp_path: Path) -> None:
    made(tmp_path, 5)
    assert Retention(days=2).too_old_or_much(tmp_path, TODAY) == [TODAY - 4, TODAY - 3]


def test_what_is_too_much_goes_but_never_today(tmp_path: Path) -> None:
    made(tmp_path, 4)
    assert Retention(gigabytes=2000 / 1e9).too_old_or_much(tmp_path, TODAY) == [TODAY - 3, TODAY - 2]
    assert Retention(gigabytes=1 / 1e9).too_old_or_much(tmp_path, TODAY) == [TODAY - 3, TODAY - 2, TODAY - 1]


def test_all_files_of_a_day_go(tmp_path: Path) -> None:
    made(tmp_path, 2)
    Path(f"{day_path(tmp_path, TODAY)}.corrupt-1").touch()
    assert len(files(tmp_path, TODAY)) == 3
    remove(tmp_path, TODAY)
    assert files(tmp_path, TODAY) == []
    assert days(tmp_path) == [TODAY - 1]
