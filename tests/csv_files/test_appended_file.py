"""A file that is only appended to: one header, no torn row, no trade twice, and nothing of others is touched."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from server.csv_files import appended_file
from server.csv_files.appended_file import KNOWN, AppendedFile
from server.csv_files.trade_line import HEADER

from .samples import ids, line, rows


def written(path: Path, *numbers: int) -> int:
    file = AppendedFile(path)
    count = file.append([line(number) for number in numbers])
    file.close()
    return count


def test_the_header_is_there_once_however_often_the_file_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "day.csv"
    written(path)
    assert path.read_text() == HEADER
    written(path, 1, 2)
    written(path, 3)
    assert ids(path) == [1, 2, 3]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_trade_that_the_file_has_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    assert written(path, 1, 2, 2, 3) == 3
    assert written(path, 2, 3, 4) == 1
    assert ids(path) == [1, 2, 3, 4]


def test_an_id_that_comes_again_at_another_time_is_another_trade(tmp_path: Path) -> None:
    file = AppendedFile(tmp_path / "day.csv")
    assert file.append([line(1), line(1, line(2).day * 86_400 * 10**9)]) == 2
    file.close()


@pytest.mark.parametrize("cut", range(1, len(line(3).text.encode()) + 1))
def test_a_row_that_was_torn_anywhere_is_cut_off(tmp_path: Path, cut: int, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "day.csv"
    written(path, 1, 2, 3)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - cut)
    written(path, 3, 4)
    assert ids(path) == [1, 2, 3, 4]
    assert len(caplog.messages) == (cut < len(line(3).text.encode()))


@pytest.mark.parametrize("kept", range(len(HEADER)))
def test_a_torn_header_is_written_anew(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "day.csv"
    path.write_text(HEADER[:kept])
    written(path, 1)
    assert ids(path) == [1]


def test_zeros_that_a_power_cut_left_are_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    written(path, 1)
    with path.open("ab") as file:
        file.write(bytes(3 * appended_file.BLOCK + 7))
    written(path, 2)
    assert ids(path) == [1, 2]


def test_a_file_with_other_columns_is_set_aside_as_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "day.csv"
    for number in (1, 2):
        path.write_text("Date,Price\n1,2\nwithout end")
        written(path, number)
        assert ids(path) == [number]
        assert (tmp_path / f"day.csv.other-{number}").read_text() == "Date,Price\n1,2\nwithout end"
    assert len(caplog.messages) == 2


def test_what_the_end_of_a_long_file_has_is_known(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    count = 3 * KNOWN
    written(path, *range(count))
    assert path.stat().st_size > appended_file.TAIL
    file = AppendedFile(path)
    assert file.append([line(number) for number in range(count - KNOWN, count)]) == 0
    assert file.append([line(0)]) == 1, "the memory of a file is bounded"
    file.close()


def test_a_disk_that_is_full_in_the_middle_of_a_row_leaves_whole_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = tmp_path / "day.csv", os.write
    file = AppendedFile(path)
    file.append([line(1)])
    left = [40]

    def full(descriptor: int, data: Any) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = real(descriptor, data[: left[0]])
        left[0] -= count
        return count

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        file.append([line(2), line(3)])
    assert ids(path) == [1]
    monkeypatch.undo()
    assert file.is_in_place()
    assert file.append([line(2), line(3)]) == 2
    assert ids(path) == [1, 2, 3]
    file.close()


def test_whether_a_file_is_in_place(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    file = AppendedFile(path)
    file.append([line(1)])
    assert file.is_in_place()
    path.rename(tmp_path / "moved")
    assert not file.is_in_place()
    path.write_bytes((tmp_path / "moved").read_bytes())
    assert not file.is_in_place(), "another file of that name"
    (tmp_path / "moved").rename(path)
    assert file.is_in_place()
    os.truncate(path, 3)
    assert not file.is_in_place()
    file.sync()
    file.close()


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "day.csv"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        (tmp_path / "target").write_text("precious")
        path.symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match=r".+"):
        AppendedFile(path)
    if kind == "link":
        assert (tmp_path / "target").read_text() == "precious"


def test_rows_of_another_server_of_the_same_file_count_once(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    written(path, 1)
    path.write_text(path.read_text() + line(2).text)
    assert written(path, 1, 2, 3) == 1
    assert len(rows(path)) == 3
