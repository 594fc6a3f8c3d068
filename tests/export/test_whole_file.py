"""WholeFile: nobody sees a file that is not complete, and one export at a time writes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.export.export_error import ExportError
from server.export.whole_file import WholeFile
from tests.captures import ROOT


def test_a_file_appears_whole_and_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    for content in (b"first", b"2nd"):
        file = WholeFile(path)
        file.file.write(content)
        file.file.flush()
        assert not path.exists() or path.read_bytes() == b"first"
        file.commit()
        assert path.read_bytes() == content
    assert [each.name for each in path.parent.iterdir()] == ["file"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_discarded_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")
    file = WholeFile(path)
    file.file.write(b"half")
    file.discard()
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("file", b"before")]


def test_what_a_killed_export_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".file.part").write_bytes(b"a longer text than the new one")
    file = WholeFile(tmp_path / "file")
    file.file.write(b"new")
    file.commit()
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("file", b"new")]


def test_a_file_that_another_process_writes_is_refused(tmp_path: Path) -> None:
    words = "import sys; from pathlib import Path; from server.export.whole_file import WholeFile\n"
    words += f"file = WholeFile(Path({str(tmp_path / 'file')!r})); print('written', flush=True); sys.stdin.read()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "proto")))}
    with subprocess.Popen(
        [sys.executable, "-c", words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == b"written\n"
        with pytest.raises(ExportError, match="file is being written by another export"):
            WholeFile(tmp_path / "file")
        other.stdin.close()
    WholeFile(tmp_path / "file").discard()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ExportError, match="cannot be written: "):
        WholeFile(tmp_path / "taken" / "file")
    (tmp_path / "file").mkdir()
    file = WholeFile(tmp_path / "file")
    with pytest.raises(ExportError, match="file cannot be written: "):
        file.commit()
