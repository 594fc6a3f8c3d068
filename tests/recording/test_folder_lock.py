"""One writer at a time."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from recording import FolderLock, RecordingError, is_locked, made_folder


def test_a_folder_has_one_writer(tmp_path: Path) -> None:
    assert not is_locked(tmp_path)
    lock = FolderLock(tmp_path)
    assert is_locked(tmp_path)
    with pytest.raises(RecordingError, match=rf"is being recorded into by another process \({os.getpid()}\)$"):
        FolderLock(tmp_path)
    lock.close()
    assert not is_locked(tmp_path)
    FolderLock(tmp_path).close()


def test_a_lock_that_was_inherited_is_held_until_the_last_has_ended(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    other = os.dup(lock.descriptor)
    lock.close()
    assert is_locked(tmp_path)
    os.close(other)
    assert not is_locked(tmp_path)


def test_patience_waits(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    threading.Timer(0.2, lock.close).start()
    began = time.monotonic()
    FolderLock(tmp_path, patience=10.0).close()
    assert time.monotonic() - began < 9.0


def test_folders_that_cannot_be_used_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match="file is not a folder$"):
        made_folder(tmp_path / "file")
    with pytest.raises(RecordingError, match="cannot be made: No such file or directory$"):
        made_folder(tmp_path / "a" / "b")
    assert made_folder(tmp_path / "new").stat().st_mode & 0o777 == 0o700
    with pytest.raises(RecordingError, match="cannot be recorded into: Not a directory"):
        FolderLock(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RecordingError, match="may not be written by this user"):
        made_folder(tmp_path)
