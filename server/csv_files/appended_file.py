"""A CSV file that is only appended to: whole rows under one header, each trade once."""

from __future__ import annotations

import logging
import os
import stat
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from errno import EINVAL
from itertools import count
from pathlib import Path

from ..logs import about
from .trade_line import HEADER, Identity, TradeLine, identities

log = logging.getLogger(__name__)

FOLDER_MODE, FILE_MODE = 0o700, 0o600
"""Files are for their owner, as recordings are."""
KNOWN = 2048
"""Newest trades of a file among which a trade is looked for before it is written."""
TAIL = 512 << 10
"""Bytes at the end of a file that is opened, in which these trades are looked for."""
BLOCK = 64 << 10


class AppendedFile:
    """An open file. All methods raise OSError; a failed append() leaves whole rows alone in the file."""

    def __init__(self, path: Path) -> None:
        """Makes the file and its folder if they are missing. Cuts off the unfinished row that a crash left at the end.
        A file with another header is not touched: it gets another name, and a new file begins."""
        self.path = path
        self._known: OrderedDict[Identity, None] = OrderedDict()
        """Oldest first."""
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        self._descriptor = _opened(path)
        try:
            self._begin()
        except BaseException:
            os.close(self._descriptor)
            raise

    def append(self, lines: Sequence[TradeLine]) -> int:
        """Writes the trades that are not among the newest of the file, in one piece. Returns their number."""
        fresh = {line.identity: line.text for line in lines if line.identity not in self._known}
        data = "".join(fresh.values()).encode()
        self._write(data)
        self._remember(fresh)
        return len(fresh)

    def is_in_place(self) -> bool:
        """Whether the file lies under its name still, and is as it was left: nobody removed, replaced or changed it."""
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return False
        return os.path.samestat(found, os.fstat(self._descriptor)) and found.st_size == self._size

    def sync(self) -> None:
        """Puts what was written on the disk: a power cut does not take it any more."""
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Ends the use of the file."""
        os.close(self._descriptor)

    # -- how a file begins -----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._size = os.fstat(self._descriptor).st_size
        header = HEADER.encode()
        if not header.startswith(os.pread(self._descriptor, len(header), 0)):
            self._set_aside()
        self._cut(_end_of_rows(self._descriptor, self._size))
        if not self._size:
            self._write(header)
        start = max(len(header), self._size - TAIL)
        tail = os.pread(self._descriptor, self._size - start, start)
        # The first row of the tail may be a part of one.
        rows = tail.decode("utf-8", "replace").splitlines()[1 if start > len(header) else 0 :]
        self._remember(identities(rows))

    def _set_aside(self) -> None:
        names = (self.path.with_name(f"{self.path.name}.other-{number}") for number in count(1))
        other = next(name for name in names if not name.exists())
        self.path.rename(other)
        log.error(
            "%s has other columns: it is %s now, and a new file begins", self.path, other.name,
            extra=about("csv_set_aside"),
        )  # fmt: skip
        fresh = _opened(self.path)
        os.close(self._descriptor)
        self._descriptor, self._size = fresh, 0

    def _cut(self, end: int) -> None:
        if end == self._size:
            return
        os.ftruncate(self._descriptor, end)
        words = "%s: %d bytes of a row that was not written to its end are cut off"
        log.warning(words, self.path, self._size - end, extra=about("csv_repaired"))
        self._size = end

    # -- what is written -------------------------------------------------------------------------------------------

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            # A disk may be full in the middle of a row.
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)

    def _remember(self, trades: Iterable[Identity]) -> None:
        self._known.update(dict.fromkeys(trades))
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags, FILE_MODE)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(EINVAL, "it is not a file")
    return descriptor


def _end_of_rows(descriptor: int, size: int) -> int:
    """Where the last whole row ends; 0 without one."""
    end = size
    while end:
        start = max(0, end - BLOCK)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
