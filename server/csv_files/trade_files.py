"""The files of trades, one per venue, pair and UTC day: which are open, what waits for them, and what was lost."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from functools import lru_cache
from pathlib import Path

from ..history.folder import day_name
from ..logs import about
from ..model import Pair
from ..repeats import Repeats
from .appended_file import AppendedFile
from .trade_line import TradeLine

log = logging.getLogger(__name__)

FOLDER = "trades"
BATCH = 1000
"""Rows that are written in one piece, and for which a file does not wait until the turn is over."""
WAITING = 100_000
"""Rows that wait at most; further rows of files that cannot be written are lost, and counted."""
MOST_OPEN = 256
RETRY = 1.0
"""Seconds after which a file that could not be written is tried again."""
SYNC = 10.0
"""Seconds between two moments at which all that was written is put on the disk."""
IDLE = 300.0
"""Seconds after which a file without new rows is closed."""


@dataclass(slots=True)
class _Open:
    file: AppendedFile
    used: float
    unsynced: bool = False


class TradeFiles:
    """Not thread-safe. Nothing is raised: rows that cannot be written wait, one line in the log says so, and another
    one says when that is over."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """`folder` is where the folder of trades lies; `clock` gives seconds."""
        self._folder = folder / FOLDER
        self._clock = clock
        self._open: OrderedDict[Path, _Open] = OrderedDict()
        """The least recently used first."""
        self._waiting: dict[Path, list[TradeLine]] = {}
        self._failed: dict[Path, float] = {}
        """Files that could not be written, and when they are tried again."""
        self._synced = clock()
        self._repeats = Repeats(clock=clock)
        self.written = 0
        """Rows that are in files."""
        self.waiting = 0
        """Rows that are in none yet."""
        self.lost = 0
        """Rows that never will be."""
        self._said_lost = 0

    @property
    def trouble(self) -> str:
        """What cannot be written, for people; empty while all can."""
        return "trades cannot be written into CSV files" if self._failed else ""

    def put(self, venue: str, pair: Pair, line: TradeLine) -> None:
        """Adds a row; the next turn writes it."""
        path = _path(self._folder, venue, pair, line.day)
        if self.waiting >= WAITING and path in self._failed:
            if self.lost == self._said_lost:
                words = "trades are lost for the CSV files: %d wait to be written, more do not fit"
                log.error(words, self.waiting, extra=about("csv_lost"))
            self.lost += 1
            return
        lines = self._waiting.setdefault(path, [])
        lines.append(line)
        self.waiting += 1
        if len(lines) >= BATCH and path not in self._failed:
            self._write(path)

    def turn(self) -> None:
        """Writes what waits. To be called at least twice per second."""
        now = self._clock()
        for path in list(self._waiting):
            if self._failed.get(path, now) <= now:
                self._write(path)
        if now - self._synced >= SYNC:
            self._synced = now
            for each in self._open.values():
                self._sync(each)
        while self._open and now - next(iter(self._open.values())).used >= IDLE:
            self._close_oldest()

    def close(self) -> None:
        """Writes what waits, puts everything on the disk, and closes the files."""
        for path in list(self._waiting):
            self._write(path)
        while self._open:
            self._close_oldest()
        if self.waiting:
            words = "%d trades are lost for the CSV files: they could not be written before the end"
            log.error(words, self.waiting, extra=about("csv_lost"))

    # -- one file --------------------------------------------------------------------------------------------------

    def _write(self, path: Path) -> None:
        lines = self._waiting[path]
        try:
            opened = self._opened(path)
            while lines:
                self.written += opened.file.append(lines[:BATCH])
                opened.unsynced = True
                self.waiting -= len(lines[:BATCH])
                del lines[:BATCH]
        except OSError as error:
            self._fail(path, error)
            return
        del self._waiting[path]
        if self._failed.pop(path, None) is not None and not self._failed:
            words = "trades are written into CSV files again; %d were lost"
            log.warning(words, self.lost - self._said_lost, extra=about("csv_written_again"))
            self._said_lost = self.lost

    def _opened(self, path: Path) -> _Open:
        """The file, opened anew where somebody has removed, replaced or changed it. Raises OSError."""
        known = self._open.get(path)
        if known is not None and not known.file.is_in_place():
            log.warning("%s was removed, replaced or changed: it is opened anew", path, extra=about("csv_reopened"))
            self._forget(path)
            known = None
        if known is None:
            while len(self._open) >= MOST_OPEN:
                self._close_oldest()
            known = self._open[path] = _Open(AppendedFile(path), 0.0)
        known.used = self._clock()
        self._open.move_to_end(path)
        return known

    def _fail(self, path: Path, error: OSError) -> None:
        if path not in self._failed and self._repeats.admit(str(error.errno)) is not None:
            words = "trades cannot be written into %s (%s): they wait"
            log.error(words, path, error.strerror, extra=about("csv_failed"))
        self._failed[path] = self._clock() + RETRY
        if error.errno not in (ENOSPC, EDQUOT):  # A full disk is no reason to read the file anew.
            self._forget(path)

    def _forget(self, path: Path) -> None:
        known = self._open.pop(path, None)
        if known is not None:
            with suppress(OSError):  # It failed before, or is another file now.
                known.file.close()

    def _close_oldest(self) -> None:
        path, oldest = next(iter(self._open.items()))
        self._sync(oldest)
        self._forget(path)

    def _sync(self, each: _Open) -> None:
        if not each.unsynced:
            return
        each.unsynced = False
        try:
            each.file.sync()
        except OSError as error:
            if self._repeats.admit("sync") is not None:
                words = "%s is not known to be on the disk (%s)"
                log.error(words, each.file.path, error.strerror, extra=about("csv_not_synced"))


@lru_cache(maxsize=4096)
def _path(folder: Path, venue: str, pair: Pair, day: int) -> Path:
    return folder / venue / f"{pair.base}-{pair.quote}" / f"{day_name(day)}.csv"
