"""Both histories are what a server expects of one."""

from __future__ import annotations

from pathlib import Path

from server.history_source.history import History
from server.history_source.server_history import ServerHistory
from server.replay.played_history import PlayedHistory
from server.replay.row_writers import RowWriters


def test_both_histories_are_histories(tmp_path: Path) -> None:
    served: History = ServerHistory(tmp_path / "served")
    played: History = PlayedHistory(RowWriters(tmp_path / "played", None))
    for history in (served, played):
        history.start()
        assert history.store.folder.parent == tmp_path
        history.listener.tick()
        history.stop()
