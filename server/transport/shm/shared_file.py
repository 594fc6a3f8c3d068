"""The file of a server in shared memory: made or taken over, owned while the server lives, removed at its end."""

from __future__ import annotations

import fcntl
import mmap
import os
import secrets
import stat
from pathlib import Path

from ...errors import ConfigError

DIRECTORY = Path("/dev/shm")
PREFIX = "onebook-"
MODE = 0o600
# Two servers that start at once: each attempt sees what the other has done meanwhile.
_ATTEMPTS = 10


class SharedFile:
    """A file of zeros that this process alone owns, by a lock that ends with the process.

    A file that a dead server left is replaced by a new one and never written to: programs that still have the old one
    mapped see a server that is gone, not a new one in the middle of its start.
    """

    def __init__(self, name: str, size: int, directory: Path = DIRECTORY) -> None:
        """Raises ConfigError: another server lives under this name, or the file cannot be made."""
        self.path = directory / f"{PREFIX}{name}"
        self._name = name
        if not directory.is_dir():
            raise ConfigError(f"shm {name!r} needs {directory}, which this system does not have")
        try:
            self._file = self._owned(size)
            self.memory = mmap.mmap(self._file, size)
        except OSError as error:
            raise ConfigError(f"shm {name!r}: {self.path} could not be made: {error.strerror or error}") from error

    def _owned(self, size: int) -> int:
        """A descriptor of the new file, which is locked and has its name."""
        fresh = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(file, size)
            reserve(file, 0, min(size, mmap.PAGESIZE))
            for _ in range(_ATTEMPTS):
                if self._named(fresh):
                    return file
            raise ConfigError(f"shm {self._name!r}: other servers start and end under this name")
        except BaseException:
            os.close(file)
            raise
        finally:
            fresh.unlink(missing_ok=True)

    def _named(self, fresh: Path) -> bool:
        """Whether the new file has got the name. False: another server came or went at the same time."""
        try:
            os.link(fresh, self.path)
        except FileExistsError:
            return self._replaced(fresh)
        return True

    def _replaced(self, fresh: Path) -> bool:
        """The same where a file has the name already."""
        try:
            old = os.open(self.path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return False
        try:
            status = os.fstat(old)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
                raise ConfigError(f"shm {self._name!r}: {self.path} is no file of this user")
            try:
                fcntl.flock(old, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigError(f"shm {self._name!r} is in use: another server owns {self.path}") from None
            if not _is_still(self.path, old):
                return False
            # Whoever else finds the old file waits for nothing: it is locked until the new one has its name.
            fresh.rename(self.path)
            return True
        finally:
            os.close(old)

    def reserve(self, offset: int, size: int) -> None:
        """Takes memory for this part now. Raises OSError; without this a full system would end the process later."""
        reserve(self._file, offset, size)

    def remove(self) -> None:
        """Takes the name away and lets go of the memory. Who has it mapped keeps it."""
        if _is_still(self.path, self._file):
            self.path.unlink(missing_ok=True)
        self.memory.close()
        os.close(self._file)


def reserve(file: int, offset: int, size: int) -> None:
    """Takes the file's memory for this part. Raises OSError."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, offset, size)


def _is_still(path: Path, file: int) -> bool:
    """Whether the name is still that of this open file."""
    try:
        named = path.lstat()
    except FileNotFoundError:
        return False
    opened = os.fstat(file)
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
