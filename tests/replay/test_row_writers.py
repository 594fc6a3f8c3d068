"""The rows of a replay go to day files, to a database, or to both, and none is lost silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import OnebookError
from server.history.folder import days
from server.history.writer import HistoryWriter
from server.replay.row_writers import RowWriters
from server.sql.errors import SqlError
from tests.history.samples import query, trade


def test_day_files(tmp_path: Path) -> None:
    writers = RowWriters(tmp_path, None)
    assert writers.folder == tmp_path
    writers.put(trade(number) for number in range(3))
    writers.turn()
    writers.settle()
    assert query(tmp_path, "select count(*) from trade") == [(3,)]
    writers.close()
    assert query(tmp_path, "select count(*) from trade") == [(3,)]


def test_a_database_that_cannot_be_used_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(SqlError, match="away"):
        RowWriters(tmp_path, "postgresql://u:p@127.0.0.1:1/d")
    assert list(tmp_path.iterdir()) == []
    HistoryWriter(tmp_path).close()


def test_rows_that_the_server_never_took_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.sql.migration.check", lambda _address, _patience: "fine until now")
    writers = RowWriters(tmp_path, "postgresql://u:p@127.0.0.1:1/d", lambda: True)
    writers.put([trade(1), trade(2)])
    with pytest.raises(OnebookError, match="2 rows were not written: .* away"):
        writers.close()
    assert query(tmp_path, "select count(*) from trade") == [(2,)]


def test_of_a_database_alone_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.sql.migration.check", lambda _address, _patience: "fine until now")
    writers = RowWriters(None, "postgresql://u:p@127.0.0.1:1/d", lambda: True)
    writers.settle()
    assert days(writers.folder) == []
    writers.close()
