"""The history that is built while a recording is played, on the player's thread."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from ..history.errors import HistoryError
from ..history.store import HistoryStore
from ..history.writer import HistoryWriter
from ..history_source.history_listener import HistoryListener

_POLL = 0.01


class PlayedHistory:
    """See History. The player calls turn() after each publication."""

    def __init__(self, folder: Path) -> None:
        """Takes the folder. Raises HistoryError."""
        self.writer = HistoryWriter(folder)
        self.listener = HistoryListener(self.writer.add)
        self.store = HistoryStore(folder)
        self._wanted = threading.Event()
        self._settled = threading.Event()

    def start(self) -> None:
        """The writer has begun already."""

    def turn(self) -> None:
        """Writes what is due, or all that is wanted."""
        if not self._wanted.is_set():
            self.writer.turn()
            return
        self._wanted.clear()
        try:
            self.writer.flush()
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
        """Writes what is left. Raises HistoryError: rows are lost."""
        self.writer.close()
