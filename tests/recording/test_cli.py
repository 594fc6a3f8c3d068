"""`onebook recording`: what it prints, and its exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from recording.cli import main
from tests.recording.samples import RUN, SOURCE, message, record


def test_list_has_a_line_per_segment_and_a_sum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path, [RUN, SOURCE, message(1)])
    assert main(["list", str(tmp_path)]) == 0
    first, total = capsys.readouterr().out.splitlines()
    assert first.startswith(str(path.relative_to(tmp_path)))
    assert "3 records" in first
    assert total == f"3 records in {path.stat().st_size:,} bytes"


def test_verify_tells_by_its_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path, [message(1)])
    assert main(["verify", str(tmp_path)]) == 0
    assert "the chain is whole" in capsys.readouterr().out
    path.write_bytes(path.read_bytes()[:-1])
    assert main(["verify", str(tmp_path)]) == 1
    assert "is not sealed" in capsys.readouterr().out


def test_repair_seals_and_verify_agrees(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = record(tmp_path, [message(1)])
    path.write_bytes(path.read_bytes()[:-1])
    assert main(["repair", str(tmp_path)]) == 0
    assert "sealed with 1 blocks" in capsys.readouterr().out
    assert main(["repair", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["verify", str(tmp_path)]) == 0


def test_errors_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err == f"onebook recording list: there is no folder {tmp_path / 'nowhere'}\n"
    with pytest.raises(SystemExit) as ended:
        main(["bake"])
    assert ended.value.code == 2
