"""The history that is built while a recording is played, on the player's thread."""

from __future__ import annotations

import threading
import time

from ..history.errors import HistoryError
from ..history.store import HistoryStore
from ..history_source.history_listener import HistoryListener
from .row_writers import RowWriters

_POLL = 0.01


class PlayedHistory:
    """See History. The player calls turn() after each publication."""

    def __init__(self, writers: RowWriters) -> None:
        """`writers`: where the rows go; day files alone can be read again, a database is not."""
        self.writers = writers
        self.listener = HistoryListener(writers.put)
        self.store = HistoryStore(writers.folder)
        self._wanted = threading.Event()
        self._settled = threading.Event()

    def start(self) -> None:
        """The writer has begun already."""

    def turn(self) -> None:
        """Writes what is due, or all that is wanted."""
        if not self._wanted.is_set():
            self.writers.turn()
            return
        self._wanted.clear()
        try:
            self.writers.settle()
        except HistoryError:
            return  # The writer has logged it, and who waits sees that nothing has settled.
        self._settled.set()

    def settle(self, seconds: float) -> bool:
        """Waits for a turn that writes all, at most so many seconds."""
        deadline = time.monotonic() + seconds
        self._settled.clear()
        self._wanted.set()
        while not self._settled.wait(_POLL):
            if time.monotonic() > deadline:
                return False
        return True

    def stop(self) -> None:
        """Writes what is left. Raises HistoryError, or OnebookError of a database: rows were not written."""
        self.writers.close()
