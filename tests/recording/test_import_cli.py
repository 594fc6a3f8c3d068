"""`onebook recording import`: errors are one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from recording import RecordingError, read
from server.recording.import_cli import main


def test_unknown_venues_and_missing_files_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "file.jsonl"
    assert main([str(path), str(tmp_path / "data")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    path.write_text("")
    assert main([str(path), str(tmp_path / "data"), "--venue", "binanse"]) == 1
    assert "did you mean" in capsys.readouterr().err
    with pytest.raises(RecordingError):
        list(read(tmp_path / "data"))
