"""Few files are open at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.history.day_files import IDLE, MOST_OPEN, DayFiles
from server.history.errors import HistoryError
from server.history.folder import DAY, day_of, day_path, days
from server.history.schema import Kind

from .samples import NOON, Clock, query, trade

TODAY = day_of(NOON)
ROW = trade(1)
BATCH = {Kind.TRADE: [(ROW.market, ROW.values())]}


def made(folder: Path, clock: Clock) -> DayFiles:
    return DayFiles(folder, clock, clock.monotonic)


def test_the_file_used_longest_ago_is_closed(tmp_path: Path) -> None:
    files = made(tmp_path, Clock())
    for day in (1, 2, 1, 3, 1, 4, 5, 1):
        files.write(TODAY + day, BATCH)
        assert len(files) <= MOST_OPEN
    assert days(tmp_path) == [TODAY + day for day in (1, 2, 3, 4, 5)]
    files.close()
    assert len(files) == 0
    assert not list(tmp_path.glob("*-wal"))


def test_idle_files_are_closed(tmp_path: Path) -> None:
    clock = Clock()
    files = made(tmp_path, clock)
    files.write(TODAY - 1, BATCH)
    clock.pass_seconds(IDLE - 1)
    files.write(TODAY, BATCH)
    clock.pass_seconds(1)
    files.close_idle()
    assert len(files) == 1
    files.close()


def test_a_removed_file_is_made_again(tmp_path: Path) -> None:
    files = made(tmp_path, Clock())
    files.write(TODAY, BATCH)
    day_path(tmp_path, TODAY).unlink()
    files.write(TODAY, BATCH)
    files.close()
    assert query(tmp_path, "select count(*) from trade") == [(1,)]


def test_a_file_is_opened_again_after_an_error(tmp_path: Path) -> None:
    files = made(tmp_path, Clock())
    with pytest.raises(HistoryError):
        files.write(TODAY, {Kind.METRIC: [(ROW.market, (None,) * 10)]})
    assert len(files) == 0
    files.write(TODAY, BATCH)
    assert files.open(TODAY).path == day_path(tmp_path, TODAY)
    files.close()
    assert day_of(NOON + DAY) == TODAY + 1
