"""The file of a server: owned by one, taken over from the dead, removed by its owner alone."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from server.errors import ConfigError
from server.transport.shm import shared_file
from server.transport.shm.shared_file import SharedFile
from tests.captures import ROOT

SIZE = 8192
OWNER = f"""
import sys
from pathlib import Path
from server.transport.shm.shared_file import SharedFile
file = SharedFile("x", {SIZE}, Path(sys.argv[1]))
file.memory[:5] = b"owner"
print("owns", flush=True)
sys.stdin.read()
"""


def owner(folder: Path) -> subprocess.Popen[str]:
    """Another process that owns the file."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "owns\n"
    return process


def test_it_is_for_the_own_user_alone_and_zero(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        file = SharedFile("x", SIZE, tmp_path)
    finally:
        os.umask(before)
    assert file.path == tmp_path / "onebook-x"
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert file.path.read_bytes() == bytes(SIZE)
    assert [each.name for each in tmp_path.iterdir()] == ["onebook-x"]
    file.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_living_owner_keeps_it(tmp_path: Path) -> None:
    process = owner(tmp_path)
    try:
        with pytest.raises(ConfigError, match=r"^shm 'x' is in use: another server owns .*onebook-x$"):
            SharedFile("x", SIZE, tmp_path)
        assert (tmp_path / "onebook-x").read_bytes()[:5] == b"owner"
        assert [each.name for each in tmp_path.iterdir()] == ["onebook-x"]
    finally:
        process.communicate()


def test_a_second_one_of_the_same_process_is_refused(tmp_path: Path) -> None:
    file = SharedFile("x", SIZE, tmp_path)
    with pytest.raises(ConfigError, match="in use"):
        SharedFile("x", SIZE, tmp_path)
    other = SharedFile("y", SIZE, tmp_path)
    other.remove()
    file.remove()


def test_the_file_of_a_dead_owner_is_replaced_and_not_written_to(tmp_path: Path) -> None:
    process = owner(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with (tmp_path / "onebook-x").open("rb") as old:
        file = SharedFile("x", SIZE, tmp_path)
        assert old.read(5) == b"owner", "who has it mapped sees a dead server"
        assert file.path.read_bytes() == bytes(SIZE)
        assert not shared_file._is_still(file.path, old.fileno())  # noqa: SLF001
    file.remove()


def test_of_many_that_start_at_once_one_owns_it(tmp_path: Path) -> None:
    for left in (False, True):
        if left:
            (tmp_path / "onebook-x").write_bytes(b"left by a dead server")
        started = threading.Barrier(8)
        made: list[SharedFile] = []
        refused: list[str] = []

        def start(begin: threading.Barrier = started, won: list[SharedFile] = made, lost: list[str] = refused) -> None:
            begin.wait()
            try:
                won.append(SharedFile("x", SIZE, tmp_path))
            except ConfigError as error:
                lost.append(str(error))

        threads = [threading.Thread(target=start) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 1, refused
        assert len(refused) == 7
        made[0].remove()
        assert list(tmp_path.iterdir()) == []


def test_a_name_that_another_file_has_meanwhile_is_left(tmp_path: Path) -> None:
    file = SharedFile("x", SIZE, tmp_path)
    file.path.unlink()
    file.path.write_bytes(b"another")
    file.remove()
    assert (tmp_path / "onebook-x").read_bytes() == b"another"


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_what_is_no_file_is_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "onebook-x"
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(path)
    with pytest.raises(ConfigError, match=r"^shm 'x'"):
        SharedFile("x", SIZE, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["onebook-x"]


def test_a_system_without_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"shm 'x' needs .*nowhere, which this system does not have"):
        SharedFile("x", SIZE, tmp_path / "nowhere")


def test_a_system_without_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(ConfigError, match=r"could not be made: No space left on device"):
        SharedFile("x", SIZE, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_memory_is_taken_when_it_is_reserved(tmp_path: Path) -> None:
    file = SharedFile("x", 1 << 20, tmp_path)
    before = file.path.stat().st_blocks
    file.reserve(1 << 19, 1 << 16)
    assert file.path.stat().st_blocks >= before + (1 << 16) // 512
    assert file.path.stat().st_size == 1 << 20
    file.remove()


def test_a_file_of_another_user_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "onebook-x").write_bytes(b"of somebody else")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(ConfigError, match="is no file of this user"):
        SharedFile("x", SIZE, tmp_path)
    assert (tmp_path / "onebook-x").read_bytes() == b"of somebody else"
