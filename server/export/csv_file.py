"""Compressed files of comma-separated rows that appear whole."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

from .export_error import ExportError
from .whole_file import WholeFile

LEVEL = 6
"""Of gzip."""
FLUSH = 1 << 20
"""Characters that are compressed at once."""


class CsvFile:
    """A gzip file of comma-separated rows under a header. Appears whole at commit()."""

    def __init__(self, path: Path, header: str) -> None:
        self._whole = WholeFile(path)
        self._gzip = gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=self._whole.file, mtime=0)
        self._text = io.StringIO()
        self.write(header)

    def write(self, row: str) -> None:
        """Adds a row."""
        self._text.write(row)
        self._text.write("\n")
        if self._text.tell() >= FLUSH:
            try:
                self._compress()
            except OSError as error:
                raise ExportError(f"{self._whole.path} cannot be written: {error.strerror}") from error

    def _compress(self) -> None:
        self._gzip.write(self._text.getvalue().encode())
        self._text = io.StringIO()

    def commit(self) -> None:
        """Completes the file; removes what there is of it where that fails."""
        try:
            self._compress()
            self._gzip.close()
        except OSError as error:
            self.discard()
            raise ExportError(f"{self._whole.path} cannot be written: {error.strerror}") from error
        self._whole.commit()

    def discard(self) -> None:
        """Removes the file."""
        self._whole.discard()
