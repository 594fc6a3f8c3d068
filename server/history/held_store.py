"""A history whose files are opened once for many short questions."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from .day_file import markets
from .day_reader import Source, opened
from .folder import day_path
from .markets import Market
from .store import HistoryStore

Sources = dict[Source, list[tuple[int, Market]]]


class HeldStore(HistoryStore):
    """See HistoryStore: a context manager, for one thread, and not for long. Markets that are written for the first
    time meanwhile are not found."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._open = ExitStack()
        self._databases: dict[int, sqlite3.Connection | None] = {}
        self._sources: dict[sqlite3.Connection, Sources] = {}

    def __enter__(self) -> HeldStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def _reading(self, day: int) -> AbstractContextManager[sqlite3.Connection | None]:
        if day not in self._databases:
            self._databases[day] = self._open.enter_context(opened(day_path(self.folder, day)))
        return _kept(self._databases[day])

    def _numbers(self, database: sqlite3.Connection, source: Source) -> list[tuple[int, Market]]:
        known = self._sources.get(database)
        if known is None:
            known = self._sources[database] = defaultdict(list)
            for number, market in markets(database):
                known[Source(market.venue, market.base, market.quote)].append((number, market))
        return known.get(source, [])


@contextmanager
def _kept(database: sqlite3.Connection | None) -> Iterator[sqlite3.Connection | None]:
    yield database
