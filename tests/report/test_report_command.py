"""`onebook report` as it is typed: files, exit statuses, and mistakes in one line."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from recording import Kind, Record
from tests import prepared
from tests.replay.recordings import write
from tests.replay.test_command import ENVIRONMENT

from .made import PAIR, VENUE, with_faults
from .reading import Page

pytestmark = pytest.mark.timeout(300)
COMMAND = ["-m", "cli", "report"]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return prepared.run([*COMMAND, *words], ENVIRONMENT, timeout=250, folder=folder)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("command") / "rec", with_faults())


def test_a_page_and_json_with_the_same_numbers(folder: Path, tmp_path: Path) -> None:
    found = run(tmp_path, str(folder), "--out", "page.html", "--json", "report.json")
    assert (found.returncode, found.stderr) == (0, "")
    page, read = Page((tmp_path / "page.html").read_text()), json.loads((tmp_path / "report.json").read_text())
    (venue,) = read["venues"]
    assert venue["sentence"] in page.text
    assert found.stdout.splitlines()[0] == venue["sentence"]
    assert found.stdout.splitlines()[-1] == "The report is in page.html and report.json."
    (row,) = page.rows_with("Live")
    assert (row["Venue"], row["Pair"], row["Gaps"]) == (VENUE, PAIR, str(venue["books"][0]["gaps"]))
    assert names(tmp_path) == ["page.html", "report.json"], "nothing else is left behind"
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o666 & ~mask


def test_the_default_is_a_page_and_json_alone_makes_none(folder: Path, tmp_path: Path) -> None:
    assert run(tmp_path, str(folder)).returncode == 0
    assert names(tmp_path) == ["report.html"]
    (tmp_path / "report.html").unlink()
    found = run(tmp_path, str(folder), "--json", "-")
    assert json.loads(found.stdout)["recording"]["name"] == "rec"
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["/nowhere/at/all"], "there is no folder"),
        (["{tmp}"], "there is no recording in"),
        (["{folder}", "--pair", "S1/Q"], "the recording has no pair 'S1/Q'"),
        (["{folder}", "--venues", "binanse"], "the recording has no venue 'binanse'"),
        (["{folder}", "--from", "yesterday"], "--from"),
        (["{folder}", "--from", "2020-01-01", "--to", "2020-01-02"], "no RUN record"),
        (["{folder}", "--from", "2090-01-01"], "nothing was recorded in this time"),
        (["{folder}", "--out", "{tmp}"], "is a folder"),
        (["{folder}", "--out", "{tmp}/none/page.html"], "there is no folder"),
        (["{folder}", "--json", "{folder}/raw/x.json"], "is of the recording"),
        (["{folder}", "--out", "same", "--json", "same"], "name the same file"),
        (["{folder}", "--speed", "1"], "--speed"),
        ([], "DIR"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(
    folder: Path, tmp_path: Path, words: Sequence[str], said: str
) -> None:  # fmt: skip
    found = run(tmp_path, *(word.format(folder=folder, tmp=tmp_path) for word in words))
    assert found.returncode == 2
    (line,) = found.stderr.strip().splitlines()
    assert said in line
    assert names(tmp_path) == []


def test_a_file_that_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"something else")
    found = run(tmp_path, "file")
    assert found.returncode == 2
    assert len(found.stderr.strip().splitlines()) == 1


def test_a_recording_without_a_run(tmp_path: Path) -> None:
    write(tmp_path / "only", [Record(Kind.TICK, 1, b"", 1, 1)])
    found = run(tmp_path, "only")
    assert found.returncode == 2
    assert "there is no RUN record" in found.stderr


def test_an_old_page_stays_where_a_new_one_fails(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old")
    assert run(tmp_path, str(tmp_path)).returncode == 2
    assert (tmp_path / "report.html").read_text() == "old"


def test_the_recording_is_not_changed(folder: Path, tmp_path: Path) -> None:
    def content() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = content()
    assert run(tmp_path, str(folder)).returncode == 0
    assert content() == before
