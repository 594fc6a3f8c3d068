"""The history that is built while a recording is played, on the player's thread."""

from __future__ import annotations

import threading

from ..history.errors import HistoryError
from ..history.store import HistoryStore
from ..history_source.history_listener import HistoryListener
from .row_writers import RowWriters


class PlayedHistory:
    """See History. The player calls turn() after each publication."""

    def __init__(self, writers: RowWriters) -> None:
        """`writers`: where the rows go; day files alone can be read again, a database is not."""
        self.writers = writers
        self.listener = HistoryListener(writers.put)
        self.store = HistoryStore(writers.folder)
        self._changing = threading.Condition()
        self.asked = 0
        """Calls of settle() so far."""
        self._tried = self._settled = 0
        """Those of them for which a turn has begun to write, and those whose rows are written."""

    def start(self) -> None:
        """The writer has begun already."""

    def turn(self) -> None:
        """Writes what is due, or all that is wanted."""
        asked = self.asked
        if asked == self._tried:
            self.writers.turn()
            return
        self._tried = asked
        try:
            self.writers.settle()
        except HistoryError:
            return  # The writer has logged it, and who waits sees that nothing has settled.
        with self._changing:
            self._settled = asked
            self._changing.notify_all()

    def settle(self, seconds: float) -> bool:
        """Waits for a turn that begins from now on and writes all, at most so many seconds."""
        with self._changing:
            self.asked += 1
            mine = self.asked
            return self._changing.wait_for(lambda: self._settled >= mine, seconds)

    def stop(self) -> None:
        """Writes what is left. Raises HistoryError, or OnebookError of a database: rows were not written."""
        self.writers.close()
