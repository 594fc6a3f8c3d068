"""The lock of a recording's folder: one writer at a time, also over crashes and restarts."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from .errors import RecordingError

NAME = "lock"
POLL = 0.05


class FolderLock:
    """The lock, held until close(), and by each process that has inherited `descriptor`. The system lets go of it when
    the last of them has ended, however it ended."""

    def __init__(self, folder: Path, patience: float = 0.0) -> None:
        """Waits at most `patience` seconds for another process. Raises RecordingError."""
        self.folder = folder
        try:
            self.descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise RecordingError(f"{folder} cannot be recorded into: {error.strerror}") from error
        deadline = time.monotonic() + patience
        while not self._taken():
            if time.monotonic() >= deadline:
                owner = os.pread(self.descriptor, 20, 0).decode("ascii", "replace").strip()
                os.close(self.descriptor)
                raise RecordingError(f"{folder} is being recorded into by another process ({owner or 'unknown'})")
            time.sleep(POLL)
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, b"%d\n" % os.getpid(), 0)

    def close(self) -> None:
        """Lets go of the lock, in this process."""
        os.close(self.descriptor)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            os.close(self.descriptor)
            raise RecordingError(f"{self.folder} cannot be locked: {error.strerror}") from error
        return True


def is_locked(folder: Path) -> bool:
    """Whether somebody records into the folder now."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False  # Nobody has ever recorded there, or we may not know.
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def made_folder(path: Path) -> Path:
    """The folder of a recording, which is made if only it is missing. Raises RecordingError."""
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        raise RecordingError(f"{path} is not a folder") from None
    except OSError as error:
        raise RecordingError(f"{path} cannot be made: {error.strerror}") from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise RecordingError(f"{path} may not be written by this user")
    return path
