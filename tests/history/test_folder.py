"""Names of day files."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.history.errors import HistoryError
from server.history.folder import DAY, day_name, day_of, day_path, days, named_day

from .samples import NOON


def test_a_day_begins_at_midnight_utc() -> None:
    midnight = NOON - NOON % DAY
    assert day_name(day_of(midnight)) == "2026-11-30"
    assert day_name(day_of(midnight - 1)) == "2026-11-29"


def test_names_round_trip() -> None:
    for day in (0, 1, day_of(NOON), 47_000):
        assert named_day(day_path(Path("x"), day).name) == day


@pytest.mark.parametrize(
    "name", ["2026-11-30.db-wal", "2026-13-30.db", "lock", "2026-11-30.db.corrupt-1", "٢٠٢٦-11-30.db"]
)
def test_other_names_are_no_days(name: str) -> None:
    assert named_day(name) is None


def test_days_are_in_order(tmp_path: Path) -> None:
    for name in ("2026-11-30.db", "2026-11-29.db", "2026-11-30.db-wal", "lock"):
        (tmp_path / name).touch()
    assert [day_name(day) for day in days(tmp_path)] == ["2026-11-29", "2026-11-30"]


def test_a_missing_folder_has_no_days(tmp_path: Path) -> None:
    assert days(tmp_path / "none") == []
    (tmp_path / "file").touch()
    with pytest.raises(HistoryError):
        days(tmp_path / "file")
