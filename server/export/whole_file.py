"""Files that appear whole: written under a hidden name, and renamed when they are complete."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from .export_error import ExportError

MODE = 0o600
"""Exports are for their owner, as recordings are."""


class WholeFile:
    """One file of an export. Nobody sees the file before commit(), which replaces a file of that name.

    Raises ExportError where the file cannot be written, or another export writes the same file.
    """

    def __init__(self, path: Path) -> None:
        """Makes the folder of the file if it is missing."""
        self.path = path
        self._hidden = path.with_name(f".{path.name}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file: IO[bytes] = _locked(self._hidden)
            self.file.truncate(0)
        except BlockingIOError as error:
            raise ExportError(f"{path} is being written by another export") from error
        except OSError as error:
            raise ExportError(f"{path} cannot be written: {error.strerror}") from error

    def commit(self) -> None:
        """Puts the file on the disk under its name."""
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            self._hidden.replace(self.path)
            self.file.close()
        except OSError as error:
            self.discard()
            raise ExportError(f"{self.path} cannot be written: {error.strerror}") from error

    def discard(self) -> None:
        """Removes what was written; a file of that name stays as it was."""
        self._hidden.unlink(missing_ok=True)
        with suppress(OSError):  # Of a full disk: what waits in memory is to be lost.
            self.file.close()


def _locked(path: Path) -> IO[bytes]:
    """The file, made if it is missing, for one process alone. Raises BlockingIOError where another one has the file."""
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, MODE), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
        except OSError:
            file.close()
            raise
        file.close()  # Another export has renamed the file between the two calls.
